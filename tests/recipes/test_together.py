"""Side by side: equal on any number of threads, ended by the clock or Ctrl-C with what was reached."""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from gradwright.errors import DivergenceError
from gradwright.optim import CosLog
from gradwright.recipes import recipe
from gradwright.recipes.folds import folds
from gradwright.recipes.together import TIMED, epochs_within, train_side_by_side
from gradwright.training import EpochRecord, History
from tests.recipes.tables import classes

SETS = folds(classes(60), 3, 3, seed=0)
CONFIGS = [recipe(data, epochs=4, seed=seed) for seed, data in enumerate(SETS)]


def test_each_run_is_that_of_its_own_config_and_data_on_any_number_of_threads() -> None:
    alone = train_side_by_side(CONFIGS, SETS, threads=1)
    beside = train_side_by_side(CONFIGS, SETS, threads=3)
    assert [run.config.seed for run in alone] == [0, 1, 2]
    for one, other in zip(alone, beside, strict=True):
        np.testing.assert_array_equal(one.theta, other.theta)
    assert not np.array_equal(alone[0].theta, alone[1].theta)


def test_time_that_is_over_leaves_an_epoch_of_the_first() -> None:
    runs = train_side_by_side(CONFIGS, SETS, threads=1, until=time.monotonic())
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
    monkeypatch.setattr("gradwright.recipes.together.interrupts", pressed_in_the_second_epoch)
    runs = train_side_by_side(CONFIGS, SETS, threads=1)
    assert [(run.status, run.history[-1].epoch) for run in runs] == [("stopped early", 2)]
    assert epochs == [0, 1, 2]


def test_one_that_fails_ends_the_others_and_is_told() -> None:
    far = CONFIGS[0].model_copy(update={"learning_rate": CosLog(1e30, duration=4)})
    with pytest.raises(DivergenceError):
        train_side_by_side([far, *CONFIGS[1:]], SETS, threads=1)


def test_epochs_are_planned_by_how_long_one_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = itertools.count()  # each look at the clock is a second after the one before
    monkeypatch.setattr("gradwright.recipes.together.time.perf_counter", lambda: float(next(ticks)))
    assert epochs_within(60.0, CONFIGS[0], SETS[0]) + TIMED == 2 * (
        epochs_within(30.0, CONFIGS[0], SETS[0]) + TIMED
    )
    assert epochs_within(0.001, CONFIGS[0], SETS[0]) == 1
