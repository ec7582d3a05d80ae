"""What every reader does before it trusts a file: open it, measure it, and name it in each complaint."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from gradwright.errors import DataError

BLOCK = 2**20  # bytes hashed or copied at a time


@contextmanager
def reading(path: Path) -> Iterator[BinaryIO]:
    """``path`` opened for reading bytes; what the operating system refuses becomes a ``DataError``.

    Raises ``DataError`` for a path that is missing, not a regular file (a pipe would wait for ever),
    empty, or not readable.
    """
    try:
        if not path.exists():
            raise DataError(f"{path}: there is no such file")
        if not path.is_file():
            kind = "folder" if path.is_dir() else "special file"
            raise DataError(f"{path}: expected a file, found a {kind}")
        with path.open("rb") as file:
            if size_of(file) == 0:
                raise DataError(f"{path}: the file is empty")
            yield file
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from None


def size_of(file: BinaryIO) -> int:
    """The size of an open file in bytes."""
    return os.fstat(file.fileno()).st_size


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    digest = hashlib.sha256()
    with reading(path) as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


@contextmanager
def naming(where: object) -> Iterator[None]:
    """Puts ``where`` before the message of any ``DataError`` raised inside: arrays do not know their file."""
    try:
        yield
    except DataError as error:
        raise DataError(f"{where}: {error}") from None
