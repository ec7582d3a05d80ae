"""NumPy archives in the layout of ``mnist.npz``: x_train, y_train, x_test and y_test.

The members are parsed here rather than by ``numpy.load``, so that every announced size is held against
the archive before memory is taken for it, and so that nothing pickled can ever be reached.
"""

from __future__ import annotations

import math
import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

from gradwright.data.affine import Affine
from gradwright.data.dataset import Dataset
from gradwright.data.files import fill, most_unpacked, naming, reading, size_of
from gradwright.data.labels import numbered
from gradwright.data.rows import Array, Split
from gradwright.errors import DataError
from gradwright.inputs import parsing

ARRAY = "an array in NumPy's format 1.0 or 2.0"
KEYS = ("x_train", "y_train", "x_test", "y_test")
LABEL = 8  # bytes of a label once it is read


def load(path: Path) -> Dataset:
    """The training and test rows of an archive; each row of x is flattened, bytes are brought to 0 .. 1.

    Raises ``DataError`` for a damaged archive, a missing key, an array of objects, or rows that do not
    pair up.
    """
    with reading(path, ".npz archive") as file, zipfile.ZipFile(file) as archive:
        _check_members(path, archive)
        headers = {key: _header(path, archive, key) for key in KEYS}
        taken, most = sum(header.taken for header in headers.values()), most_unpacked(size_of(file))
        if taken > most:
            raise DataError(
                f"{path}: announces {taken} bytes of arrays, expected at most {most} in a file of this size"
            )
        x_train, y_train, x_test, y_test = (_read(path, archive, key, headers[key]) for key in KEYS)
    train = _split(path, "train", x_train, y_train)
    test = _split(path, "test", x_test, y_test)
    features = Affine(scale=1 / 255) if train.x.dtype == np.uint8 else Affine()
    classes = numbered(train) if train.has_labels else ()
    return Dataset(path.stem, path.name, train, test=test, classes=classes, features=features)


def _check_members(path: Path, archive: zipfile.ZipFile) -> None:
    found = set(archive.namelist())
    missing = [key for key in KEYS if f"{key}.npy" not in found]
    if missing:
        keys = ", ".join(sorted(name.removesuffix(".npy") for name in found)) or "nothing"
        raise DataError(f"{path}: expected the keys {', '.join(KEYS)}, found {keys}")
    for key in KEYS:
        if archive.getinfo(f"{key}.npy").compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise DataError(f"{path}: {key}: expected it stored or deflated, found another compression")


class _Header(NamedTuple):
    """What an array says of itself, and where its numbers begin."""

    shape: tuple[int, ...]
    column_major: bool
    dtype: np.dtype[np.generic]
    start: int

    @property
    def announced(self) -> int:
        """The bytes of its numbers."""
        return math.prod(self.shape) * self.dtype.itemsize

    @property
    def taken(self) -> int:
        """The bytes that they take once they are read: labels become int64."""
        wide = LABEL if len(self.shape) == 1 and self.dtype.kind in "ui" else self.dtype.itemsize
        return math.prod(self.shape) * wide


def _header(path: Path, archive: zipfile.ZipFile, key: str) -> _Header:
    formats = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    with archive.open(f"{key}.npy") as member, parsing(f"{path}: {key}", ARRAY, DataError):
        header = _Header(*formats[np.lib.format.read_magic(member)](member), member.tell())
    if header.dtype.kind not in "uif":
        raise DataError(f"{path}: {key}: expected numbers, found {header.dtype}")
    held = archive.getinfo(f"{key}.npy").file_size - header.start
    if header.announced != held:
        raise DataError(
            f"{path}: {key}: expected {header.announced} bytes for {header.dtype} {header.shape}, "
            f"found {held}"
        )
    return header


def _read(path: Path, archive: zipfile.ZipFile, key: str, header: _Header) -> Array:
    with archive.open(f"{key}.npy") as member:
        member.read(header.start)
        body = fill(member, header.announced)
    if len(body) != header.announced:
        raise DataError(
            f"{path}: {key}: expected {header.announced} bytes, found the member cut short at {len(body)}"
        )
    return body.view(header.dtype).reshape(header.shape, order="F" if header.column_major else "C")


def _split(path: Path, name: str, x: Array, y: Array) -> Split:
    with naming(f"{path}: {name}"):
        if x.ndim < 2:
            raise DataError(f"x: expected rows of features, found shape {x.shape}")
        return Split(x.reshape(len(x), math.prod(x.shape[1:])), y)
