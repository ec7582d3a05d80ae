"""The picture of a Taylor test: a right gradient leaves a remainder of slope 2, a wrong one of slope 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradwright.check import TaylorTest
from gradwright.drawing import GREY, PALE, color, new_figure, styled
from gradwright.nn.layer import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BESIDE = 3.0  # a guide runs below its curve by this factor, near enough to compare and far enough to see


def gradient_test(taylor: TaylorTest) -> Figure:
    """Both remainders against the step on logarithmic axes, with lines of slope 1 and 2 beside them.

    The steps that the orders were fitted over are shaded; below the dotted line rounding rules.

    Raises ``ConfigError`` where Matplotlib is not installed.
    """
    steps, first, second = (_on_log_axis(v) for v in (taylor.steps, taylor.first, taylor.second))
    with styled():
        figure, (axes,) = new_figure(4.5)
        axes.set(xscale="log", yscale="log")
        if taylor.second_order is not None:
            ends = [taylor.steps[taylor.window[1] - 1], taylor.steps[taylor.window[0]]]
            axes.axvspan(*ends, color=PALE, alpha=0.6, linewidth=0, label="fitted steps", zorder=0)
        axes.plot(steps, first, "s--", color=color(1), label="first remainder")
        axes.plot(steps, second, "o-", color=color(0), label="second remainder")
        _draw_guide(axes, steps, first, 1, taylor.window)
        if not taylor.exact:
            _draw_guide(axes, steps, second, 2, taylor.window)
        axes.axhline(taylor.noise_floor, color=GREY, linestyle=":", label="noise floor")
        axes.set(xlabel="step length ε", ylabel="remainder (in units of the loss)")
        figure.legend(loc="outside upper center", ncols=2, frameon=False)
    return figure


def _draw_guide(axes: Axes, steps: Array, values: Array, slope: int, window: tuple[int, int]) -> None:
    """A thin line of the slope, below the values over the fitted window, or over all steps without one."""
    start, stop = window if window[1] - window[0] >= 2 else (0, len(steps))
    x, y = steps[start:stop], values[start:stop]
    if not np.isfinite(y).any():
        return
    shift = np.nanmean(np.log(y) - slope * np.log(x))
    guide = np.exp(shift + slope * np.log(x)) / BESIDE
    axes.plot(x, guide, color=GREY, linewidth=1, zorder=1)
    axes.annotate(
        f"slope {slope}",
        (x[len(x) // 2], guide[len(x) // 2]),
        textcoords="offset points",
        xytext=(5, -8),
        fontsize=9,
        color=GREY,
    )


def _on_log_axis(values: tuple[float, ...]) -> Array:
    """The values, with NaN in place of what a logarithm cannot show."""
    array = np.array(values, dtype=np.float64)
    return np.where(array > 0, array, np.nan)
