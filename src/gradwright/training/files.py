"""Reading the files of a run or a study. What writes them is ``gradwright.writing``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from gradwright.errors import RecordError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Entry = TypeVar("Entry", bound="DataclassInstance")


def read_bytes(path: Path) -> bytes:
    """The content of a file.

    Raises ``RecordError`` that names the file where it is missing or cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise RecordError(f"{path}: expected a file of a run, found: {error.strerror}") from None


def entries(path: Path, kind: type[Entry], what: str) -> list[Entry]:
    """The entries of a file with one a line, the first one first; ``what`` says what a line should be.

    An unfinished last line, as a crash leaves it, is no entry.

    Raises ``RecordError`` that names the line which cannot be read.
    """
    if not path.exists():
        return []
    text = read_bytes(path).decode("utf-8", "replace")
    lines = text[: text.rfind("\n") + 1].splitlines()
    return [
        _entry(line, kind, f"{path}: line {number}: expected {what}") for number, line in enumerate(lines, 1)
    ]


def _entry(line: str, kind: type[Entry], expected: str) -> Entry:
    try:
        return kind(**json.loads(line))
    except (ValueError, TypeError) as error:
        raise RecordError(f"{expected}, found: {error}") from None
