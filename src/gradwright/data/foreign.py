"""What a user hands over (lists, arrays, tensors, columns of a frame) as arrays, or one sentence why not.

Nothing of pandas, Polars, SciPy or PyTorch is imported: their objects are known by what they can do.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.data.rows import Array
from gradwright.errors import DataError

INSTEAD = {  # by the kind of a dtype that holds no real numbers: what was found, and what to do about it
    "U": "text ({first!r}); make numbers of it, such as a column of 0 and 1 for each value, or leave it out",
    "S": "bytes ({first!r}); make numbers of them, or leave them out",
    "M": "dates ({first}); make numbers of them, such as days since the first, or leave them out",
    "m": "durations ({first}); make numbers of them, such as seconds, or leave them out",
    "c": "complex numbers; give real and imaginary part as columns of their own",
    "V": "records; give an array (N, d) of numbers, or a frame",
    "O": "{type} ({first!r}); make numbers of them, such as with astype(float), and fill the gaps",
}


def is_frame(value: object) -> bool:
    """True for a table with named columns, such as a frame of pandas or Polars."""
    return all(hasattr(type(value), name) for name in ("columns", "dtypes", "to_numpy"))


def as_array(what: str, value: Any) -> Array:
    """``value`` as a NumPy array, without a copy where it is one.

    Raises ``DataError`` for what has no rows, for a sparse or a masked array, for rows of different lengths,
    and for whatever else does not become an array.
    """
    if hasattr(type(value), "toarray"):
        raise DataError(f"{what}: expected a dense array, found a sparse one; give its toarray()")
    if np.ma.is_masked(value):
        raise DataError(f"{what}: expected an array, found a masked one; fill its gaps or drop these rows")
    if isinstance(value, str | bytes | dict | set) or not has_rows(value):
        raise DataError(f"{what}: expected an array, a list or a frame, found {value!r:.60}")
    try:
        return np.asarray(value.to_numpy() if hasattr(type(value), "to_numpy") else value)
    except (
        TypeError,
        ValueError,
        RuntimeError,
    ) as error:  # ragged; a tensor of a device or graph
        kind = type(value).__name__
        raise DataError(f"{what}: expected an array or rows of one length, found {kind}: {error}") from None


def has_rows(value: object) -> bool:
    """True for what NumPy can see as rows."""
    return hasattr(type(value), "__len__") or hasattr(type(value), "__array__")


def require_numbers(what: str, array: Array) -> Array:
    """``array`` where it holds real numbers, booleans as 0 and 1.

    Raises ``DataError`` that says what it holds instead, and what to do about it.
    """
    if array.dtype.kind == "b":
        return array.astype(np.uint8)
    if array.dtype.kind in "uif":
        return array
    raise DataError(f"{what}: expected numbers, found {no_numbers(array)}")


def no_numbers(array: Array) -> str:
    """What ``array`` holds that is no real number, and what to do about it."""
    first = next((entry for entry in array.flat if not isinstance(entry, int | float)), None)
    text = isinstance(first, str)
    return INSTEAD["U" if text else array.dtype.kind].format(
        first=str(first) if text else first, type=type(first).__name__
    )
