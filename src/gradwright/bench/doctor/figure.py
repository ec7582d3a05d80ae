"""The figure of a comparison of doctors: what is found against how often something healthy is called sick."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gradwright.bench.doctor.record import Judged
from gradwright.bench.doctor.scores import Share, score
from gradwright.bench.doctor.selected import everything
from gradwright.bench.doctor.sets import Half
from gradwright.bench.doctor.tools import TOOLS
from gradwright.drawing import MARKERS, color, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def found_against_alarms(answers: Sequence[Judged], half: Half) -> Figure | None:
    """Each tool's share of faults detected against its share of false alarms, with Wilson's intervals.

    None where nobody was asked about both. Raises ``ConfigError`` where Matplotlib is not installed.
    """
    cases = {each.case.name: each for each in everything() if each.case.half == half}
    scores = [score(name, answers, cases) for name in TOOLS]
    scores = [each for each in scores if each.detected.of and each.alarms.of]
    if not scores:
        return None
    with styled():
        figure, (axes,) = new_figure(3.8)
        for place, each in enumerate(scores):
            axes.errorbar(
                [each.alarms.hits / each.alarms.of],
                [each.detected.hits / each.detected.of],
                xerr=_bars(each.alarms),
                yerr=_bars(each.detected),
                linestyle="",
                color=color(place),
                marker=MARKERS[place % len(MARKERS)],
                markersize=7,
                label=TOOLS[each.tool].title,
            )
        axes.set(xlim=(-0.02, 1.02), ylim=(0, 1.02))
        axes.set_xlabel("false alarms, share of the healthy (better to the left)")
        axes.set_ylabel("faults detected, share of the sick")
        figure.legend(loc="outside lower center", ncols=2, frameon=False)
    return figure


def _bars(share: Share) -> list[list[float]]:
    """The lengths below and above a point."""
    low, high = share.interval
    middle = share.hits / share.of
    return np.maximum([[middle - low], [high - middle]], 0.0).tolist()  # type: ignore[no-any-return]
