"""Early stopping is a pure function of the history."""

from __future__ import annotations

import pytest

import gradwright as gw
from gradwright.errors import ConfigError
from gradwright.training import EpochRecord, History


def history(values: list[float]) -> History:
    return History(tuple(EpochRecord(e, e, {"loss": v, "accuracy": v}) for e, v in enumerate(values)))


@pytest.mark.parametrize(
    ("values", "stops"),
    [
        ([0.9, 0.5, 0.6], False),
        ([0.9, 0.5, 0.6, 0.7], True),
        ([0.9, 0.5, 0.6, 0.4], False),
        ([0.9, 0.5, 0.5, 0.5], True),  # as good is not better
        ([0.9, 0.5], False),  # too early to tell
    ],
)
def test_it_stops_when_patience_is_at_an_end(values: list[float], stops: bool) -> None:
    stopping = gw.EarlyStopping(patience=2)
    assert stopping.should_stop(history(values), "train.loss") is stops
    assert stopping.should_stop(history([1 - v for v in values]), "train.accuracy") is stops


def test_a_gain_below_the_least_is_none() -> None:
    falling = history([0.5, 0.49, 0.48])
    assert not gw.EarlyStopping(patience=2).should_stop(falling, "train.loss")
    assert gw.EarlyStopping(patience=2, min_delta=0.1).should_stop(falling, "train.loss")


def test_impossible_settings_are_named() -> None:
    with pytest.raises(ConfigError, match=r"EarlyStopping.patience: expected a whole number >= 1, found 0"):
        gw.EarlyStopping(patience=0)
    with pytest.raises(ConfigError, match=r"EarlyStopping.min_delta: expected a finite number >= 0, "):
        gw.EarlyStopping(patience=1, min_delta=-1)
