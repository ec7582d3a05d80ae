"""MAT-files of level 7.3: HDF5 with the dimensions in reverse order, read by h5py."""

from __future__ import annotations

import math
from collections.abc import Collection
from pathlib import Path
from typing import Any

from gradwright.data.files import reading, size_of
from gradwright.data.rows import Array
from gradwright.errors import DataError

MAGIC = b"\x89HDF\r\n\x1a\n"
OFFSET = 512  # MATLAB writes a header of its own before the HDF5 file
MOST = 2**28  # numbers in one file, 2 GiB as doubles
DEFLATE_RATIO = 1032  # the most that deflate can compress: a small file cannot hold much more


def read(path: Path, keys: Collection[str]) -> dict[str, Array]:
    """The matrices called ``keys``, as far as the file at ``path`` has them, in MATLAB's order of dimensions.

    Raises ``DataError`` for a damaged file, a variable of these names that is no array of real numbers in
    this very file, sizes that the file cannot hold, or where h5py is not installed.
    """
    try:
        import h5py
    except ImportError:
        raise DataError(f'{path}: level 7.3 needs h5py: pip install "gradwright[data]"') from None
    with reading(path) as raw:
        most = min(MOST, DEFLATE_RATIO * size_of(raw))
    try:
        with h5py.File(path, "r") as file:
            datasets = {key: _own_dataset(h5py, file, key) for key in keys if key in file}
            announced = sum(math.prod(each.shape) for each in datasets.values())
            if announced > most:
                raise DataError(
                    f"announces {announced} numbers, expected at most {most} in a file of this size"
                )
            return {key: each[()].T for key, each in datasets.items()}
    except DataError as error:
        raise DataError(f"{path}: {error}") from None
    except Exception as error:  # h5py does not say what it raises on a damaged file
        raise DataError(f"{path}: expected an intact HDF5 file, found damage: {error}") from None


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
