"""The rows of one part of a data set, checked when they come in and never written to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradwright.errors import DataError

Array = NDArray[Any]
ROWS_AT_ONCE = 2**16


@dataclass(frozen=True, eq=False)
class Split:
    """The rows of one part of a data set (training, validation or test).

    ``x`` is ``(N, d)``, of bytes, integers or floats. ``y`` is either ``(N,)`` labels 0, 1, ...
    (integers, held as int64) or ``(N,)`` or ``(N, k)`` float targets. ``weights`` ``(N,)`` say how much each
    row counts, where they do not all count the same. Arrays are held as read-only views, not copied unless
    they have to be made contiguous.

    Raises ``DataError`` for shapes or types other than these, fewer than one row, rows of ``x`` and ``y``
    that do not pair up, a negative label, or a number that is not finite; the first such row and column
    are named; for weights that are negative, or 0 for all rows.

    >>> part = Split(x=np.array([[0.5, 1.0], [2.0, 3.0]]), y=np.array([1, 0]))
    >>> len(part), part.has_labels
    (2, True)
    """

    x: Array
    y: Array
    weights: Array | None = None

    def __post_init__(self) -> None:
        x, y = np.asarray(self.x), np.asarray(self.y)
        if x.ndim != 2 or x.dtype.kind not in "uif":
            raise DataError(f"x: expected numbers of shape (N, d), found {x.dtype} of shape {x.shape}")
        if x.size == 0:
            raise DataError(f"x: expected at least one row and one column, found shape {x.shape}")
        check_finite("x", x)
        if y.dtype.kind in "ui" and y.ndim == 1:
            if y.min(initial=0) < 0:
                raise DataError(f"y: expected labels 0, 1, ..., found {y.min()} in row {y.argmin()}")
            y = y.astype(np.int64, copy=False)
        elif y.dtype.kind == "f" and y.ndim in (1, 2):
            check_finite("y", y)
        else:
            raise DataError(
                "y: expected integer labels (N,) or float targets (N,) or (N, k), "
                f"found {y.dtype} of shape {y.shape}"
            )
        if len(x) != len(y):
            raise DataError(f"x and y: expected as many rows in each, found {len(x)} and {len(y)}")
        object.__setattr__(self, "x", _read_only(x))
        object.__setattr__(self, "y", _read_only(y))
        if self.weights is not None:
            object.__setattr__(self, "weights", _read_only(_checked_weights(self.weights, len(x))))

    def __len__(self) -> int:
        return len(self.x)

    @property
    def has_labels(self) -> bool:
        """True for classification (integer ``y``), False for regression (float ``y``)."""
        return self.y.dtype.kind == "i"


def check_finite(name: str, array: Array, columns: Sequence[str] = ()) -> None:
    """Raise ``DataError`` that names the first row and column where ``array`` holds no finite number."""
    if array.dtype.kind == "f" and not _all_finite(array):
        row, *column = np.argwhere(~np.isfinite(array))[0].tolist()
        place = f"row {row}" + "".join(f", column {c}" for c in column)
        place += f" ({columns[column[0]]!r})" if columns else ""
        raise DataError(f"{name}: expected finite numbers, found {array[(row, *column)]} in {place}")


def _all_finite(array: Array) -> bool:
    """Looked at in parts: rows that are mapped from a file need not fit into memory."""
    parts = (array[begin : begin + ROWS_AT_ONCE] for begin in range(0, len(array), ROWS_AT_ONCE))
    return all(np.isfinite(part).all() for part in parts)


def _checked_weights(weights: Array, rows: int) -> Array:
    weights = np.asarray(weights)
    if weights.shape != (rows,) or weights.dtype.kind not in "uif":
        raise DataError(
            f"weights: expected a number for each of {rows} rows, "
            f"found {weights.dtype} of shape {weights.shape}"
        )
    check_finite("weights", weights)
    if weights.min() < 0:
        raise DataError(f"weights: expected numbers >= 0, found {weights.min():g} in row {weights.argmin()}")
    if not weights.any():
        raise DataError("weights: expected one that is not 0, found none")
    return weights.astype(np.float64, copy=False)


def _read_only(array: Array) -> Array:
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view
