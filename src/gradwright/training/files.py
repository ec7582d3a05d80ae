"""Writing without half-written files: beside, flushed to the disk, then moved into place, or line by line."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from gradwright.errors import RecordError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Entry = TypeVar("Entry", bound="DataclassInstance")
SCRATCH = ".part"  # how the name of a file ends that is still being written


def write_atomically(path: Path, content: bytes | str) -> None:
    """Put ``content`` at ``path`` in one step: a reader or a crash finds the old file or the new one.

    Raises ``RecordError`` that names the file where the disk is full or writing is not allowed.
    """
    data = content.encode() if isinstance(content, str) else content
    with _named(path), _scratch_beside(path) as scratch:
        with scratch.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)


def append_line(path: Path, line: str) -> None:
    """Add one line to a file and flush it to the disk.

    Raises ``RecordError`` that names the file where the disk is full or writing is not allowed.
    """
    with _named(path), path.open("a", encoding="utf-8") as file:
        file.write(line if line.endswith("\n") else f"{line}\n")
        file.flush()
        os.fsync(file.fileno())


def make_folder(path: Path) -> None:
    """A new folder with its parents, or the one that is there.

    Raises ``RecordError`` that names the folder where it cannot be made.
    """
    with _named(path):
        path.mkdir(parents=True, exist_ok=True)


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


@contextlib.contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RecordError(f"{path}: could not be written: {error.strerror or error}") from error


@contextlib.contextmanager
def _scratch_beside(path: Path) -> Iterator[Path]:
    """A temporary name in the same folder, so that the move is atomic; gone whatever happens but a kill."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}{SCRATCH}")
    try:
        yield scratch
    finally:
        scratch.unlink(missing_ok=True)


def _entry(line: str, kind: type[Entry], expected: str) -> Entry:
    try:
        return kind(**json.loads(line))
    except (ValueError, TypeError) as error:
        raise RecordError(f"{expected}, found: {error}") from None
