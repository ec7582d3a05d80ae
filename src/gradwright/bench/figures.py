"""The figures: time per step against one size, a line for each peer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradwright.bench.growth import axis_of
from gradwright.bench.peers import PEERS
from gradwright.bench.record import Record
from gradwright.drawing import MARKERS, color, new_figure, set_log, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LABELS = {
    "batch": "rows in a batch",
    "width": "width of the hidden layers",
    "depth": "hidden layers",
    "models": "models of a sweep",
    "rows": "rows of the data set",
}


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
