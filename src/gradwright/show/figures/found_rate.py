"""What a few steps at each learning rate come to, and the rate that was found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradwright.drawing import PALE, color, new_figure, styled
from gradwright.training.find_rate import FoundRate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEAST = -0.25  # of the objective: what grew by more is drawn no lower


def found_rate(found: FoundRate) -> Figure:
    """The fall of the objective at each rate; the range in which the found one is the middle is shaded.

    Raises ``ConfigError`` where Matplotlib is not installed.

    >>> falls = np.array([0.1, 0.5, 0.5, -np.inf])
    >>> figure = found_rate(FoundRate(0.03, 0.01, 0.1, np.array([1e-3, 0.01, 0.1, 1.0]), falls, 100))
    >>> figure.axes[0].get_xlabel()
    'learning rate'
    """
    with styled():
        figure, (axes,) = new_figure(2.9)
        shown = np.maximum(found.falls, LEAST)
        axes.axvspan(found.lowest, found.highest, color=PALE, zorder=0, label="nearly as good as the best")
        axes.plot(found.rates, shown, color=color(0), marker="o", markersize=3)
        axes.axvline(found.rate, color=color(1), linestyle="--", label=f"found: {found.rate:.2g}")
        axes.axhline(0, color=PALE, linewidth=0.8, zorder=0)
        gone = f"share of the objective gone\nafter {found.steps:,} steps"
        axes.set(xscale="log", xlabel="learning rate", ylabel=gone)
        axes.set_ylim(LEAST - 0.05, 1.05)
        axes.legend(loc="lower left")
    return figure
