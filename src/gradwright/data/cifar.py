"""CIFAR-10 in its two published layouts: records of bytes (``.bin``) and pickled batches ("python version").

A. Krizhevsky, Learning multiple layers of features from tiny images, 2009. Pixels stay as stored: 1024 red,
1024 green, 1024 blue, each plane row by row.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gradwright.data import pickles
from gradwright.data.affine import Affine
from gradwright.data.dataset import Dataset
from gradwright.data.files import reading, size_of
from gradwright.data.rows import Split
from gradwright.errors import ConfigError, DataError

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
BATCHES = (1, 2, 3, 4, 5)
ROWS = 10_000  # in each batch
PIXELS = 3 * 32 * 32

Labelled = tuple[NDArray[np.uint8], NDArray[np.int64]]


def load_folder(folder: Path, batches: Sequence[int] = BATCHES) -> Dataset:
    """The training batches chosen and the test batch of ``folder``, in whichever layout it holds.

    ``x`` is bytes ``(10000 * batches, 3072)``, brought to 0 .. 1 by ``features``.

    Raises ``ConfigError`` for batches other than 1 to 5, each at most once, and ``DataError`` for a batch
    that is missing, damaged, mislabelled or not to be trusted.
    """
    if not batches or not set(batches) <= set(BATCHES) or len(set(batches)) < len(batches):
        raise ConfigError(f"batches: expected some of {BATCHES}, each once, found {tuple(batches)}")
    read, suffix = (_read_binary, ".bin") if _is_binary(folder) else (_read_pickled, "")
    parts = [read(folder / f"data_batch_{number}{suffix}") for number in batches]
    train = Split(np.concatenate([x for x, _ in parts]), np.concatenate([y for _, y in parts]))
    chosen = "" if tuple(batches) == BATCHES else f" (batches {', '.join(map(str, batches))})"
    return Dataset(
        name=folder.resolve().name,
        source=folder.resolve().name + chosen,
        train=train,
        test=Split(*read(folder / f"test_batch{suffix}")),
        classes=CLASSES,
        features=Affine(scale=1 / 255),
    )


def is_folder(path: Path) -> bool:
    """True where ``path`` holds a CIFAR-10 test batch in either layout."""
    return _is_binary(path) or (path / "test_batch").is_file()


def _is_binary(folder: Path) -> bool:
    return (folder / "test_batch.bin").is_file()


def _read_binary(path: Path) -> Labelled:
    """A batch of records: one label byte and 3072 pixel bytes each."""
    with reading(path, "batch of records") as file:
        expected = ROWS * (1 + PIXELS)
        if size_of(file) != expected:
            raise DataError(f"{path}: expected {expected} bytes ({ROWS} records), found {size_of(file)}")
        records = np.frombuffer(file.read(expected), dtype=np.uint8).reshape(ROWS, 1 + PIXELS)
    return records[:, 1:], _checked_labels(path, records[:, 0].astype(np.int64))


def _read_pickled(path: Path) -> Labelled:
    """A batch as a pickled dictionary: an array "data" and a list "labels"; the rest is ignored."""
    batch = pickles.load(path)
    x, y = batch.get("data"), batch.get("labels")
    if not isinstance(x, np.ndarray) or x.dtype != np.uint8 or x.shape != (ROWS, PIXELS):
        found = f"{x.dtype} {x.shape}" if isinstance(x, np.ndarray) else type(x).__name__
        raise DataError(f"{path}: data: expected uint8 ({ROWS}, {PIXELS}), found {found}")
    if not isinstance(y, list) or len(y) != ROWS or not all(type(label) is int for label in y):
        found = f"{len(y)} entries" if isinstance(y, list) else type(y).__name__
        raise DataError(f"{path}: labels: expected a list of {ROWS} whole numbers, found {found}")
    return x, _checked_labels(path, np.array(y))


def _checked_labels(path: Path, labels: NDArray[np.int64]) -> NDArray[np.int64]:
    wrong = np.flatnonzero((labels < 0) | (labels >= len(CLASSES)))
    if wrong.size:
        raise DataError(f"{path}: expected labels 0 .. 9, found {labels[wrong[0]]} in row {wrong[0]}")
    return labels
