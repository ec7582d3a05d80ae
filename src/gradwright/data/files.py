"""What every reader does before it trusts a file: open it, measure it, and name it in each complaint."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

import numpy as np
from numpy.typing import NDArray

from gradwright.errors import DataError
from gradwright.inputs import open_input, parsing

BLOCK = 2**20  # bytes hashed or copied at a time
FREE, RATIO = 320 * 2**20, 16  # bytes that any file may unpack to, and how often its own size beyond


@contextmanager
def reading(path: Path, what: str = "file") -> Iterator[BinaryIO]:
    """``path`` opened for reading bytes; whatever goes wrong with it becomes a ``DataError`` that names it.

    Raises ``DataError`` for a path that is missing, no regular file, empty or not readable, and where reading
    it inside the block raises anything: it is then no intact ``what``.
    """
    with open_input(path, DataError) as file, parsing(path, f"an intact {what}", DataError):
        if size_of(file) == 0:
            raise DataError(f"{path}: the file is empty")
        yield file


def most_unpacked(packed: int) -> int:
    """The bytes of arrays that a file of ``packed`` bytes may come to.

    Images and measurements deflate to a third or a twentieth, MNIST's to a fifth. Zeros, which deflate to a
    thousandth, are taken up to 320 MiB: that is MNIST in float64 once more.

    >>> most_unpacked(2 * 10**6)
    367544320
    """
    return FREE + RATIO * packed


def fill(file: IO[bytes], count: int) -> NDArray[np.uint8]:
    """The next ``count`` bytes of a file, or as many as are left, without a second copy on the way."""
    body = np.empty(count, np.uint8)
    at = 0
    while at < count and (more := file.readinto(body[at : at + BLOCK])):  # type: ignore[attr-defined]
        at += more
    return body[:at]


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
