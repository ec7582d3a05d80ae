"""The picture of a report: both Taylor remainders as the step falls, with the verdict above them."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING

import numpy as np

from gradwright.check.points import Array
from gradwright.check.present.wording import headline
from gradwright.check.verdict.report import ReportData
from gradwright.drawing import GREY, PALE, color, new_figure, set_log, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLE_COLUMNS, TITLE_LINES = 66, 4  # what the width of the figure holds, and what leaves the axes room
BESIDE = 3.0  # a guide runs below its curve by this factor, near enough to compare and far enough to see
GUIDES = {1: "-", 2: (0, (6, 2, 1, 2))}  # strokes by slope


def draw(report: ReportData) -> Figure:
    """Both remainders against the step on logarithmic axes, with lines of slope 1 and 2 beside them.

    The steps that the orders were fitted over are shaded; below the dotted line rounding rules. A remainder
    of 0, which a logarithm cannot show, is left out.

    Raises ``ConfigError`` where Matplotlib is not installed.
    """
    steps, first, second = np.array(report.steps, dtype=np.float64).reshape(-1, 3).T
    fitted = slice(*report.window)
    with styled():
        figure, (axes,) = new_figure(4.8)
        figure.suptitle(_title(report), x=0.02, ha="left", fontsize=10, parse_math=False)
        axes.set(xlabel="step", ylabel="remainder (in units of f)")
        if not steps.size:
            axes.text(0.5, 0.5, "no step was measured", transform=axes.transAxes, ha="center", color=GREY)
            return figure
        axes.plot(steps, _on_log_axis(first), "s--", color=color(1), label="first remainder")
        axes.plot(steps, _on_log_axis(second), "o-", color=color(0), label="second remainder")
        if report.first_order is not None:
            _draw_guide(axes, steps[fitted], first[fitted], 1)
        if report.order is not None:
            _draw_guide(axes, steps[fitted], second[fitted], 2)
        if steps[fitted].size:
            ends = steps[fitted][[-1, 0]]
            axes.axvspan(*ends, color=PALE, alpha=0.6, linewidth=0, label="fitted steps", zorder=0)
        if 0 < report.noise_floor < math.inf:
            axes.axhline(report.noise_floor, color=GREY, linestyle=":", label="noise floor")
        set_log(axes, "x")
        set_log(axes, "y")
        figure.legend(loc="outside lower center", ncols=3, frameon=False)
    return figure


def _title(report: ReportData) -> str:
    lines = textwrap.wrap(
        headline(report), TITLE_COLUMNS, max_lines=TITLE_LINES, placeholder=" ...", break_on_hyphens=False
    )
    return "\n".join(lines)


def _draw_guide(axes: Axes, steps: Array, values: Array, slope: int) -> None:
    """A thin line of the slope, below the values of the fitted steps."""
    seen = np.isfinite(_on_log_axis(values))
    if seen.any():
        shift = np.mean(np.log(values[seen]) - slope * np.log(steps[seen]))
        guide = np.exp(shift + slope * np.log(steps)) / BESIDE
        axes.plot(
            steps, guide, color=GREY, linewidth=1, linestyle=GUIDES[slope], zorder=1, label=f"slope {slope}"
        )


def _on_log_axis(values: Array) -> Array:
    """The values, with NaN in place of what a logarithm cannot show."""
    return np.where((values > 0) & (values < np.inf), values, np.nan)
