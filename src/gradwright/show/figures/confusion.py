"""Which classes a classifier takes for which: its confusion matrix."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gradwright.drawing import WIDTH, plain, styled
from gradwright.nn.layer import Array
from gradwright.show.wording import chance_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLORS = "Blues"  # from white to dark: it reads in grey
GAMMA = 0.4  # of the colours: an error of one per cent is seen beside a class that is nearly always right
MOST_NUMBERED = 12  # classes whose cells have room for numbers
MOST_NAMED = 30  # classes that are all named beside the axes
LONGEST_NAME = 14  # letters
WIDE_NAME = 3  # letters; longer names stand aslant below the matrix
CELL, MARGIN = 0.46, 1.6  # inches
LARGEST = 9.0  # inches
DARK = 0.4  # the share from which on white numbers read better


def confusion_matrix(counts: Array, classes: Sequence[str]) -> Figure:
    """Counts (k, k) of true classes (down) answered as each class (across), coloured by the shares of rows.

    Up to a dozen classes each cell has its count and its share of the true class; more classes are colours
    alone.

    Raises ``ConfigError`` where Matplotlib is not installed.
    """
    from matplotlib.colors import PowerNorm
    from matplotlib.figure import Figure

    k = len(counts)
    shares = row_shares(counts)
    side = min(max(WIDTH, CELL * k + MARGIN), WIDTH if k <= MOST_NUMBERED else LARGEST)
    with styled():
        figure = Figure(figsize=(side, 0.92 * side))
        axes = figure.subplots()
        image = axes.imshow(100 * shares, cmap=COLORS, norm=PowerNorm(GAMMA, 0, 100), interpolation="nearest")
        if k <= MOST_NUMBERED:
            _write_numbers(axes, counts, shares)
        _name_classes(axes, [_short(name) for name in classes])
        axes.set(xlabel="answered", ylabel="true class")
        axes.grid(visible=False)
        if k > MOST_NUMBERED:
            bar = figure.colorbar(image, ax=axes, label="share of the true class (%)", shrink=0.8)
            bar.set_ticks([0, 1, 5, 20, 50, 100], labels=["0", "1", "5", "20", "50", "100"])
    return figure


def row_shares(counts: Array) -> Array:
    """The counts as shares of the rows of each true class, 0 where a class has none."""
    shares: Array = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return shares


def _write_numbers(axes: Axes, counts: Array, shares: Array) -> None:
    """Counts with their shares; what never happened is left empty."""
    size = 9 if len(counts) <= 8 else 7.5
    for true, answered in np.argwhere(counts).tolist():
        share = float(shares[true, answered])
        text = f"{counts[true, answered]:,}\n{chance_text(share)}"
        ink = "white" if share > DARK else "black"
        axes.text(answered, true, text, ha="center", va="center", color=ink, fontsize=size)


def _name_classes(axes: Axes, names: Sequence[str]) -> None:
    """Names beside every row and column, or beside some where there are many."""
    every = math.ceil(len(names) / MOST_NAMED)
    places = range(0, len(names), every)
    shown = [names[place] for place in places]
    axes.set_xticks(places, shown)
    if max(map(len, shown)) > WIDE_NAME:
        for label in axes.get_xticklabels():
            label.set(rotation=45, ha="right", rotation_mode="anchor")
    axes.set_yticks(places, shown)
    if len(names) > MOST_NAMED:
        axes.tick_params(labelsize=8)


def _short(name: str) -> str:
    return plain(name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…")
