"""The figure of a comparison on tables: error against time."""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING

from gradwright.bench.tables.learners import LEARNERS
from gradwright.bench.tables.record import TablesRecord
from gradwright.bench.tables.summary import scores
from gradwright.drawing import MARKERS, color, new_figure, set_log, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LABELS = {"classes": "share of rows named wrongly", "numbers": "nRMSE"}


def error_against_time(record: TablesRecord, task: str) -> Figure | None:
    """Each learner's shifted geometric mean error against its CPU seconds per 1,000 rows.

    None where nobody has done a set of this task. Raises ``ConfigError`` where Matplotlib is not installed.
    """
    found = scores(record, task)
    if not found:
        return None
    with styled():
        figure, (axes,) = new_figure(3.8)
        for place, score in enumerate(found):
            axes.plot(
                [fmean(score.seconds)],
                [score.shifted_mean()],
                linestyle="",
                color=color(place),
                marker=MARKERS[place % len(MARKERS)],
                markersize=7,
                label=LEARNERS[score.learner].title,
            )
        set_log(axes, "x")
        axes.set_xlabel("CPU seconds of a fit per 1,000 training rows, one thread (slower to the right)")
        axes.set_ylabel(f"{LABELS[task]},\nshifted geometric mean over {len(found[0].errors)} sets")
        figure.legend(loc="outside lower center", ncols=2, frameon=False)
    return figure
