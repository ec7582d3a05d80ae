"""Which rows each of several networks trains on, and which tell it the best epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradwright.data import Dataset
from gradwright.data.divide import take
from gradwright.errors import DataError
from gradwright.nn.layer import Array


@dataclass(frozen=True, eq=False)
class Folds(Sequence[Dataset]):
    """A data set once for each part that is held out, made when it is asked for: a copy of its rows each.

    Args:
        data: all rows, to train on.
        part: in which part each row is held out (N,), -1 where in none.
        used: how many of the parts are held out.
    """

    data: Dataset
    part: Array
    used: int

    def __len__(self) -> int:
        return self.used

    def __getitem__(self, k: Any) -> Any:
        if not 0 <= k < self.used:
            raise IndexError(k)
        train, validation = (
            take(self.data.train, rows) for rows in (np.flatnonzero(self.part != k), self.held_out(k))
        )
        return replace(self.data, train=train, validation=validation)

    def held_out(self, k: int) -> Array:
        """The numbers of the rows of a part."""
        return np.flatnonzero(self.part == k)


def folds(data: Dataset, count: int, used: int, seed: int) -> Folds:
    """``data`` once for each of the first ``used`` of ``count`` parts, which is held out for validation.

    Rows are dealt to the parts at random, of labelled rows those of each class one after another, so that
    every part has its share. The only row of a class is never held out: what is not trained on is not known.

    Raises ``DataError`` for fewer rows than parts.

    >>> import gradwright as gw
    >>> x, y = [[0.0], [1.0], [2.0], [3.0], [4.0]], ["no", "no", "yes", "yes", "once"]
    >>> parts = folds(gw.Dataset.from_arrays(x, y), count=2, used=2, seed=0)
    >>> [sorted(part.train.y.tolist()) for part in parts]      # classes are numbered: no, once, yes
    [[0, 1, 2], [0, 1, 2]]
    """
    part = _dealt(data, count, seed)
    if count > (found := int((part >= 0).sum())):
        raise DataError(
            f"{data.name}: expected at least {count} rows that can be held out, one for each part, "
            f"found {found}"
        )
    return Folds(data, part, used)


def _dealt(data: Dataset, count: int, seed: int) -> Array:
    """The part (N,) in which each row is held out, -1 where in none."""
    order = np.random.default_rng(seed).permutation(len(data.train))
    part = np.full(len(order), -1)
    if data.train.has_labels:
        labels = data.train.y
        order = order[np.bincount(labels)[labels[order]] > 1]
        order = order[np.argsort(labels[order], kind="stable")]
    part[order] = np.arange(len(order)) % count
    return part
