"""How far the configurations of a study are behind the winner: mean differences with their intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradwright.drawing import GREY, INK, PALETTE, new_figure, styled
from gradwright.show.figures.study_ranking import BESIDE, MOST, ROW, Span, zoom_to_the_better
from gradwright.show.figures.study_scales import short_names, unit_of
from gradwright.studies.compare import Comparison, Standing

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def has_differences(comparison: Comparison) -> bool:
    """Whether a difference has something to be held against."""
    return any(standing.low is not None for standing in comparison.standings[1:MOST])


def differences(comparison: Comparison) -> Figure:
    """The gap of each of the best configurations to the winner; dots are single seeds where these are shared.

    Raises ``ConfigError`` where Matplotlib is not installed.
    """
    unit, shown = unit_of(comparison.metric), comparison.standings[1:MOST]
    told_by, names = short_names(comparison)
    spans: list[Span] = []
    with styled():
        figure, (axes,) = new_figure(1.3 + ROW * len(shown))
        axes.axvline(0, color=INK, linewidth=1.0)
        for row, standing in enumerate(shown):
            if comparison.paired:
                gaps = [gap / unit for gap in _by_seed(comparison, standing)]
                axes.plot(gaps, [row + BESIDE] * len(gaps), ".", color=GREY, markersize=3, zorder=2)
            look = PALETTE[0] if standing.contends else INK
            if standing.low is not None and standing.high is not None:
                axes.plot([standing.low / unit, standing.high / unit], [row, row], color=look, linewidth=1.4)
            fill = look if standing.contends else "white"
            gap = standing.gap / unit
            axes.plot(gap, row, "o", color=look, markerfacecolor=fill, zorder=3)
            ends = [gap, *(end / unit for end in (standing.low, standing.high) if end is not None)]
            spans.append((gap, min(ends), max(ends)))
        zoom_to_the_better(axes, spans, also=[0.0])
        axes.set_yticks(range(len(shown)), names[1 : len(shown) + 1])
        points = "points of" if comparison.metric.is_share else "in"
        axes.set(
            xlabel=f"behind the best ({points} {comparison.metric.words})",
            ylabel=told_by.replace(", ", ",\n"),
            ylim=(len(shown) - 0.4, -0.6),
        )
        axes.grid(visible=False, axis="y")
        if any(standing.contends for standing in shown):
            axes.plot([], [], "o-", color=PALETTE[0], label="cannot be told from the best")
        if not all(standing.contends for standing in shown):
            axes.plot([], [], "o-", color=INK, markerfacecolor="white", label="behind")
        if comparison.paired:
            axes.plot([], [], ".", color=GREY, markersize=3, label="one seed")
        figure.legend(loc="outside upper center", ncols=3, handletextpad=0.4, columnspacing=1.2)
    return figure


def _by_seed(comparison: Comparison, standing: Standing) -> list[float]:
    """The winner's value less that of another, for each seed that both have, positive where it is behind."""
    sign = comparison.metric.sign
    best, others = comparison.winner.values, standing.configuration.values
    return [sign * (best[seed] - others[seed]) for seed in best if seed in others]
