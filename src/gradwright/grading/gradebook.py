"""The grades of a class in a file, whole after each submission: a grading that was ended can go on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from gradwright.errors import ConfigError, RecordError
from gradwright.grading.formats import Format, gradescope, written
from gradwright.grading.result import Grade
from gradwright.grading.rubric import Rubric
from gradwright.inputs import MOST_TABLE, parse_json, read_input
from gradwright.writing import remove_unfinished, write_atomically

WHAT = "grades as --grade wrote them"


class Entry(NamedTuple):
    """A grade, and the SHA-256 of what was graded."""

    grade: Grade
    sha256: str


@dataclass(frozen=True)
class Gradebook:
    """Grades by the submission's name, each with the digest of its content, and what they hang on.

    ``rubric`` stands for rubric and reference: the SHA-256 of their content.
    """

    rubric: str
    seed: int
    entries: Mapping[str, Entry]

    def has(self, submission: str, sha256: str) -> bool:
        """Whether this very content of a submission was graded."""
        found = self.entries.get(submission)
        return found is not None and found.sha256 == sha256

    def with_grade(self, given: Grade, sha256: str) -> Gradebook:
        """The same with one grade more, or another one for the same submission, and its content's digest."""
        return replace(self, entries={**self.entries, given.submission: Entry(given, sha256)})

    def in_order(self, names: Iterable[str]) -> Gradebook:
        """The same, those of ``names`` in their order and after the others: whoever was done first."""
        named = {name: self.entries[name] for name in names if name in self.entries}
        others = {name: entry for name, entry in self.entries.items() if name not in named}
        return replace(self, entries=others | named)

    @property
    def grades(self) -> list[Grade]:
        return [entry.grade for entry in self.entries.values()]

    def to_dict(self, *, of_a_class: bool) -> dict[str, Any]:
        """The layout of ``results.json``; of a class, or more than one, a list with each one's name."""
        results = [
            gradescope.to_dict(grade, {"sha256": sha256, "rubric": self.rubric})
            for grade, sha256 in self.entries.values()
        ]
        if len(results) == 1 and not of_a_class:
            return results[0]
        return {"submissions": [{"file": each["extra_data"]["file"]} | each for each in results]}


def begin(rubric: Rubric, seed: int) -> Gradebook:
    """A book without grades.

    Raises ``ConfigError`` where the rubric's reference cannot be read.
    """
    reference = rubric.folder / rubric.reference
    content = read_input(reference, ConfigError, "the reference of a rubric", MOST_TABLE)
    settings = rubric.model_dump_json().encode()
    return Gradebook(hashlib.sha256(settings + content).hexdigest(), seed, {})


def text(book: Gradebook, layout: Format, *, of_a_class: bool) -> str:
    """The grades in a layout."""
    if layout != "gradescope":
        return written(book.grades, layout)
    return json.dumps(book.to_dict(of_a_class=of_a_class), indent=2) + "\n"


def write(book: Gradebook, path: Path, layout: Format = "gradescope", *, of_a_class: bool) -> None:
    """Put the grades at ``path`` in one step.

    Raises ``RecordError`` where that cannot be done.
    """
    remove_unfinished(path)
    write_atomically(path, text(book, layout, of_a_class=of_a_class))


def read(path: Path, rubric: Rubric, seed: int | None) -> Gradebook:
    """The grades at ``path``, to go on with.

    Raises ``RecordError`` where there are none, ``ConfigError`` where they were given by another rubric or
    reference, or for points drawn with another seed.
    """
    found = parse_json(read_input(path, RecordError, WHAT, MOST_TABLE), path, RecordError, WHAT)
    try:
        listed = found.get("submissions", [found])
        read_in = [Entry(gradescope.from_dict(each), str(each["extra_data"]["sha256"])) for each in listed]
        about = [(str(each["extra_data"]["rubric"]), each["extra_data"]["seed"]) for each in listed]
        fits = bool(about) and len(set(about)) == 1 and type(about[0][1]) is int
    except (KeyError, TypeError, ValueError, AttributeError):
        fits = False
    if not fits:
        raise RecordError(f"{path}: expected {WHAT}, found something else")
    graded_by, drawn_with = about[0]
    book = begin(rubric, drawn_with)
    if book.rubric != graded_by:
        raise ConfigError(
            f"{path}: expected grades by this rubric and reference, found those of others; "
            "grade anew with --overwrite"
        )
    if seed not in (None, drawn_with):
        raise ConfigError(f"--seed: expected {drawn_with}, with which {path} was begun, found {seed}")
    return Gradebook(graded_by, drawn_with, {entry.grade.submission: entry for entry in read_in})
