"""The figures: how many times our time each peer takes, and time per step against one size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradwright.bench.speed.growth import axis_of
from gradwright.bench.speed.peers import PEERS
from gradwright.bench.speed.record import Record
from gradwright.drawing import INK, MARKERS, color, new_figure, set_log, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROW = 0.42  # inches
LABELS = {
    "batch": "rows in a batch",
    "width": "width of the hidden layers",
    "depth": "hidden layers",
    "models": "models of a sweep",
    "rows": "rows of the data set",
    "whole": "rows of a data set in one batch",
}


def ratio_figure(record: Record, threads: int, ours: str) -> Figure | None:
    """The time of each peer as a multiple of ``ours``, by workload, on a logarithmic axis with 1 marked.

    None where no peer was measured beside ours. Raises ``ConfigError`` where Matplotlib is not installed.
    """
    ratios = _ratios(record, threads, ours)
    workloads = list(dict.fromkeys(name for points in ratios.values() for name in points))
    if not workloads:
        return None
    with styled():
        figure, (axes,) = new_figure(1.6 + ROW * len(workloads))
        axes.axvline(1, color=INK, linewidth=1.2)
        for index, (peer, points) in enumerate(ratios.items()):
            axes.plot(
                list(points.values()),
                [workloads.index(name) for name in points],
                linestyle="",
                color=color(index),
                marker=MARKERS[index % len(MARKERS)],
                label=PEERS[peer].title,
            )
        set_log(axes, "x")
        axes.set_yticks(range(len(workloads)), workloads)
        axes.set_ylim(len(workloads) - 0.5, -0.5)
        axes.set_xlabel(f"time of a step, as a multiple of {PEERS[ours].title} (slower to the right)")
        figure.legend(loc="outside lower center", ncols=2, frameon=False)
    return figure


def _ratios(record: Record, threads: int, ours: str) -> dict[str, dict[str, float]]:
    """Median over our median, by peer and workload, without the axes of growth."""
    found: dict[str, dict[str, float]] = {}
    for m in record.measurements:
        mine = record.time(m.workload, ours, threads)
        if m.threads != threads or m.peer == ours or m.status != "measured" or mine is None:
            continue
        if axis_of(m.workload) is None:
            found.setdefault(m.peer, {})[m.workload] = m.median / mine
    return {peer: found[peer] for peer in record.peers if peer in found}


def growth_figure(record: Record, axis: str) -> Figure:
    """Medians as lines and least to most as bars, on logarithmic axes.

    Raises ``ConfigError`` where Matplotlib is not installed.
    """
    with styled():
        figure, (axes,) = new_figure(3.6)
        for index, peer in enumerate(record.peers):
            points = [
                (place[1], m)
                for m in record.measurements
                if m.peer == peer and m.status == "measured"
                if (place := axis_of(m.workload)) is not None and place[0] == axis
            ]
            if not points:
                continue
            below = [m.median - min(m.microseconds) for _, m in points]
            above = [max(m.microseconds) - m.median for _, m in points]
            axes.errorbar(
                [value for value, _ in points],
                [m.median for _, m in points],
                yerr=[below, above],
                color=color(index),
                marker=MARKERS[index % len(MARKERS)],
                label=PEERS[peer].title,
            )
        set_log(axes, "x")
        set_log(axes, "y")
        axes.set(xlabel=LABELS[axis], ylabel="µs per step of one model")
        figure.legend(loc="outside lower center", ncols=2, frameon=False)
    return figure
