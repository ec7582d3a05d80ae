"""A time limit: no call of f begins after it, and what was found before it counts."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from gradwright.check import check_gradient
from gradwright.errors import ConfigError

X = np.random.default_rng(3).standard_normal(6)
LIMIT = 10.0


class Clock:
    """A clock that every call of f moves on by a second."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr("time.monotonic", lambda: self.now)

    def f(self, x: Any) -> Any:
        self.now += 1.0
        return np.sin(x).sum()


def test_a_check_that_takes_too_long_is_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    report = check_gradient(clock.f, np.cos, X, max_seconds=LIMIT)
    assert report.verdict == "undecided"
    assert report.reason == "the 10 s that were allowed are used up, after 11 calls of f"
    assert clock.now == LIMIT + 1  # the last one began in time


def test_what_was_wrong_before_stays_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = check_gradient(lambda x: np.sin(x).sum(), lambda x: 2 * np.cos(x), X)
    reports = [
        check_gradient(Clock(monkeypatch).f, lambda x: 2 * np.cos(x), X, max_seconds=limit)
        for limit in (10, whole.evaluations - 10, whole.evaluations + 10)
    ]
    assert [report.verdict for report in reports] == ["undecided", "wrong", "wrong"]
    assert reports[1].reason.startswith("the gradient")
    assert reports[2].cause == whole.cause


@pytest.mark.parametrize("limit", [0, -1, math.nan])
def test_no_time_is_no_limit(limit: float) -> None:
    with pytest.raises(ConfigError, match="max_seconds: expected more than 0"):
        check_gradient(lambda x: x.sum(), np.ones_like, X, max_seconds=limit)
