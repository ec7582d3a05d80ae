"""Parts of a data set: rows set aside for validation, or fewer rows to train on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gradwright.data.dataset import Dataset
from gradwright.data.rows import Split
from gradwright.errors import ConfigError

_Rows = slice | NDArray[np.int64]  # a slice keeps a view of the data, where row numbers make a copy


def split_off(dataset: Dataset, validation: int | float, rng: np.random.Generator | None = None) -> Dataset:
    """``dataset`` with ``validation`` of its training rows moved to a validation split.

    ``validation`` is a count (int) or a share of the training rows (float between 0 and 1, rounded to whole
    rows). The rows are the last ones, as with MNIST's customary last 12,000; with ``rng``, random ones: of
    labelled rows from each class its share, and one row of each class at least stays for training.

    Raises ``ConfigError`` if there is a validation split already, or either part would be empty.

    >>> from gradwright.data import line
    >>> parts = split_off(line(np.random.default_rng(0)), validation=9).splits
    >>> {name: len(part) for name, part in parts.items()}
    {'train': 40, 'validation': 9}
    """
    if dataset.validation is not None:
        raise ConfigError(f"{dataset.name}: has {len(dataset.validation)} validation rows already")
    total = len(dataset.train)
    if isinstance(validation, int):
        count = validation
    else:  # a share outside 0 .. 1, NaN included, comes to no rows
        count = round(validation * total) if 0 < validation < 1 else 0
    if not 1 <= count < total:
        raise ConfigError(
            f"validation: expected 1 to {total - 1} of the {total} training rows of {dataset.name}, "
            f"or a share between 0 and 1, found {validation}"
        )
    kept: _Rows = slice(None, -count)
    moved: _Rows = slice(-count, None)
    if rng is not None:
        moved = _drawn(dataset.train, count, rng)
        kept = np.delete(np.arange(total), moved)
    return replace(dataset, train=_rows(dataset.train, kept), validation=_rows(dataset.train, moved))


def _drawn(split: Split, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """``count`` random rows in ascending order, spread evenly over the classes where there are labels.

    The rows are shuffled and put class by class; of all but the first row of each, every so many-th is taken.
    """
    order = rng.permutation(len(split))
    if not split.has_labels:
        return np.sort(order[:count])
    order = order[np.argsort(split.y[order], kind="stable")]
    free = np.delete(order, np.flatnonzero(np.diff(split.y[order], prepend=-1)))
    if count > len(free):
        raise ConfigError(
            f"validation: expected at most {len(free)} rows, so that a row of each class stays for training, "
            f"found {count}"
        )
    places = (np.arange(count) * len(free) + rng.integers(len(free))) // count
    return np.sort(free[places])


def subset(dataset: Dataset, rows: int, rng: np.random.Generator) -> Dataset:
    """``dataset`` with only ``rows`` of its training rows, drawn without replacement; other splits stay.

    Raises ``ConfigError`` if there are not that many.

    >>> from gradwright.data import line
    >>> len(subset(line(np.random.default_rng(0)), 20, np.random.default_rng(1)).train)
    20
    """
    total = len(dataset.train)
    if not 1 <= rows <= total:
        raise ConfigError(f"rows: expected 1 to {total} training rows of {dataset.name}, found {rows}")
    drawn = np.sort(rng.choice(total, size=rows, replace=False))
    return replace(dataset, train=_rows(dataset.train, drawn))


def _rows(split: Split, rows: _Rows) -> Split:
    return Split(split.x[rows], split.y[rows])
