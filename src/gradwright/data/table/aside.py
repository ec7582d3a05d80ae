"""The rows of a table that are set aside to be measured: drawn, whole groups, or the last ones in time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gradwright.data.divide import count_of, drawn
from gradwright.data.rows import Array
from gradwright.data.table.kinds import as_dates, as_texts
from gradwright.errors import ConfigError, DataError


def drawn_aside(
    share: int | float, total: int, classes: Array | None, rng: np.random.Generator, name: str
) -> NDArray[np.int64]:
    """Random rows, of each class its share; see ``divide``."""
    return drawn(total, classes, count_of(share, total, name), rng)


def groups_aside(
    share: int | float, column: str, groups: Array, rng: np.random.Generator, name: str
) -> Array:
    """Whole groups in random order, until they have as many rows as ``share`` asks for; one stays at least.

    Raises ``DataError`` for rows without a group, and for one group alone.

    >>> patients, rng = np.array(["a", "a", "b", "b"]), np.random.default_rng(0)
    >>> groups_aside(0.5, "patient", patients, rng, "visits").tolist() in ([0, 1], [2, 3])
    True
    """
    count = count_of(share, len(groups), name)
    texts = as_texts(groups)
    gaps = np.flatnonzero([text is None for text in texts])
    if gaps.size:
        raise DataError(f"group {column!r}: expected a value in every row, found none in row {gaps[0]}")
    names, members, sizes = np.unique(texts.astype(str), return_inverse=True, return_counts=True)
    if len(names) < 2:
        raise DataError(f"group {column!r}: expected at least two groups, found {names[0]!r} in every row")
    order = rng.permutation(len(names))
    enough = 1 + int(np.searchsorted(np.cumsum(sizes[order]), count))
    moved = order[: min(enough, len(names) - 1)]
    return np.flatnonzero(np.isin(members, moved))


def latest_aside(share: int | float, column: str, times: Array, name: str) -> Array:
    """The last rows in time; rows of one moment stay together, so that no training row is as late.

    Raises ``DataError`` for a column that is neither dates nor numbers, has gaps, or is the same in every
    row.

    >>> latest_aside(1, "year", np.array([2024.0, 2022.0, 2024.0, 2023.0]), "sales").tolist()
    [0, 2]
    """
    count = count_of(share, len(times), name)
    where = f"time {column!r}"
    moments = as_dates(where, times) if times.dtype.kind in "MO" else times
    gaps = np.flatnonzero(np.isnat(moments) if moments.dtype.kind == "M" else np.isnan(moments.astype(float)))
    if gaps.size:
        raise DataError(f"{where}: expected a value in every row, found none in row {gaps[0]}")
    first = np.sort(moments)[-count]
    moved = np.flatnonzero(moments >= first)
    if len(moved) == len(moments):
        raise ConfigError(
            f"{where}: expected rows that are earlier than the last {count:,}, found {first} in every row"
        )
    return moved
