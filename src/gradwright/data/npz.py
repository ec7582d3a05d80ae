"""NumPy archives in the layout of ``mnist.npz``: x_train, y_train, x_test and y_test.

The members are parsed here rather than by ``numpy.load``, so that every announced size is held against
the archive before memory is taken for it, and so that nothing pickled can ever be reached.
"""

from __future__ import annotations

import math
import zipfile
import zlib
from pathlib import Path
from typing import IO

import numpy as np

from gradwright.data.affine import Affine
from gradwright.data.dataset import Dataset
from gradwright.data.files import naming, reading
from gradwright.data.rows import Array, Split
from gradwright.errors import DataError

KEYS = ("x_train", "y_train", "x_test", "y_test")
MOST = 2**31  # bytes of all four arrays together; MNIST has 55 MB


def load(path: Path) -> Dataset:
    """The training and test rows of an archive; each row of x is flattened, bytes are brought to 0 .. 1.

    Raises ``DataError`` for a damaged archive, a missing key, an array of objects, or rows that do not
    pair up.
    """
    with reading(path) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                _check_members(path, archive)
                x_train, y_train, x_test, y_test = (_read(path, archive, key) for key in KEYS)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            # zipfile raises RuntimeError for encrypted members, NotImplementedError for unknown compression
            raise DataError(f"{path}: expected an intact .npz archive, found: {error}") from None
    train = _split(path, "train", x_train, y_train)
    test = _split(path, "test", x_test, y_test)
    features = Affine(scale=1 / 255) if train.x.dtype == np.uint8 else Affine()
    classes = tuple(str(label) for label in range(train.y.max() + 1)) if train.has_labels else ()
    return Dataset(path.stem, path.name, train, test=test, classes=classes, features=features)


def _check_members(path: Path, archive: zipfile.ZipFile) -> None:
    found = set(archive.namelist())
    missing = [key for key in KEYS if f"{key}.npy" not in found]
    if missing:
        keys = ", ".join(sorted(name.removesuffix(".npy") for name in found)) or "nothing"
        raise DataError(f"{path}: expected the keys {', '.join(KEYS)}, found {keys}")
    total = sum(archive.getinfo(f"{key}.npy").file_size for key in KEYS)
    if total > MOST:
        raise DataError(f"{path}: announces {total} bytes of arrays, expected at most {MOST}")


def _read(path: Path, archive: zipfile.ZipFile, key: str) -> Array:
    size = archive.getinfo(f"{key}.npy").file_size
    with archive.open(f"{key}.npy") as member:
        shape, column_major, dtype = _header(path, key, member)
        if dtype.kind not in "uif":
            raise DataError(f"{path}: {key}: expected numbers, found {dtype}")
        announced = math.prod(shape) * dtype.itemsize
        if announced != size - member.tell():
            raise DataError(
                f"{path}: {key}: expected {announced} bytes for {dtype} {shape}, found {size - member.tell()}"
            )
        body = member.read()  # never more than the archive's directory said
    if len(body) != announced:
        raise DataError(
            f"{path}: {key}: expected {announced} bytes, found the member cut short at {len(body)}"
        )
    return np.frombuffer(body, dtype).reshape(shape, order="F" if column_major else "C")


def _header(path: Path, key: str, member: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[np.generic]]:
    formats = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    try:
        version = np.lib.format.read_magic(member)
        return formats[version](member)
    except (ValueError, KeyError) as error:
        raise DataError(
            f"{path}: {key}: expected an array in NumPy's format 1.0 or 2.0, found: {error}"
        ) from None


def _split(path: Path, name: str, x: Array, y: Array) -> Split:
    with naming(f"{path}: {name}"):
        if x.ndim < 2:
            raise DataError(f"x: expected rows of features, found shape {x.shape}")
        return Split(x.reshape(len(x), math.prod(x.shape[1:])), y)
