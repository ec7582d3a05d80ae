"""A function that computes in few digits is told from all that is no staircase."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from gradwright.check.verdict.stairs import is_staircase
from tests.check.calibration import make_case
from tests.check.few_digits.in_numpy import DIGITS, rounding_to

X = np.random.default_rng(3).normal(size=20)
V = np.random.default_rng(4).normal(size=20)


@pytest.mark.parametrize("digits", DIGITS)
@pytest.mark.parametrize("size", [1, 20])
def test_fewer_digits_make_a_staircase(digits: str, size: int) -> None:
    r = rounding_to(digits, hidden=False)  # type: ignore[arg-type]
    x, v = X[:size], V[:size]

    def f(t: float) -> float:
        return float((np.tanh(r(x + t * v)) * v + x * t).sum())

    assert is_staircase(lambda t: f(t) - f(0), f(0))


@pytest.mark.parametrize(
    "change",
    [
        lambda t: 3 * t,
        lambda t: math.sin(1e3 * t),
        lambda t: math.sin(1e9 * t),
        lambda t: abs(t - 1e-6) + math.exp(t),
        lambda t: max(t, 0.0),
        lambda t: float(t > 1e-7) + math.exp(t),
        lambda t: 1e-9 * math.sin(1e15 * t) + math.exp(t),
    ],
    ids=["linear", "fast", "very fast", "kink beside", "kink", "jump beside", "noise"],
)
def test_what_else_varies_is_none(change: Callable[[float], float]) -> None:
    assert not is_staircase(change, 1.0)


def test_no_function_in_double_precision_is_taken_for_one() -> None:
    for number in range(96):
        case = make_case(number, "float64")
        value = case.f(case.x)
        v = np.random.default_rng(number).normal(size=case.x.shape) * case.x

        def change(t: float, case: object = case, v: object = v, value: float = value) -> float:
            return float(case.f(case.x + t * v) - value)  # type: ignore[attr-defined, operator]

        with np.errstate(all="ignore"):
            assert not is_staircase(change, value), number
