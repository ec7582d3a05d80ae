"""The figures of runs by their names: what a page shows of them, and what makes one of them again."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gradwright.check import NetworkCheck
from gradwright.errors import ConfigError
from gradwright.optim import Preview, preview
from gradwright.show.figures import decision_regions, has_regions, learning_curves, learning_rate
from gradwright.show.tables import Reported
from gradwright.training import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURES = ("curves", "regions", "rate", "check")


def figure_of(runs: Sequence[Run], name: str, reported: Reported, check: NetworkCheck | None) -> Figure:
    """One of ``FIGURES``: the curves of one run or of several together, anything else of one run.

    ``reported`` and ``check`` are those of a single run. Raises ``ConfigError`` for another name, for more
    runs than a figure shows, for one that a run has nothing to fill with, and where Matplotlib is not
    installed.
    """
    if name not in FIGURES:
        raise ConfigError(f"figure: expected one of {', '.join(FIGURES)}, found {name!r}")
    if name == "curves" and len(runs) > 1:
        return learning_curves(runs)
    if len(runs) != 1:
        raise ConfigError(f"figure {name}: expected one run, found {len(runs)}")
    (run,) = runs
    figure = _of_one(run, name, reported, check)
    if figure is None:
        raise ConfigError(f"figure: the run {run.config.name!r} has nothing to draw as {name!r}")
    return figure


def _of_one(run: Run, name: str, reported: Reported, check: NetworkCheck | None) -> Figure | None:
    if name == "curves":
        return curves_of(run, reported)
    if name == "regions":
        return decision_regions(run) if has_regions(run) else None
    if name == "rate":
        return learning_rate(rates) if (rates := rates_of(run)) else None
    return check.gradient.plot() if check else None


def curves_of(run: Run, reported: Reported) -> Figure:
    """The learning curves of a run, with the accuracy that a source reported of it."""
    said = {"reported": reported["validation_accuracy"]} if "validation_accuracy" in reported else {}
    return learning_curves([run], said)


def rates_of(run: Run) -> Preview | None:
    """The learning rates that a run used; None for a run without an epoch."""
    last = run.history[-1]
    return preview(run.config.learning_rate, last.epoch, last.step // last.epoch) if last.epoch else None


def again(folders: Sequence[str], name: str) -> str:
    """The command that makes one figure of runs again; what is not made of lines is a PNG.

    >>> again(["runs/first"], "curves")
    'gradwright report runs/first --figure curves --out curves.svg'
    """
    kind = "png" if name == "regions" else "svg"
    return shlex.join(["gradwright", "report", *folders, "--figure", name, "--out", f"{name}.{kind}"])
