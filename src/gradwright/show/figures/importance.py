"""Which columns of a table a run relies on: what its error gains when one of them is shuffled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradwright.drawing import INK, LONGEST_LABEL, WIDTH, color, plain, styled
from gradwright.training.importance import Importance

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_SHOWN = 20  # columns
BAR, MARGIN = 0.27, 1.0  # inches


def importance_bars(found: Importance) -> Figure:
    """A bar for each of the most important columns, with its 95 % interval.

    Raises ``ConfigError`` where Matplotlib is not installed.
    """
    from matplotlib.figure import Figure

    shown = min(len(found.columns), MOST_SHOWN)
    means, low, high = (np.array(values[:shown]) for values in (found.mean, found.low, found.high))
    places = np.arange(shown)
    with styled():
        figure = Figure(figsize=(WIDTH, MARGIN + BAR * max(shown, 3)))
        axes = figure.subplots()
        axes.barh(places, means, color=color(0), height=0.62)
        axes.errorbar(
            means, places, xerr=(means - low, high - means), fmt="none", ecolor=INK, elinewidth=1, capsize=2.5
        )
        axes.axvline(0, color=INK, linewidth=0.8)
        axes.set_yticks(places, [_short(name) for name in found.columns[:shown]])
        axes.invert_yaxis()
        axes.grid(visible=False, axis="y")
        axes.set(xlabel=f"gain of the {found.measure} when the column is shuffled")
    return figure


def _short(name: str) -> str:
    return plain(name if len(name) <= LONGEST_LABEL else f"{name[: LONGEST_LABEL - 1]}…")
