"""How many epochs there is time for, by how long one takes."""

from __future__ import annotations

import itertools

import pytest

from gradwright.recipes import recipe
from gradwright.recipes.folds import folds
from gradwright.recipes.within import TIMED, epochs_within
from gradwright.training import job
from tests.recipes.tables import classes

(DATA,) = folds(classes(60), 3, 1, seed=0)
CONFIG = recipe(DATA, epochs=4)


def test_epochs_are_planned_by_how_long_one_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = itertools.count()  # each look at the clock is a second after the one before
    monkeypatch.setattr(job, "AT_ONCE", 0.0)  # an epoch in each call
    monkeypatch.setattr("gradwright.recipes.within.time.perf_counter", lambda: float(next(ticks)))
    made = TIMED
    assert epochs_within(60.0, CONFIG, DATA) + made == 2 * (epochs_within(30.0, CONFIG, DATA) + made)
    assert epochs_within(0.001, CONFIG, DATA) == 1
