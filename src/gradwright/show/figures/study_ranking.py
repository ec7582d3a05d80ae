"""The configurations of a study by their means, with intervals: which can be told from the winner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from gradwright.drawing import GREY, INK, PALETTE, new_figure, styled
from gradwright.show.figures.study_scales import metric_label, short_names, unit_of
from gradwright.studies.compare import Comparison

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST = 20  # configurations in the figure
ROW = 0.24  # inches
BESIDE = 0.28  # rows: single runs stand below the line of their interval
OUTSIDE = 3.0  # where all rows are this many times as wide as the better half, that half decides the scale
FARTHEST = 2.0  # an interval of the better half reaches at most this many of the spread of its means

Span: TypeAlias = tuple[float, float, float]


def ranking(comparison: Comparison) -> Figure:
    """Mean and interval of the best configurations, their runs as dots; contenders are filled.

    Raises ``ConfigError`` where Matplotlib is not installed.
    """
    unit = unit_of(comparison.metric)
    shown = comparison.standings[:MOST]
    told_by, names = short_names(comparison)
    spans: list[Span] = []
    with styled():
        figure, (axes,) = new_figure(1.3 + ROW * len(shown))
        for row, standing in enumerate(shown):
            estimate = standing.configuration.estimate
            assert estimate is not None
            values = np.array(list(standing.configuration.values.values())) / unit
            axes.plot(values, np.full(len(values), row + BESIDE), ".", color=GREY, markersize=3, zorder=2)
            look = PALETTE[0] if standing.contends else INK
            interval = np.array(estimate.interval or ()) / unit
            if len(interval):
                axes.plot(interval, [row, row], color=look, linewidth=1.4)
            fill = look if standing.contends else "white"
            axes.plot(estimate.mean / unit, row, "o", color=look, markerfacecolor=fill, zorder=3)
            ends = [*values, *interval]
            spans.append((estimate.mean / unit, min(ends), max(ends)))
        zoom_to_the_better(axes, spans)
        axes.set_yticks(range(len(shown)), names[: len(shown)])
        axes.set(
            xlabel=metric_label(comparison.metric),
            ylabel=told_by.replace(", ", ",\n"),
            ylim=(len(shown) - 0.4, -0.6),
        )
        axes.grid(visible=False, axis="y")
        axes.plot([], [], "o-", color=PALETTE[0], label="cannot be told from the best")
        if not all(standing.contends for standing in shown):
            axes.plot([], [], "o-", color=INK, markerfacecolor="white", label="behind")
        axes.plot([], [], ".", color=GREY, markersize=3, label="one run")
        figure.legend(loc="outside upper center", ncols=3, handletextpad=0.4, columnspacing=1.2)
    return figure


def zoom_to_the_better(axes: Axes, spans: Sequence[Span], also: Sequence[float] = ()) -> None:
    """Let the means of the better half decide the x axis, so that no bad row and no interval flattens it.

    ``spans`` holds mean, lowest and highest of each row, the best row first; ``also`` are values that belong
    into the picture. Nothing is cut where all of it would hardly be wider. An arrow stands for a mean that
    lies outside, a small one at the end of a line for an interval that goes on.
    """
    better = spans[: (len(spans) + 1) // 2]
    means = [*(mean for mean, _, _ in better), *also]
    low, high = min(means), max(means)
    reach = sorted(max(mean - ends[0], ends[1] - mean) for mean, *ends in better)[(len(better) - 1) // 2]
    margin = min(reach, FARTHEST * (high - low)) or reach
    whole = max(s[2] for s in spans) - min(s[1] for s in spans)
    if whole <= OUTSIDE * (high - low + 2 * margin):
        return
    left, right = low - 1.1 * margin, high + 1.1 * margin
    axes.set_xlim(left, right)
    for row, (mean, *ends) in enumerate(spans):
        if not left <= mean <= right:
            edge, arrow = (right, ">") if mean > right else (left, "<")
            axes.plot(edge, row, arrow, color=INK, clip_on=False, zorder=4)
            continue
        for beyond, edge, arrow in ((ends[0] < left, left, "<"), (ends[1] > right, right, ">")):
            if beyond:
                axes.plot(edge, row, arrow, color=GREY, markersize=3, clip_on=False, zorder=4)
