"""A user's rows as dense arrays: those to train on, those to watch, and those to answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.model_selection import train_test_split
from sklearn.utils.validation import (
    _check_sample_weight,
    check_array,
    check_consistent_length,
    column_or_1d,
    validate_data,
)

from gradwright.data import Split
from gradwright.data.divide import take
from gradwright.errors import ConfigError
from gradwright.nn.layer import Array

SPARSE = ["csr", "csc"]  # which are made dense


def first_rows(
    estimator: BaseEstimator, X: Any, y: Any, dtypes: Any, reset: bool, numeric: bool = False
) -> tuple[Array, Array]:
    """Rows (n, d) in one of ``dtypes`` and targets (n,) or (n, k); ``reset`` learns the columns' names.

    Raises ``ValueError``, as scikit-learn does, for what cannot be rows.
    """
    X, y = validate_data(
        estimator,
        X,
        y,
        accept_sparse=SPARSE,
        multi_output=True,
        dtype=dtypes,
        reset=reset,
        y_numeric=numeric,
    )
    if y.ndim == 2 and y.shape[1] == 1:
        y = column_or_1d(y, warn=True)
    return X.toarray() if issparse(X) else X, y


def more_rows(estimator: BaseEstimator, X: Any, dtype: Any) -> Array:
    """Rows (n, d) with the columns of those before."""
    X = validate_data(estimator, X, accept_sparse=SPARSE, dtype=dtype, reset=False)
    rows: Array = X.toarray() if issparse(X) else X
    return rows


def row_weights(sample_weight: Any, X: Array) -> Array | None:
    """What each row of ``X`` counts, None where all count the same.

    Raises ``ValueError`` for weights of another number, or all 0.
    """
    if sample_weight is None:
        return None
    weights: Array = _check_sample_weight(sample_weight, X, dtype=X.dtype)
    return weights


def watched_rows(
    estimator: BaseEstimator, eval_set: Any, like: Split, encoded: Callable[[Array, Any], Array]
) -> Split:
    """The rows of ``eval_set``, their targets ``encoded`` as those of ``like``.

    Raises ``ValueError`` for what is not (X, y) or (X, y, sample_weight), or not like the rows to train on.
    """
    if not isinstance(eval_set, tuple) or len(eval_set) not in (2, 3):
        size = f" of {len(eval_set)}" if hasattr(eval_set, "__len__") else ""
        raise ConfigError(
            "eval_set: expected a tuple of further rows, (X, y) or (X, y, sample_weight), "
            f"found {type(eval_set).__name__}{size}"
        )
    X, y, *weights = eval_set
    try:
        X = more_rows(estimator, X, like.x.dtype)
        y = check_array(y, dtype=None, ensure_2d=False)
        check_consistent_length(X, y)
        target = encoded(y[:, 0] if y.shape[1:] == (1,) else y, X.dtype)
        expected, found = like.y.shape[1:], target.shape[1:]
        if found != expected:
            raise ConfigError(f"y: expected rows of the shape {expected}, found {found}")
        return Split(X, target, row_weights(weights[0] if weights else None, X))
    except ValueError as error:
        raise type(error)(f"eval_set: {error}") from None


def held_out(
    rows: Split, share: float, strata: Array | None, rng: np.random.RandomState
) -> tuple[Split, Split]:
    """The rows to train on, and those that early stopping holds out, drawn as scikit-learn draws them.

    Raises ``ValueError`` where fewer than two would be held out.
    """
    train, watched = train_test_split(
        np.arange(len(rows)), random_state=rng, test_size=share, stratify=strata
    )
    if len(watched) < 2:
        raise ValueError(
            "The validation set is too small. Increase 'validation_fraction' or the size of your dataset."
        )
    return take(rows, train), take(rows, watched)
