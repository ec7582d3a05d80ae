"""The picture of a report."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from gradwright.check.present.report import GradientReport
from gradwright.check.verdict.report import Step
from gradwright.drawing import render
from gradwright.errors import ConfigError

ALL = ["first remainder", "second remainder", "slope 1", "slope 2", "fitted steps", "noise floor"]


def legend_of(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.legends[0].get_texts()]


def title_of(figure: Figure) -> str:
    return figure.get_suptitle()


def curve(figure: Figure, label: str) -> tuple[np.ndarray, np.ndarray]:
    (line,) = [line for line in figure.axes[0].lines if line.get_label() == label]
    return np.asarray(line.get_xdata(), dtype=float), np.asarray(line.get_ydata(), dtype=float)


def test_both_remainders_are_drawn_on_logarithmic_axes(wrong_report: GradientReport) -> None:
    figure = wrong_report.plot()
    (axes,) = figure.axes
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("step", "remainder (in units of f)")
    assert legend_of(figure) == ALL
    steps, first = curve(figure, "first remainder")
    np.testing.assert_array_equal(steps, [row.step for row in wrong_report.steps])
    np.testing.assert_array_equal(first, [row.first for row in wrong_report.steps])
    np.testing.assert_array_equal(
        curve(figure, "second remainder")[1], [row.second for row in wrong_report.steps]
    )


def test_the_verdict_stands_above_in_lines_that_fit(wrong_report: GradientReport) -> None:
    assert title_of(wrong_report.plot()).replace("\n", " ") == str(wrong_report).splitlines()[0]
    figure = replace(wrong_report, evidence="a long story " * 50).plot()
    assert len(title_of(figure).splitlines()) == 4
    assert title_of(figure).endswith(" ...")


def test_the_title_is_within_the_figure(wrong_report: GradientReport) -> None:
    figure = wrong_report.plot()
    figure.draw_without_rendering()
    (text,) = figure.texts
    assert text.get_window_extent().x1 <= figure.bbox.x1


def test_names_are_letters_and_not_mathematics(wrong_report: GradientReport) -> None:
    figure = replace(wrong_report, evidence=r"$\frac{W_2$").plot()
    assert render(figure, "svg")
    assert r"$\frac{W_2$" in title_of(figure)


@pytest.mark.parametrize("slope", [1, 2])
def test_a_guide_has_its_slope_over_the_fitted_steps(wrong_report: GradientReport, slope: int) -> None:
    x, y = curve(wrong_report.plot(), f"slope {slope}")
    np.testing.assert_array_equal(x, [row.step for row in wrong_report.steps[3:8]])
    np.testing.assert_allclose(np.diff(np.log(y)) / np.diff(np.log(x)), slope)


def test_the_fitted_steps_are_shaded(wrong_report: GradientReport) -> None:
    axes = wrong_report.plot().axes[0]
    box = axes.patches[0].get_extents()
    ends = [axes.transData.transform((wrong_report.steps[i].step, 1))[0] for i in (7, 3)]
    assert [box.x0, box.x1] == pytest.approx(ends)


def test_the_noise_floor_is_drawn_at_its_height(wrong_report: GradientReport) -> None:
    np.testing.assert_array_equal(curve(wrong_report.plot(), "noise floor")[1], wrong_report.noise_floor)


@pytest.mark.parametrize("floor", [0.0, math.nan, math.inf])
def test_a_noise_floor_that_no_axis_can_show_is_left_out(wrong_report: GradientReport, floor: float) -> None:
    assert "noise floor" not in legend_of(replace(wrong_report, noise_floor=floor).plot())


def test_a_linear_function_has_no_second_slope_and_gaps_where_the_remainder_is_zero(
    linear_report: GradientReport,
) -> None:
    figure = linear_report.plot()
    assert legend_of(figure) == ["first remainder", "second remainder", "noise floor"]
    assert np.isnan(curve(figure, "second remainder")[1]).sum() == 8


def test_a_function_that_stands_still_is_drawn_without_guides(wrong_report: GradientReport) -> None:
    steps = tuple(Step(row.step, 0.0, 0.0) for row in wrong_report.steps)
    figure = replace(wrong_report, steps=steps).plot()
    assert not {"slope 1", "slope 2"} & set(legend_of(figure))
    assert render(figure, "svg")


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_remainders_that_are_not_finite_leave_gaps(wrong_report: GradientReport, value: float) -> None:
    steps = (*wrong_report.steps[:4], Step(2.0**-6, value, value), *wrong_report.steps[5:])
    figure = replace(wrong_report, steps=steps).plot()
    assert np.flatnonzero(np.isnan(curve(figure, "first remainder")[1])).tolist() == [4]
    assert np.isfinite(curve(figure, "slope 2")[1]).all()


def test_a_report_without_steps_says_so_in_the_picture(undecided_report: GradientReport) -> None:
    figure = undecided_report.plot()
    assert [text.get_text() for text in figure.axes[0].texts] == ["no step was measured"]
    assert title_of(figure).startswith("undecided: f is not deterministic")
    assert render(figure, "svg")


def test_equal_reports_give_equal_pictures(wrong_report: GradientReport) -> None:
    assert render(wrong_report.plot(), "svg") == render(replace(wrong_report).plot(), "svg")


def test_without_matplotlib_the_extra_is_named(
    wrong_report: GradientReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.style", None)
    with pytest.raises(ConfigError, match=r'pip install "gradwright\[report\]"'):
        wrong_report.plot()


def test_matplotlib_waits_until_something_is_drawn_and_pyplot_is_never_asked() -> None:
    code = (
        "import sys\n"
        "from gradwright.check.present.report import GradientReport\n"
        "from gradwright.check.verdict.report import Step\n"
        "assert 'matplotlib' not in sys.modules\n"
        "r = GradientReport('correct', 'x', None, None, None, None, None, 'curved', None, (), (),"
        " (Step(0.5, 0.1, 0.1),), (0, 0), 0.0, 1, 1, 0)\n"
        "r.plot()\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
