"""What a column may hold, and its values as numbers, texts or dates."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from gradwright.data.rows import Array
from gradwright.data.table.cells import Notation, dates, numbers, text_of
from gradwright.data.table.frames import texts_of
from gradwright.errors import DataError

Kind: TypeAlias = Literal["number", "category", "boolean", "date"]
Role: TypeAlias = Literal["number", "indicator", "index"]  # of a column of the encoded rows

MISSING = "missing"  # the name of a gap
ALWAYS = "where training had one in every row"  # said of a gap


def as_numbers(where: str, values: Array, notation: Notation) -> Array:
    """A column as float64; of one that is so already no copy.

    Raises ``DataError`` for texts that are no numbers, and for dates.
    """
    match values.dtype.kind:
        case "O" | "T":
            return numbers(where, as_texts(values), notation)
        case "M":
            raise DataError(f"{where}: expected numbers as in training, found dates ({values[0]})")
    return values.astype(np.float64, copy=False)


def as_texts(values: Array) -> Array:
    """A column as texts, None where one is missing."""
    if values.dtype.kind in "OT":
        return values.astype(object, copy=False)
    return texts_of(values)


def as_dates(where: str, values: Array) -> Array:
    """A column as datetime64.

    Raises ``DataError`` for what is no date.
    """
    match values.dtype.kind:
        case "M":
            return values
        case "O" | "T":
            return dates(where, as_texts(values))
    if values.dtype.kind == "f" and np.isnan(values).all():
        return np.full(len(values), np.datetime64("NaT"), "datetime64[us]")
    raise DataError(f"{where}: expected dates as in training, found numbers ({text_of(values[0])})")
