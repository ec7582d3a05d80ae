"""Many runs: equal on any number of threads, ended by the clock or Ctrl-C with what was reached."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

import numpy as np
import pytest

import gradwright as gw
from gradwright.errors import ConfigError, ShapeError
from gradwright.recipes import recipe
from gradwright.recipes.folds import folds
from gradwright.training import EpochRecord, History, RunConfig, train_many
from tests.recipes.tables import classes

SETS = folds(classes(60), 3, 3, seed=0)
CONFIGS = [recipe(data, epochs=4, seed=seed) for seed, data in enumerate(SETS)]


def test_each_run_is_that_of_its_own_config_and_data_on_any_number_of_threads() -> None:
    alone = train_many(CONFIGS, SETS, threads=1)
    beside = train_many(CONFIGS, SETS, threads=3)
    assert [run.config.seed for run in alone] == [0, 1, 2]
    for one, other in zip(alone, beside, strict=True):
        np.testing.assert_array_equal(one.theta, other.theta)
    assert not np.array_equal(alone[0].theta, alone[1].theta)


def test_time_that_is_over_leaves_an_epoch_of_the_first() -> None:
    runs = train_many(CONFIGS, SETS, threads=1, time_limit=0.0)
    assert [(run.status, run.history[-1].epoch) for run in runs] == [("stopped early", 1)]


def test_ctrl_c_keeps_what_was_reached_and_begins_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    epochs: list[int] = []
    append = History.append

    def noted(history: History, record: EpochRecord) -> History:
        epochs.append(record.epoch)
        return append(history, record)

    @contextlib.contextmanager
    def pressed_in_the_second_epoch() -> Iterator[Callable[[], bool]]:
        yield lambda: 2 in epochs

    monkeypatch.setattr(History, "append", noted)
    monkeypatch.setattr(
        sys.modules["gradwright.training.train_many"], "interrupts", pressed_in_the_second_epoch
    )
    runs = train_many(CONFIGS, SETS, threads=1)
    assert [(run.status, run.history[-1].epoch) for run in runs] == [("stopped early", 2)]
    assert epochs == [0, 1, 2]


def broken(rate: float) -> RunConfig:
    return CONFIGS[0].model_copy(
        update={"learning_rate": gw.Constant(rate), "optimizer": gw.SGD(), "epochs": 4}
    )


def test_one_that_diverges_says_so_and_the_others_go_on() -> None:
    runs = train_many([broken(1e30), *CONFIGS[1:]], SETS, threads=1)
    assert [run.status for run in runs] == ["diverged", "finished", "finished"]
    assert "not finite" in runs[0].message
    np.testing.assert_array_equal(runs[1].theta, gw.train(CONFIGS[1], SETS[1], progress=False).theta)


def test_one_that_is_broken_before_its_first_step_is_there_too() -> None:
    endless = gw.mlp(2, 4, 2, weight_init=gw.initializers.Constant(3e38))
    data = gw.data.load("swiss-roll")
    (run,) = train_many([gw.RunConfig(network=endless)], data)
    assert (run.status, run.history[-1].epoch) == ("diverged", 0)
    assert "before its first step" in run.message


def test_one_that_fails_ends_the_others_and_is_told() -> None:
    small = CONFIGS[0].model_copy(update={"network": gw.mlp(1, 2)})
    with pytest.raises(ShapeError):
        train_many([small, *CONFIGS[1:]], SETS, threads=1)


def test_no_config_is_no_run_and_data_come_one_for_each() -> None:
    assert train_many([], []) == []
    with pytest.raises(ConfigError, match="expected one for each of 3 configs, found 2"):
        train_many(CONFIGS, [SETS[0], SETS[1]])
