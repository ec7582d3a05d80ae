"""What was handed in: a file, or a folder of which the rubric names the file that is loaded.

A submission may read its folder and nothing beside it, so no link is followed, and a folder that holds
another's work, or the teacher's, is refused.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from gradwright.errors import ConfigError, DataError
from gradwright.grading.notebook import Part, cells
from gradwright.grading.process import GoneError
from gradwright.grading.rubric import LOADED, Rubric
from gradwright.grading.wire import MOST_HEADER
from gradwright.inputs import MOST_TABLE, decoded, read_input

WHAT, NOTEBOOK = "a submission in Python", "a notebook"
MOST_TEXT = MOST_HEADER // 6  # bytes; JSON makes six of one at most
MOST_NOTEBOOK = 2**24  # bytes of a notebook, whose pictures are more than its code
BESIDE = 10  # bytes around a part and its name in JSON


class Source(NamedTuple):
    """The code of a submission: its file's name, the parts that are run in turn, and notes on them."""

    name: str
    parts: list[Part]
    notes: list[str]


def require_submission(path: Path) -> None:
    """Raise ``ConfigError`` where there is nothing."""
    if not os.path.lexists(path):
        raise ConfigError(f"{path}: expected a Python file, a notebook or a folder, found none")


def require_apart(submissions: Iterable[Path], others: Iterable[Path]) -> None:
    """Raise ``ConfigError`` where a submission that is a folder holds one of ``others``: it could read it."""
    resolved = {other: other.resolve() for other in others}
    for folder in filter(Path.is_dir, submissions):
        own = folder.resolve()
        for other, place in resolved.items():
            if place != own and place.is_relative_to(own):
                raise ConfigError(
                    f"{folder}: expected a submission in a folder of its own, found {other} in it, "
                    "which it could read"
                )


def require_hidden(reference: Path, readable: Iterable[str]) -> None:
    """Raise ``ConfigError`` where the reference lies below a place that a submission's process may read."""
    for place in readable:
        if reference.resolve().is_relative_to(Path(place).resolve()):
            raise ConfigError(
                f"{reference}: expected a reference that submissions cannot read, found it below {place}, "
                "which they can"
            )


def source(path: Path, rubric: Rubric) -> Source:
    """What is loaded: a file in one part, a notebook in its cells.

    Raises ``GoneError`` where it cannot be read, or a link leads to it.
    """
    try:
        if path.is_symlink():
            raise GoneError(f"{path.name}: expected {WHAT}, found: a link, which is not followed here")
        file = _loaded_of(path, rubric.entry) if path.is_dir() else path
        if file.suffix != ".ipynb":
            content = read_input(file, GoneError, WHAT, MOST_TEXT, links=False)
            return Source(file.name, [Part(file.name, decoded(content, file.name, WHAT, GoneError))], [])
        content = read_input(file, GoneError, NOTEBOOK, MOST_NOTEBOOK, links=False)
        parts, notes = cells(content, file.name, rubric.cells_until)
        if sum(_bytes(part) for part in parts) > MOST_TEXT:
            raise GoneError(f"{file.name}: expected at most {MOST_TEXT:,} bytes of code, found more")
        return Source(file.name, parts, notes)
    except GoneError as error:
        raise GoneError(f"could not be loaded: {error}") from None


def _loaded_of(folder: Path, entry: str | None) -> Path:
    """The file of a folder that is loaded: the rubric's entry, or the only one that can be."""
    if entry:
        return folder / entry
    try:
        inside = list(folder.iterdir())
    except OSError as error:
        raise GoneError(
            f"{folder.name}: expected a folder that can be read, found: {error.strerror}"
        ) from None
    found = [each for each in inside if each.suffix in LOADED and not each.name.startswith(".")]
    if len(found) != 1:
        raise GoneError(
            f"{folder.name}: expected one file in Python, or one notebook, found {len(found)}; "
            'entry = "homework.py", say, in the rubric names the one that is loaded'
        )
    return found[0]


def _bytes(part: Part) -> int:
    return sum(len(text.encode("utf-8", "surrogatepass")) + BESIDE for text in part)


def digest(path: Path) -> str:
    """The SHA-256 of a file, or of the names and contents in a folder; of nothing for what cannot be read."""
    if not path.is_dir():
        return _sha256(path)
    parts = (f"{file.relative_to(path)!r} {_sha256(file)}" for file in _files(path))
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


def _sha256(file: Path) -> str:
    try:
        return hashlib.sha256(read_input(file, DataError, WHAT, MOST_TABLE, links=False)).hexdigest()
    except DataError:
        return hashlib.sha256().hexdigest()


def _files(folder: Path) -> list[Path]:
    """What lies in a folder and in those below it, however deep they are, in one order; links are files."""
    found: list[Path] = []
    waiting = [folder]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                (waiting if entry.is_dir(follow_symlinks=False) else found).append(Path(entry.path))
    return sorted(found)
