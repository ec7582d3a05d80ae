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

from gradwright.errors import ConfigError, DataError
from gradwright.grading.process import GoneError
from gradwright.grading.rubric import Rubric
from gradwright.grading.wire import MOST_HEADER
from gradwright.inputs import MOST_TABLE, decoded, read_input

WHAT = "a submission in Python"
MOST_TEXT = MOST_HEADER // 6  # bytes; JSON makes six of one at most


def require_submission(path: Path, rubric: Rubric) -> None:
    """Raise ``ConfigError`` where there is nothing, or a folder and the rubric names no file in it."""
    if not os.path.lexists(path):
        raise ConfigError(f"{path}: expected a Python file, found none")
    if path.is_dir() and rubric.entry is None:
        raise ConfigError(
            f"{path}: expected a Python file, found a folder; "
            'with entry = "homework.py", say, in the rubric a folder is loaded by its file of that name'
        )


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


def source(path: Path, rubric: Rubric) -> tuple[str, str]:
    """The name and the text of the file that is loaded.

    Raises ``GoneError`` where it cannot be read, or a link leads to it.
    """
    try:
        if path.is_symlink():
            raise GoneError(f"{path.name}: expected {WHAT}, found: a link, which is not followed here")
        file = path / str(rubric.entry) if path.is_dir() else path
        content = read_input(file, GoneError, WHAT, MOST_TEXT, links=False)
        return file.name, decoded(content, file.name, WHAT, GoneError)
    except GoneError as error:
        raise GoneError(f"could not be loaded: {error}") from None


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
