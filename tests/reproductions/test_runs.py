"""Many runs side by side are the runs that they would be alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.reproductions.runs import over_seeds, train_together
from gradwright.training import RunConfig, make_config


def config(**more: Any) -> RunConfig:
    return make_config(network=gw.mlp(2, 8, 2), learning_rate=0.1, epochs=2, **more)


@pytest.mark.parametrize("engine", ["auto", "reference"])
def test_each_is_the_run_that_fit_makes(engine: str) -> None:
    data = gw.data.load("swiss-roll")
    wanted = [config(engine=engine, seed=seed) for seed in (0, 1)]
    for run, one in zip(train_together(wanted, data), wanted, strict=True):
        alone = gw.train(one, data, progress=False)
        np.testing.assert_array_equal(run.theta, alone.theta)
        assert {split: run.measured(split) for split in data.splits} == alone.metrics


def test_a_run_that_diverges_leaves_the_others_alone() -> None:
    data = gw.data.load("swiss-roll")
    wild = config(dtype="float32", optimizer=gw.SGD(momentum=0.99)).model_copy(
        update={"learning_rate": gw.Constant(1e30)}
    )
    cases = over_seeds({"wild": wild, "tame": config()}, data, (0, 1))
    assert all(run.diverged for run in cases["wild"].runs)
    assert cases["wild"]("validation") is None
    tame = cases["tame"]("validation")
    assert tame is not None
    assert tame.mean > 0.5


def test_the_best_epoch_is_kept_where_it_is_asked_for() -> None:
    data = gw.data.load("swiss-roll")
    [run] = train_together([config(keep="best").model_copy(update={"epochs": 6})], data)
    assert run.measured("validation")["loss"] == min(run.history.curve("validation.loss"))
