"""Reading the files of a run or a study. What writes them is ``gradwright.writing``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from gradwright.errors import RecordError
from gradwright.inputs import MOST_TABLE, parse_json, parse_table, read_input
from gradwright.strict import made_of

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Entry = TypeVar("Entry", bound="DataclassInstance")
MOST_BYTES = 2**33  # of a file of a run: a thousand million numbers in float64


def read_bytes(path: Path, *, links: bool = False) -> bytes:
    """The content of a file in the folder of a run or a study, where ``links`` are not followed.

    Raises ``RecordError`` that names the file where it is missing or cannot be read.
    """
    return read_input(path, RecordError, "a file of a run", MOST_BYTES, links)


def read_table(path: Path, what: str = "JSON") -> dict[str, Any]:
    """The table in such a file, which holds ``what`` in JSON.

    Raises ``RecordError`` that names the file where it is missing, cannot be read or holds no table in JSON.
    """
    return parse_table(read_input(path, RecordError, what, MOST_TABLE, links=False), path, RecordError, what)


def entries(path: Path, kind: type[Entry], what: str) -> list[Entry]:
    """The entries of a file with one a line, the first one first; ``what`` says what a line should be.

    An unfinished last line, as a crash leaves it, is no entry.

    Raises ``RecordError`` that names the line which cannot be read.
    """
    if not os.path.lexists(path):
        return []
    text = read_bytes(path).decode("utf-8", "replace")
    lines = text[: text.rfind("\n") + 1].splitlines()
    return [_entry(line, kind, f"{path}: line {number}", what) for number, line in enumerate(lines, 1)]


def _entry(line: str, kind: type[Entry], where: str, what: str) -> Entry:
    return made_of(kind, parse_json(line, where, RecordError, what), where, what)
