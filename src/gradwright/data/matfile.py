"""MATLAB files of the course layout: Yt, Ct (training) and Yv, Cv (validation), a sample to a column.

Inputs Y are ``(d, n)``, labels C are one-hot ``(k, n)``; they leave here as rows and whole numbers. Level
5 needs nothing but NumPy; level 7.3 is HDF5, which h5py reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gradwright.data import matlab5, matlab73
from gradwright.data.dataset import Dataset
from gradwright.data.files import naming, reading
from gradwright.data.rows import Array, Split
from gradwright.errors import DataError

KEYS = ("Yt", "Ct", "Yv", "Cv")

Arrays = Mapping[str, Array]  # by key


def load(path: Path) -> Dataset:
    """The training and validation rows of a MATLAB file.

    Inputs keep their type; labels must be exactly one-hot (each column zeros and a single 1).

    Raises ``DataError`` for a missing key, sizes that do not meet, labels that are not one-hot, a number
    that is not finite, anything but plain matrices of numbers, a damaged file, or level 7.3 without h5py.
    """
    with reading(path) as file:
        head = file.read(matlab73.OFFSET + len(matlab73.MAGIC))
    if head.startswith(matlab5.MAGIC):
        matrices = matlab5.read(path, KEYS)
    elif head.startswith(matlab73.MAGIC) or head.endswith(matlab73.MAGIC):
        matrices = matlab73.read(path, KEYS)
    else:
        raise DataError(f"{path}: expected a MATLAB file of level 5 or 7.3, found one starting {head[:16]!r}")
    missing = [key for key in KEYS if key not in matrices]
    if missing:
        raise DataError(f"{path}: expected the matrices {', '.join(KEYS)}, found no {', '.join(missing)}")
    return _dataset(path, {key: matrices[key].T for key in KEYS})


def _dataset(path: Path, arrays: Arrays) -> Dataset:
    classes = [arrays[key].shape[1] for key in ("Ct", "Cv")]
    if classes[0] != classes[1]:
        raise DataError(
            f"{path}: expected as many classes in Ct as in Cv, found {classes[0]} and {classes[1]}"
        )
    names = tuple(str(label) for label in range(classes[0]))
    train = _split(path, "Yt", "Ct", arrays)
    return Dataset(path.stem, path.name, train, validation=_split(path, "Yv", "Cv", arrays), classes=names)


def _split(path: Path, inputs: str, one_hot: str, arrays: Arrays) -> Split:
    labels = _labels(f"{path}: {one_hot}", arrays[one_hot])
    with naming(f"{path}: {inputs} as x, {one_hot} as y, each column a row"):
        return Split(arrays[inputs], labels)


def _labels(where: str, one_hot: Array) -> NDArray[np.int64]:
    hot = one_hot == 1
    wrong = (hot.sum(axis=1) != 1) | (hot != (one_hot != 0)).any(axis=1)
    if wrong.any():
        column = int(wrong.argmax())
        found = np.array2string(one_hot[column], threshold=10)
        raise DataError(
            f"{where}: expected one-hot columns (zeros and a single 1), found {found} in column {column}"
        )
    labels: NDArray[np.int64] = hot.argmax(axis=1)
    return labels
