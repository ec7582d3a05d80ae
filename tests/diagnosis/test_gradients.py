"""The gradient beside its array, and how far a first step goes."""

from __future__ import annotations

import numpy as np
import pytest

import gradwright as gw
from gradwright.diagnosis.gradients import array_rows, first_step

THETA, GRADIENT = np.array([3.0, 4.0, 0.0]), np.array([0.6, 0.8, 2.0])
LAYOUT = gw.ParameterLayout.of(gw.Linear(2, 1))
ROUNDING = 1e-12  # a handful of float64 operations


def test_norms_and_ratios_by_array() -> None:
    weight, bias = array_rows(THETA, GRADIENT, LAYOUT, first_step(THETA, GRADIENT, gw.SGD(), 0.5))
    assert (weight.name, weight.shape, weight.norm) == ("weight", (2, 1), 5.0)
    assert weight.gradient == pytest.approx(1.0, rel=ROUNDING)
    assert weight.ratio == pytest.approx(0.2, rel=ROUNDING)
    assert weight.first_step == pytest.approx(0.1, rel=ROUNDING)
    assert (bias.norm, bias.gradient, bias.ratio, bias.first_step) == (0.0, 2.0, None, None)


def test_without_a_step_there_is_no_length_of_one() -> None:
    assert [row.first_step for row in array_rows(THETA, GRADIENT, LAYOUT)] == [None, None]


def test_a_running_statistic_has_no_row_for_no_optimizer_moves_it() -> None:
    layout = gw.ParameterLayout.of(gw.BatchNorm(2))
    assert [row.name for row in array_rows(np.ones(8), np.ones(8), layout)] == ["gamma", "beta"]


def test_the_first_step_is_the_optimizers_own() -> None:
    """Adam's first step is the rate in every entry, whatever the gradient."""
    adam = first_step(THETA, GRADIENT, gw.Adam(), 0.01)
    np.testing.assert_allclose(adam, -0.01, rtol=1e-6)  # up to its epsilon of 1e-8
    np.testing.assert_allclose(first_step(THETA, GRADIENT, gw.SGD(momentum=0.9), 0.1), -0.1 * GRADIENT)


def test_clipping_shortens_it() -> None:
    clipped = first_step(THETA, GRADIENT, gw.SGD(), 1.0, clip_norm=0.5)
    assert np.linalg.norm(clipped) == pytest.approx(0.5, rel=ROUNDING)
