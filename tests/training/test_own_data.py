"""A user's own arrays, lists and frames, from ``fit`` to ``predict``."""

from __future__ import annotations

import numpy as np

import gradwright as gw

RNG = np.random.default_rng(0)
X = RNG.standard_normal((200, 2))
BRIGHT = np.where(X[:, 0] + X[:, 1] > 0, "bright", "dark")


def test_arrays_train_as_they_are_with_a_share_set_aside() -> None:
    run = gw.fit(gw.mlp(2, 8, 2), (X, BRIGHT), validation=0.2, epochs=3, progress=False)
    assert run.data["splits"]["train"]["rows"] == 160
    assert run.data["splits"]["validation"]["rows"] == 40
    assert run.data["classes"] == ["bright", "dark"]
