"""IDX files, the format of MNIST: a big-endian header of sizes, then unsigned bytes; perhaps gzip-compressed.

Header: two zero bytes, the type (8 = unsigned byte), the number of dimensions, and a 32-bit size for each
(Y. LeCun, C. Cortes, C. J. C. Burges, The MNIST database of handwritten digits).
"""

from __future__ import annotations

import gzip
import math
import struct
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from gradwright.data.affine import Affine
from gradwright.data.dataset import Dataset
from gradwright.data.files import most_unpacked, naming, reading, size_of
from gradwright.data.labels import numbered
from gradwright.data.rows import Split
from gradwright.errors import DataError

Bytes = NDArray[np.uint8]

UNSIGNED_BYTE = 8
LABEL = 8  # bytes of a label once it is read; in the file it has one
NAMES = ("train-{}", "t10k-{}")
SPELLINGS = ("images-idx3-ubyte", "labels-idx1-ubyte"), ("images.idx3-ubyte", "labels.idx1-ubyte")


def load_folder(folder: Path) -> Dataset:
    """The images and labels under MNIST's four names in ``folder``, each plain or with ``.gz``.

    Images become flat rows ``(N, height * width)`` of bytes, brought to 0 .. 1 by ``features``; classes
    are numbered.

    Raises ``DataError`` for a missing or damaged file, or images and labels that do not pair up.
    """
    train, test = (_load_split(folder, name) for name in NAMES)
    name = folder.resolve().name
    classes = numbered(train)
    return Dataset(
        name, f"IDX files in {name}", train, test=test, classes=classes, features=Affine(scale=1 / 255)
    )


def is_folder(path: Path) -> bool:
    """True where ``path`` holds IDX training images under one of MNIST's names."""
    return any(_variant(path, NAMES[0].format(images)) is not None for images, _ in SPELLINGS)


def read(path: Path, dimensions: int) -> Bytes:
    """The bytes of an IDX file with ``dimensions`` sizes (3 for images, 1 for labels).

    The sizes are held against what the file can hold before any memory is taken for them.

    Raises ``DataError`` for another magic number, or more or fewer bytes than the sizes announce.
    """
    if path.suffix != ".gz":
        with reading(path, "IDX file") as file:
            return _read(path, file, dimensions, size_of(file))
    with reading(path, "gzip file") as file, gzip.GzipFile(fileobj=file) as unpacked:
        most = most_unpacked(size_of(file)) // (LABEL if dimensions == 1 else 1)
        return _read(path, unpacked, dimensions, most)  # type: ignore[arg-type]


def _read(path: Path, file: BinaryIO, dimensions: int, most: int) -> Bytes:
    magic = bytes([0, 0, UNSIGNED_BYTE, dimensions])
    found = file.read(4)
    if found != magic:
        raise DataError(
            f"{path}: expected an IDX file starting with {magic.hex(' ')}, found {found.hex(' ')}"
        )
    sizes = file.read(4 * dimensions)
    if len(sizes) < 4 * dimensions:
        raise DataError(f"{path}: expected {dimensions} sizes, found the file cut short among them")
    shape = struct.unpack(f">{dimensions}I", sizes)
    announced = math.prod(shape)
    if announced > most:
        raise DataError(
            f"{path}: announces {announced} bytes {shape}, expected at most {most} in a file of this size"
        )
    body = file.read(announced + 1)  # one byte more than there should be shows whether there is more
    if len(body) != announced:
        held = "more" if len(body) > announced else f"{len(body)}"
        raise DataError(f"{path}: expected {announced} bytes after the header {shape}, found {held}")
    return np.frombuffer(body, dtype=np.uint8).reshape(shape)


def _load_split(folder: Path, name: str) -> Split:
    images = _require(folder, [name.format(images) for images, _ in SPELLINGS])
    labels = _require(folder, [name.format(labels) for _, labels in SPELLINGS])
    pixels = read(images, dimensions=3)
    with naming(f"{images} with {labels.name}"):
        return Split(pixels.reshape(len(pixels), -1), read(labels, dimensions=1))


def _require(folder: Path, names: list[str]) -> Path:
    found = [path for name in names if (path := _variant(folder, name)) is not None]
    if not found:
        raise DataError(f"{folder}: expected a file {names[0]} or {names[0]}.gz, found none")
    return found[0]


def _variant(folder: Path, name: str) -> Path | None:
    """The plain file of that name if it is there, else the compressed one, else None."""
    return next((path for path in (folder / name, folder / f"{name}.gz") if path.is_file()), None)
