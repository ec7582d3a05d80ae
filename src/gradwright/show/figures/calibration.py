"""Whether a classifier is as often right as it says: its calibration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradwright.drawing import INK, WIDTH, color, styled
from gradwright.nn.layer import Array

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NORMAL = 1.96  # standard errors, on either side, that hold a share 95 times in a hundred


def calibration(bins: Array) -> Figure:
    """The share of right answers against the probability that they had, for ``bins`` (3, b) of rows.

    ``bins`` are the mean probability of the answer, the share that was right, and the rows of each bin.

    Raises ``ConfigError`` where Matplotlib is not installed.
    """
    from matplotlib.figure import Figure

    said, right, rows = bins
    low, high = wilson(right, rows)
    least = float(min(said.min(), low.min()))
    with styled():
        figure = Figure(figsize=(WIDTH, 0.85 * WIDTH))
        axes = figure.subplots()
        axes.plot([least, 1], [least, 1], color=INK, linewidth=1, linestyle=":", label="as often as it says")
        bounds = (np.maximum(right - low, 0), np.maximum(high - right, 0))
        axes.errorbar(
            said,
            right,
            yerr=bounds,
            color=color(0),
            marker="o",
            elinewidth=1,
            capsize=2.5,
            label="rows of one bin, 95 % interval",
        )
        axes.set(xlabel="probability of the answer", ylabel="share of right answers")
        axes.legend(loc="upper left")
    return figure


def wilson(share: Array, rows: Array) -> tuple[Array, Array]:
    """The 95 % interval of a share that was seen in ``rows``, by Wilson (1927); it stays within 0 and 1.

    >>> low, high = wilson(np.array([1.0]), np.array([20.0]))
    >>> low.round(3), high.round(3)
    (array([0.839]), array([1.]))
    """
    square = NORMAL**2
    middle = (share + square / (2 * rows)) / (1 + square / rows)
    margin = NORMAL * np.sqrt(share * (1 - share) / rows + square / (4 * rows**2)) / (1 + square / rows)
    return middle - margin, middle + margin


def calibration_error(bins: Array) -> float:
    """The mean distance between what is said and what is right, over all rows: the expected calibration
    error.

    Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.
    """
    said, right, rows = bins
    return float(np.average(np.abs(said - right), weights=rows))
