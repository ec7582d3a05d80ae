"""What mattered in a study, and what it cost: the shares of the axes, and time against the metric."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from gradwright.drawing import GREY, INK, PALETTE, new_figure, plain, styled
from gradwright.nn.layer import Array
from gradwright.show.figures.scales import set_log_where_wide
from gradwright.show.figures.study_scales import means_of, metric_label, set_scale
from gradwright.studies.compare import Comparison

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BAR = 0.32  # inches


def shares(importance: Mapping[str, float]) -> Figure:
    """The share of the variance that each axis explains by itself, as bars.

    Raises ``ConfigError`` where Matplotlib is not installed.
    """
    with styled():
        figure, (axes,) = new_figure(1.0 + BAR * len(importance))
        names, values = list(importance), 100 * np.array(list(importance.values()))
        axes.barh(range(len(names)), values, color=PALETTE[0], height=0.6)
        for row, value in enumerate(values):
            axes.text(value + 1, row, f"{value:.0f}%", va="center", color=INK)
        axes.set_yticks(range(len(names)), [plain(name) for name in names])
        axes.set(xlabel="share of the variance of ranks (%)", xlim=(0, 112), ylim=(len(names) - 0.5, -0.5))
        axes.grid(visible=False, axis="y")
    return figure


def time_spent(comparison: Comparison) -> Figure:
    """The mean time of a run against the mean of the metric; the frontier is what nothing beats in both.

    Raises ``ConfigError`` where Matplotlib is not installed.
    """
    seconds = np.array([each.seconds for each in comparison.configurations])
    means = means_of(comparison)
    contends = np.array([standing.contends for standing in comparison.standings])
    with styled():
        figure, (axes,) = new_figure(3.4)
        if not contends.all():
            axes.plot(
                seconds[~contends], means[~contends], "o", color=GREY, markerfacecolor="white", label="behind"
            )
        label = "cannot be told from the best"
        axes.plot(seconds[contends], means[contends], "o", color=PALETTE[0], label=label)
        front = _front(seconds, comparison.metric.sign * means)
        axes.plot(
            seconds[front],
            means[front],
            ":",
            color=INK,
            linewidth=1.2,
            drawstyle="steps-post",
            label="frontier",
        )
        axes.set(xlabel="time of a run (s)", ylabel=metric_label(comparison.metric))
        set_scale(axes, "x", seconds.tolist())
        if comparison.metric.sign < 0:
            set_log_where_wide(axes)
        figure.legend(*axes.get_legend_handles_labels(), loc="outside upper center", ncols=3, columnspacing=1)
    return figure


def _front(seconds: Array, gains: Array) -> list[int]:
    """Those that no other beats in both, by time."""
    front: list[int] = []
    for i in np.lexsort((-gains, seconds)).tolist():
        if not front or gains[i] > gains[front[-1]]:
            front.append(i)
    return front
