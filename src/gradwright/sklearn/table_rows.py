"""A user's table as scikit-learn's conventions have it, and what each of its rows counts."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import (
    _check_sample_weight,
    _check_y,
    check_consistent_length,
    column_or_1d,
    validate_data,
)

from gradwright.data.foreign import is_frame
from gradwright.data.table.frames import Columns, columns_of, rows_in, take_rows
from gradwright.nn.layer import Array

MOST_LOOKED_AT = 1000  # rows among which equal ones are looked for


def first_table(estimator: BaseEstimator, X: Any, y: Any, numbers: bool) -> tuple[Columns, Array]:
    """The columns of X by name and targets (n,) or (n, k); the estimator learns the names of the columns.

    Raises ``ValueError``, as scikit-learn does, for what cannot be rows.
    """
    if is_frame(X):
        X = validate_data(estimator, X, skip_check_array=True)
        table = columns_of("X", X)
        y = _check_y(y, multi_output=True, y_numeric=numbers, estimator=estimator)
        check_consistent_length(next(iter(table.values())), y)
    else:
        X, y = validate_data(
            estimator,
            X,
            y,
            dtype=np.float64,
            ensure_all_finite="allow-nan",
            multi_output=True,
            y_numeric=numbers,
        )
        table = _numbered(X)
    if y.ndim == 2 and (y.shape[1] == 1 or not numbers):
        y = column_or_1d(y, warn=True)
    return table, y


def more_table(estimator: BaseEstimator, X: Any) -> Columns:
    """The columns of further rows, which are those of the first."""
    if is_frame(X):
        return columns_of("X", validate_data(estimator, X, reset=False, skip_check_array=True))
    return _numbered(
        validate_data(estimator, X, reset=False, dtype=np.float64, ensure_all_finite="allow-nan")
    )


def row_counts(table: Columns, y: Array, sample_weight: Any) -> tuple[Columns, Array, Array | None]:
    """The rows that count at all, and what each counts; None where all count the same.

    Raises ``ValueError`` for weights of another number, or all 0.
    """
    if sample_weight is None:
        return table, y, None
    weights = _check_sample_weight(
        sample_weight, next(iter(table.values())), dtype=np.float64, ensure_non_negative=True
    )
    there = np.flatnonzero(weights)
    return take_rows(table, there), y[there], weights[there]


def different_rows(
    table: Columns, y: Array, weights: Array | None, fewer_than: int
) -> tuple[Columns, Array, Array | None]:
    """Of a handful of rows each once, in a fixed order, with what it counts in all; more rows as they are.

    A weight is a number of copies: where no row is held out it makes no difference which of both there is.
    """
    if rows_in(table) > MOST_LOOKED_AT:
        return table, y, weights
    codes = [np.unique(_comparable(column), return_inverse=True)[1] for column in table.values()]
    targets = y.reshape(len(y), -1)
    codes += [np.unique(targets[:, k], return_inverse=True)[1] for k in range(targets.shape[1])]
    _, first, place = np.unique(np.stack(codes, axis=1), axis=0, return_index=True, return_inverse=True)
    if len(first) >= fewer_than:
        return table, y, weights
    return take_rows(table, first), y[first], np.bincount(place.ravel(), weights).astype(np.float64)


def _numbered(X: Array) -> Columns:
    """The columns of an array, named by their numbers."""
    return Columns({f"x{k}": np.ascontiguousarray(X[:, k]) for k in range(X.shape[1])})


def _comparable(column: Array) -> Array:
    """A column that can be sorted: gaps among texts stand before all of them."""
    if column.dtype.kind not in "OT":
        return column
    return np.array(["" if text is None else f" {text}" for text in column.tolist()])
