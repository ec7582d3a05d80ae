"""Axes that let the interesting part be seen: whole epochs, logarithms, and a close look at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradwright.drawing import set_log
from gradwright.nn.layer import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDE = 5.0  # where the largest value is more than this many of the smallest, the axis is logarithmic
SETTLED = 10  # a curve has settled after a tenth of its points
ROOM = 5.0  # around curves that never change


def number_epochs(axes: Axes) -> None:
    """Whole numbers on the x axis, also where there is one epoch alone."""
    low, high = axes.get_xlim()
    if high - low < 1:
        axes.set_xticks([0])
    else:
        axes.locator_params(axis="x", integer=True)


def set_log_where_wide(axes: Axes) -> None:
    """A logarithmic y axis where a linear one would hide the small values."""
    values = np.concatenate(_curves(axes))
    values = values[np.isfinite(values)]
    if values.min() > 0 and values.max() > WIDE * values.min():
        set_log(axes, "y")


def zoom_to_settled(axes: Axes) -> None:
    """Begin the y axis where the curves have settled, so that the ends of long runs can be told apart."""
    low = min(np.nanmin(curve[len(curve) // SETTLED :]) for curve in _curves(axes))
    high = max(np.nanmax(curve) for curve in _curves(axes))
    margin = 0.05 * (high - low) or ROOM
    axes.set_ylim(low - margin, high + margin)


def include(axes: Axes, values: list[float]) -> None:
    """Widen the y axis until the values lie within it."""
    low, high = axes.get_ylim()
    margin = 0.05 * (high - low)
    axes.set_ylim(min(low, min(values) - margin), max(high, max(values) + margin))


def _curves(axes: Axes) -> list[Array]:
    return [np.asarray(line.get_ydata(), dtype=np.float64) for line in axes.get_lines()]
