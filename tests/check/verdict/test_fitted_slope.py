"""The slope of a function in few digits, by a polynomial through many values."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gradwright.check.verdict.fitted_slope import fit_slope, widest_reach


@pytest.mark.parametrize("seed", range(10))
def test_the_error_holds_the_difference_from_the_true_slope(seed: int) -> None:
    rng = np.random.default_rng(seed)
    slope = fit_slope(lambda t: math.sin(2 * t) + 1e-3 * rng.standard_normal(), noise=1e-3)
    assert slope.behaviour == "smooth"
    assert abs(slope.value - 2) < 6 * slope.error < 0.2


def test_steps_that_are_wider_than_the_spacing_are_no_slope_of_their_own() -> None:
    slope = fit_slope(lambda t: round(3 * t / 0.03) * 0.03, noise=0.03 / math.sqrt(12))
    assert abs(slope.value - 3) < 6 * slope.error < 1


def test_a_corner_is_a_kink() -> None:
    rng = np.random.default_rng(0)
    assert fit_slope(lambda t: abs(t) + 1e-3 * rng.standard_normal(), noise=1e-3).behaviour == "kink"


def test_what_no_polynomial_fits_has_no_slope() -> None:
    assert fit_slope(lambda t: math.tanh(1e4 * t), noise=1e-6).behaviour == "undefined"


def test_a_function_that_does_not_move_has_the_slope_0_to_its_noise() -> None:
    slope = fit_slope(lambda _: 0.0, noise=1e-3)
    assert slope.value == 0 < slope.error


def test_a_curve_is_looked_at_nearer_than_a_line() -> None:
    rng = np.random.default_rng(0)
    line = widest_reach(lambda t: 3 * t + 1e-4 * rng.standard_normal(), 1e-4)
    curve = widest_reach(lambda t: math.tanh(20 * t) + 1e-4 * rng.standard_normal(), 1e-4)
    assert curve < line
