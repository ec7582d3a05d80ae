"""The figures of runs by their names: what a page shows of them, and what makes one of them again."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gradwright.check import NetworkCheck
from gradwright.errors import ConfigError
from gradwright.nn import Probabilistic
from gradwright.optim import Preview
from gradwright.optim.preview import sampled_preview
from gradwright.show.figures import decision_regions, has_regions, learning_curves, learning_rate
from gradwright.show.figures.calibration import calibration
from gradwright.show.figures.confusion import confusion_matrix
from gradwright.show.figures.fit import fit_quality
from gradwright.show.figures.importance import importance_bars
from gradwright.show.figures.wrong import has_images, most_wrong
from gradwright.show.tables import Reported
from gradwright.training import Run
from gradwright.training.outcome import Classified, Fitted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIGURES = ("curves", "regions", "confusion", "wrong", "calibration", "fit", "importance", "rate", "check")
DRAWN_AS_PNG = ("regions", "confusion", "wrong", "fit")


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
    match run.outcome:
        case Classified() as found if name == "confusion":
            return confusion_matrix(found.counts, classes_of(run))
        case Classified() as found if name == "wrong" and has_images(found) and run.encoding is None:
            return most_wrong(found, classes_of(run), isinstance(run.objective.loss, Probabilistic))
        case Classified(calibration=bins) if name == "calibration" and bins is not None:
            return calibration(bins)
        case Fitted() as found if name == "fit":
            return fit_quality(found)
    if name == "importance":
        return None if run.importance is None else importance_bars(run.importance)
    if name == "rate":
        return learning_rate(rates) if (rates := rates_of(run)) else None
    return check.gradient.plot() if name == "check" and check else None


def curves_of(run: Run, reported: Reported) -> Figure:
    """The learning curves of a run, with the accuracy that a source reported of it."""
    said = {"reported": reported["validation_accuracy"]} if "validation_accuracy" in reported else {}
    return learning_curves([run], said)


def classes_of(run: Run) -> list[str]:
    """The names of all that a classifier can answer; an output beyond the classes has its number."""
    names = list(run.data["classes"])
    known = len(run.outcome.counts) if isinstance(run.outcome, Classified) else 0
    return names + [str(output) for output in range(len(names), known)]


def rates_of(run: Run) -> Preview | None:
    """The learning rates that a run used; None for a run without an epoch."""
    last = run.history[-1]
    if last.epoch == 0:
        return None
    return sampled_preview(run.config.learning_rate, last.epoch, last.step // last.epoch)


def again(folders: Sequence[str], name: str) -> str:
    """The command that makes one figure of runs again.

    >>> again(["runs/first"], "curves")
    'gradwright report runs/first --figure curves --out curves.svg'
    """
    return shlex.join(["gradwright", "report", *folders, "--figure", name, "--out", file_of(name)])


def file_of(name: str) -> str:
    """The usual name of a figure's file; what is not made of lines is a PNG.

    >>> file_of("rate"), file_of("confusion")
    ('rate.svg', 'confusion.png')
    """
    return f"{name}.{'png' if name in DRAWN_AS_PNG else 'svg'}"
