"""Runs that answer together as one model: what they came to, shown once."""

from __future__ import annotations

from dataclasses import dataclass

from gradwright.show.answers import Answers, answers_of
from gradwright.show.columns import ColumnsPart, columns_of
from gradwright.training import Run

ANCHOR, UNSAVED = "together", "FOLDER"


@dataclass(frozen=True, eq=False)
class Whole:
    """Several runs as one.

    Args:
        run: one of them, but with the outcome and the importance of all.
        words: what they are together.
        folder: where they lie; empty where they were not saved.
    """

    run: Run
    words: str
    folder: str = ""


@dataclass(frozen=True)
class WholePart:
    """The part of a page about them; ``unsaved`` is the word for their folder, where they have none."""

    words: str
    answers: Answers | None
    columns: ColumnsPart | None
    unsaved: str


def whole_part(whole: Whole) -> WholePart:
    """What there is to show."""
    folder = whole.folder or UNSAVED
    return WholePart(
        words=whole.words,
        answers=answers_of(whole.run, folder, ANCHOR),
        columns=columns_of(whole.run, ANCHOR, folder),
        unsaved="" if whole.folder else UNSAVED,
    )
