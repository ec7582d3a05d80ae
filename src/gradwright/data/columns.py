"""Features from a user's hands: a matrix (N, d), and the names of its columns where a frame brings them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradwright.data.foreign import as_array, is_frame, require_numbers
from gradwright.data.rows import Array, check_finite
from gradwright.errors import DataError
from gradwright.specs import suggestion

Names = tuple[str, ...]


def as_matrix(what: str, x: Any) -> tuple[Array, Names]:
    """``x`` as numbers (N, d), and the names of its columns; an array or a list has none.

    Raises ``DataError`` for another shape, with the way to this one, and for what is not made of numbers.
    """
    if is_frame(x):
        names = tuple(str(name) for name in x.columns)
        return select(what, x, names), names
    array = as_array(what, x)
    found = f"{what}: expected the shape (N, d), found {array.shape}; "
    if array.ndim == 1:
        raise DataError(f"{found}for one feature give reshape(-1, 1), for one row reshape(1, -1)")
    if array.ndim > 2:
        raise DataError(f"{found}flatten each sample: reshape(len({what}), -1)")
    return require_numbers(what, array), ()


def select(what: str, frame: Any, names: Sequence[str]) -> Array:
    """The columns of ``frame`` called ``names``, in that order, as numbers (N, d).

    Raises ``DataError`` that names the column that is missing, stands twice, is not made of numbers, or has
    gaps.
    """
    by_name = {str(name): name for name in frame.columns}
    if len(by_name) < len(frame.columns):
        all_names = [str(name) for name in frame.columns]
        twice = next(name for name in by_name if all_names.count(name) > 1)
        raise DataError(f"{what}: expected columns of different names, found {twice!r} more than once")
    if not names:
        raise DataError(f"{what}: expected at least one column, found none")
    for name in names:
        if name not in by_name:
            raise DataError(f"{what}: expected a column {name!r}, found none{suggestion(name, by_name)}")
    return np.column_stack([_column(what, name, frame[by_name[name]]) for name in names])


def weighted(x: Any, weights: Any) -> tuple[Any, Array | None]:
    """``x`` without the column that is called ``weights``, and what it holds; or ``x``, and weights (N,).

    Raises ``DataError`` for a name that ``x`` does not have, and for what is not made of numbers.
    """
    if weights is None:
        return x, None
    if not isinstance(weights, str):
        return x, require_numbers("weights", as_array("weights", weights))
    if not is_frame(x):
        raise DataError(f"weights: expected a number for each row, found {weights!r}, and x names no columns")
    column = select("weights", x, [weights])[:, 0]
    return x[[name for name in x.columns if str(name) != weights]], column


def like_training(what: str, x: Any, names: Names) -> Array:
    """``x`` as numbers (N, d); the columns of a frame in the order of ``names``, those of training."""
    return select(what, x, names) if names and is_frame(x) else as_matrix(what, x)[0]


def _column(what: str, name: str, column: Any) -> Array:
    where = f"{what}: column {name!r}"
    values = require_numbers(where, as_array(where, column))
    check_finite(where, values)
    return values
