"""The slope of remainders on logarithmic axes."""

from __future__ import annotations

import numpy as np
import pytest

from gradwright.check import fitted_order
from gradwright.check.verdict.orders import order_of

STEPS = 0.5 ** np.arange(1, 9)


def test_the_order_of_a_power_is_its_exponent() -> None:
    assert fitted_order(STEPS, 3 * STEPS**1.5) == pytest.approx(1.5)


def test_an_order_needs_three_points_above_zero() -> None:
    assert fitted_order(STEPS[:3], np.array([1.0, 0.5, 0.0])) is None


def test_one_remainder_that_is_far_off_does_not_tilt_the_order() -> None:
    remainders = STEPS**2
    remainders[3] *= 100
    assert fitted_order(STEPS, remainders) == pytest.approx(2.0)


def test_the_interval_holds_the_order_and_shrinks_with_more_curves() -> None:
    rng = np.random.default_rng(0)
    curves = [(STEPS, STEPS**2 * np.exp(0.01 * rng.standard_normal(8))) for _ in range(20)]
    one, many = order_of(curves[:1]), order_of(curves)
    assert one is not None
    assert many is not None
    assert many.low < 2 < many.high
    assert many.high - many.low < one.high - one.low
