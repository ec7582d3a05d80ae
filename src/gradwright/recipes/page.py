"""The page about networks that answer together, and its figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gradwright.recipes.ensemble import Ensemble
from gradwright.recipes.folder import places
from gradwright.training import Run

ANSWERED = {  # by the name of the rows
    "held-out": "on rows held out, each by the network that did not train on it",
    "validation": "on the validation rows, which none of them trained on",
    "train": "on the rows that they trained on, for there were too few to hold some out",
}


def write_page(
    ensemble: Ensemble, path: Path, folder: Path | None = None, *, overwrite: bool = False
) -> Path:
    """Write one HTML page about an ensemble, which lies in ``folder`` if it was saved, and return its path.

    Raises as ``gradwright.show.write_report`` does.
    """
    from gradwright.show import write_report  # pages are needed nowhere else
    from gradwright.show.whole import Whole

    return write_report(
        ensemble.runs,
        path,
        title=ensemble.runs[0].config.name,
        folders=None if folder is None else places(folder, len(ensemble.runs)),
        whole=Whole(as_one(ensemble), in_words(ensemble), "" if folder is None else str(folder)),
        overwrite=overwrite,
    )


def as_one(ensemble: Ensemble) -> Run:
    """The first run, with the outcome and the importance of all: what figures of answers are drawn from."""
    return replace(ensemble.runs[0], outcome=ensemble.outcome, importance=ensemble.importance)


def in_words(ensemble: Ensemble) -> str:
    """How the networks answer, and on which rows that was measured."""
    count = len(ensemble.runs)
    how = f"the mean of their probabilities, at the temperature {ensemble.temperature:.3g}"
    if ensemble.seen is not None:
        how = "the mean of their numbers, none beyond those seen in training"
    where = (
        "" if ensemble.outcome is None else f" What follows was answered {ANSWERED[ensemble.outcome.split]}."
    )
    return f"{count} network{' answers' if count == 1 else 's answer together'}: {how}.{where}"
