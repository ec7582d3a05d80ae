"""Parts of a data set: rows set aside for validation, or fewer rows to train on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gradwright.data.dataset import Dataset
from gradwright.data.divide import divide, take
from gradwright.errors import ConfigError


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
    kept, moved = divide(dataset.train, validation, rng, dataset.name)
    return replace(dataset, train=kept, validation=moved)


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
    return replace(dataset, train=take(dataset.train, drawn))
