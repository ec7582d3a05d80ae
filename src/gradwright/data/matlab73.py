"""MAT-files of level 7.3: HDF5 with the dimensions in reverse order, read by h5py."""

from __future__ import annotations

import math
from collections.abc import Collection
from pathlib import Path
from typing import Any

from gradwright.data.files import most_unpacked, naming, reading, size_of
from gradwright.data.rows import Array
from gradwright.errors import DataError

MAGIC = b"\x89HDF\r\n\x1a\n"
OFFSET = 512  # MATLAB writes a header of its own before the HDF5 file


def read(path: Path, keys: Collection[str]) -> dict[str, Array]:
    """The matrices called ``keys``, as far as the file at ``path`` has them, in MATLAB's order of dimensions.

    Raises ``DataError`` for a damaged file, a variable of these names that is no array of real numbers in
    this very file, sizes that the file cannot hold, or where h5py is not installed.
    """
    try:
        import h5py
    except ImportError:
        raise DataError(f'{path}: level 7.3 needs h5py: pip install "gradwright[data]"') from None
    with reading(path, "HDF5 file") as raw, naming(path), h5py.File(raw, "r") as file:
        most = most_unpacked(size_of(raw))
        datasets = {key: _own_dataset(h5py, file, key) for key in keys if key in file}
        announced = sum(_bytes(each, each.shape) for each in datasets.values())
        at_once = max((_bytes(each, each.chunks or ()) for each in datasets.values()), default=0)
        if max(announced, at_once) > most:
            found = max(announced, at_once)
            raise DataError(
                f"announces {found} bytes of numbers, expected at most {most} in a file of this size"
            )
        return {key: each[()].T for key, each in datasets.items()}


def _bytes(dataset: Any, shape: tuple[int, ...]) -> int:
    """The bytes of so many numbers; they are unpacked by the chunk."""
    return math.prod(shape) * int(dataset.dtype.itemsize)


def _own_dataset(h5py: Any, file: Any, key: str) -> Any:
    """The numbers called ``key``; by a link, or from outside, we would read a file of the sender's choice."""
    found = file.get(key, getlink=True)
    if isinstance(found, h5py.HardLink):
        found = file[key]
    is_inside = isinstance(found, h5py.Dataset) and not found.external and not found.is_virtual
    if not is_inside or found.dtype.kind not in "uif":
        raise DataError(f"{key}: expected numbers kept in this file itself, found {found}")
    if found.ndim != 2:
        raise DataError(f"{key}: expected a matrix, found {found.ndim} dimensions")
    return found
