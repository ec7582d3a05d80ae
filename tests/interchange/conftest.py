"""A run whose labels, scaling and column names are a user's own."""

from __future__ import annotations

import numpy as np
import pytest

import gradwright as gw
from gradwright.training import Run


@pytest.fixture(scope="session")
def run() -> Run:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 3)) * [1, 5, 100] + [0, 3, 1000]
    y = np.where(x[:, 0] > 0, "=right", "left")
    data = gw.Dataset.from_arrays(x, y, standardize=True)
    return gw.fit(gw.mlp(3, 4, 2), data, epochs=2, progress=False)


@pytest.fixture(scope="session")
def regression() -> Run:
    """One that answers with numbers far from those that the network puts out."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(60, 2))
    data = gw.Dataset.from_arrays(x, 1e4 + 300 * x[:, 0], standardize_targets=True)
    return gw.fit(gw.mlp(2, 4, 1), data, epochs=2, progress=False, dtype="float64")
