"""The slope of remainders on logarithmic axes, and the steps over which it can be trusted."""

from __future__ import annotations

import numpy as np
import pytest

from gradwright.check import fitted_order
from gradwright.check.orders import run_above

STEPS = 0.5 ** np.arange(1, 9)


def test_the_order_of_a_power_is_its_exponent() -> None:
    assert fitted_order(STEPS, 3 * STEPS**1.5) == pytest.approx(1.5)


def test_an_order_needs_three_points_above_zero() -> None:
    assert fitted_order(STEPS[:3], np.array([1.0, 0.5, 0.0])) is None


def test_the_run_ends_where_the_floor_begins() -> None:
    remainders = np.maximum(STEPS**2, 1e-3)
    assert run_above(STEPS, remainders, floor=1.5e-3) == (0, 4)
    assert run_above(STEPS, remainders, floor=0.0) == (0, 8)


def test_the_run_begins_below_the_last_kink() -> None:
    """Where a step no longer crosses a kink, the remainder collapses faster than any smooth one falls."""
    remainders = np.where(STEPS > 0.1, STEPS, 1e-3 * STEPS**2)
    assert run_above(STEPS, remainders, floor=0.0) == (3, 8)


def test_steps_where_f_is_not_finite_are_left_out() -> None:
    remainders = np.where(STEPS > 0.2, np.nan, STEPS**2)
    assert run_above(STEPS, remainders, floor=0.0) == (2, 8)
