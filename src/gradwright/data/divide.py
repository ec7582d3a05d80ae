"""Rows taken out of a split: the last ones, or random ones with each class in its share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gradwright.data.rows import Split
from gradwright.errors import ConfigError

_Rows = slice | NDArray[np.int64]  # a slice keeps a view of the data, where row numbers make a copy


def divide(
    split: Split, share: int | float, rng: np.random.Generator | None, name: str
) -> tuple[Split, Split]:
    """The rows of ``split`` that stay, and those that are set aside: a count (int) or a share of them.

    The last ones, or with ``rng`` random ones: of labelled rows from each class its share, and one row of
    each class at least stays. Raises ``ConfigError``, which says ``name``, if either part would be empty.
    """
    total = len(split)
    count = count_of(share, total, name)
    kept: _Rows = slice(None, -count)
    moved: _Rows = slice(-count, None)
    if rng is not None:
        moved = drawn(total, split.y if split.has_labels else None, count, rng)
        kept = np.delete(np.arange(total), moved)
    return take(split, kept), take(split, moved)


def count_of(share: int | float, total: int, name: str) -> int:
    """How many of ``total`` training rows a count or a share of them is.

    Raises ``ConfigError``, which says ``name``, for none of them or all.
    """
    # a share outside 0 .. 1, NaN included, comes to no rows
    count = share if isinstance(share, int) else round(share * total) if 0 < share < 1 else 0
    if not 1 <= count < total:
        raise ConfigError(
            f"validation: expected 1 to {total - 1} of the {total} training rows of {name}, "
            f"or a share between 0 and 1, found {share}"
        )
    return count


def take(split: Split, rows: _Rows) -> Split:
    """Some rows of a split."""
    weights = None if split.weights is None else split.weights[rows]
    return Split(split.x[rows], split.y[rows], weights)


def drawn(
    total: int, classes: NDArray[np.int64] | None, count: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """``count`` random rows of ``total`` in ascending order, spread evenly over the classes where there are
    some.

    The rows are shuffled and put class by class; of all but the first row of each, every so many-th is taken.
    """
    order = rng.permutation(total)
    if classes is None:
        return np.sort(order[:count])
    order = order[np.argsort(classes[order], kind="stable")]
    free = np.delete(order, np.flatnonzero(np.diff(classes[order], prepend=-1)))
    if count > len(free):
        raise ConfigError(
            f"validation: expected at most {len(free)} rows, so that a row of each class stays for training, "
            f"found {count}"
        )
    places = (np.arange(count) * len(free) + rng.integers(len(free))) // count
    return np.sort(free[places])
