"""Files of one entry a line, to which a run or a study only adds: looks, and openings of the test set."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from gradwright.errors import RecordError
from gradwright.training.files import append_line, read_bytes

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Entry = TypeVar("Entry", bound="DataclassInstance")


def entries(path: Path, kind: type[Entry], what: str) -> list[Entry]:
    """The entries of a journal, the first one first; ``what`` says in an error what a line should be.

    Raises ``RecordError`` that names the line which cannot be read.
    """
    if not path.exists():
        return []
    lines = read_bytes(path).decode("utf-8", "replace").splitlines()
    return [
        _entry(line, kind, f"{path}: line {number}: expected {what}") for number, line in enumerate(lines, 1)
    ]


def add_entry(path: Path, entry: DataclassInstance) -> None:
    """Add an entry, and flush it to the disk.

    Raises ``RecordError`` that names the file where it cannot be written.
    """
    append_line(path, json.dumps(asdict(entry)))


def _entry(line: str, kind: type[Entry], expected: str) -> Entry:
    try:
        return kind(**json.loads(line))
    except (ValueError, TypeError) as error:
        raise RecordError(f"{expected}, found: {error}") from None
