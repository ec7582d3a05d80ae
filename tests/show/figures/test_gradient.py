"""The picture of a Taylor test."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from gradwright.check import NetworkCheck, TaylorTest, taylor_test
from gradwright.nn.layer import Array
from gradwright.show import gradient_test
from gradwright.show.figures import inline_svg


def measured(f: Callable[[Array], Array], grad: Callable[[Array], Array]) -> TaylorTest:
    return taylor_test(f, grad, np.array([0.5, -1.0, 2.0]), rng=np.random.default_rng(0))


def legend_of(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.legends[0].get_texts()]


def notes_of(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def test_both_remainders_are_drawn_on_logarithmic_axes_with_guides(check: NetworkCheck) -> None:
    figure = gradient_test(check.taylor)
    (axes,) = figure.axes
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert axes.get_xlabel() == "step length ε"
    assert axes.get_ylabel() == "remainder (in units of the loss)"
    assert legend_of(figure) == ["fitted steps", "first remainder", "second remainder", "noise floor"]
    assert notes_of(figure) == ["slope 1", "slope 2"]
    first, second = axes.lines[:2]
    np.testing.assert_array_equal(first.get_ydata(), check.taylor.first)
    np.testing.assert_array_equal(second.get_ydata(), check.taylor.second)


@pytest.mark.parametrize("slope", [1, 2])
def test_a_guide_has_the_slope_that_it_is_named_after(check: NetworkCheck, slope: int) -> None:
    guide = gradient_test(check.taylor).axes[0].lines[1 + slope]
    x, y = np.log(np.asarray(guide.get_xdata())), np.log(np.asarray(guide.get_ydata()))
    np.testing.assert_allclose(np.diff(y) / np.diff(x), slope)


def test_the_fitted_steps_are_shaded(check: NetworkCheck) -> None:
    taylor = check.taylor
    axes = gradient_test(taylor).axes[0]
    box = axes.patches[0].get_extents()
    ends = [
        axes.transData.transform((taylor.steps[i], 1))[0] for i in (taylor.window[1] - 1, taylor.window[0])
    ]
    assert [box.x0, box.x1] == pytest.approx(ends)


def test_an_exact_test_has_no_fitted_steps_and_no_second_slope() -> None:
    figure = gradient_test(measured(lambda z: (3 * z).sum(), lambda z: 0 * z + 3))
    assert "fitted steps" not in legend_of(figure)
    assert notes_of(figure) == ["slope 1"]


def test_a_function_that_stands_still_is_drawn_without_curves() -> None:
    figure = gradient_test(measured(lambda z: 0 * z.sum() + 1, lambda z: 0 * z))
    assert notes_of(figure) == []
    assert inline_svg(figure, "a", "")


def test_remainders_that_are_no_number_leave_gaps(check: NetworkCheck) -> None:
    first = (math.nan, *check.taylor.first[1:])
    figure = gradient_test(replace(check.taylor, first=first))
    assert np.isnan(np.asarray(figure.axes[0].lines[0].get_ydata())[0])
    assert inline_svg(figure, "a", "")
