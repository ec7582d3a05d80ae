"""Any table as columns by name: of pandas, Polars, PyArrow or plain Python.

Nothing of these libraries is imported; their columns are known by what they can do.
"""

from __future__ import annotations

import datetime
import numbers
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradwright.data.foreign import as_array, is_frame, no_numbers
from gradwright.data.rows import Array
from gradwright.data.table.cells import is_missing, text_of
from gradwright.errors import DataError
from gradwright.specs import suggestion

CATEGORIES = np.dtypes.StringDType(na_object=None)  # texts that are never read as numbers

# how the types of columns begin that hold categories: those of pandas, Polars (two), PyArrow
_CATEGORICAL = ("category", "categorical", "enum", "dictionary")


class Columns(dict[str, Array]):
    """Columns by name, all of one length and each of one of six kinds.

    float64 with NaN where one is missing, int64, bool, datetime64[us] with NaT where one is missing, objects
    (texts, None where one is missing), or ``CATEGORIES`` of what a frame calls so.
    """

    @property
    def rows(self) -> int:
        """How many there are."""
        return len(next(iter(self.values())))

    def take(self, rows: Array) -> Columns:
        """Some of them, by number or by mask."""
        return Columns((name, column[rows]) for name, column in self.items())


def columns_of(what: str, table: Any) -> Columns:
    """The columns of a frame, of a table of PyArrow, or of a mapping from names to columns.

    Raises ``DataError`` that begins with ``what`` for anything else, for two columns of one name, columns of
    different lengths, and for a column that holds something else than numbers, texts, booleans and dates.

    >>> columns_of("table", {"age": [31, None], "city": ["Ulm", "Bonn"]})
    {'age': array([31., nan]), 'city': array(['Ulm', 'Bonn'], dtype=object)}
    """
    if isinstance(table, Columns):
        return table
    names = _names(what, table)
    require_different(what, names)
    by_name = dict(zip(map(str, names), names, strict=True))
    columns = Columns(
        (text, as_column(f"{what}: column {text!r}", table[name])) for text, name in by_name.items()
    )
    lengths = {len(column) for column in columns.values()}
    if len(lengths) > 1:
        raise DataError(f"{what}: expected columns of one length, found {sorted(lengths)}")
    return columns


def require_different(what: str, names: Sequence[Any]) -> None:
    """Raise ``DataError`` where there is no column, or a name stands twice."""
    texts = [str(name) for name in names]
    if not texts:
        raise DataError(f"{what}: expected at least one column, found none")
    if len(set(texts)) < len(texts):
        twice = next(text for text in texts if texts.count(text) > 1)
        raise DataError(f"{what}: expected columns of different names, found {twice!r} more than once")


def require_columns(what: str, names: Sequence[str], there: Mapping[str, Any]) -> None:
    """Raise ``DataError``, which begins with ``what``, for a name that is not there, with the nearest one."""
    for name in names:
        if name not in there:
            raise DataError(f"{what}expected a column {name!r}, found none{suggestion(name, there)}")


def rows_in(columns: Columns) -> int:
    """The number of rows."""
    return columns.rows


def take_rows(columns: Columns, rows: Array) -> Columns:
    """Some rows of a table, by number or by mask."""
    return columns.take(rows)


def _names(what: str, table: Any) -> list[Any]:
    if hasattr(type(table), "column_names"):  # PyArrow
        return list(table.column_names)
    if is_frame(table):
        return list(table.columns)
    if isinstance(table, Mapping):
        return list(table)
    hint = "; collect() it first" if hasattr(type(table), "collect") else ""
    raise DataError(
        f"{what}: expected a frame, a mapping from names to columns, or the path of a file, "
        f"found {type(table).__name__}{hint}"
    )


def as_column(where: str, column: Any) -> Array:
    """One column as one of the six kinds of arrays, the user's own where it is one: nobody writes into it."""
    kind = str(getattr(column, "dtype", getattr(column, "type", ""))).lower()
    if kind.startswith("dictionary"):  # of which PyArrow's to_numpy fills the gaps with values
        listed = column.to_pylist if hasattr(type(column), "to_pylist") else column.tolist  # that of pandas
        column = np.array(listed(), object)
    array = as_array(where, column)
    if array.ndim != 1:
        raise DataError(f"{where}: expected one value for each row, found the shape {array.shape}")
    if kind.startswith(_CATEGORICAL):
        return texts_of(array).astype(CATEGORIES)
    match array.dtype.kind:
        case "b":
            return array
        case "i" | "u" if array.dtype != np.uint64:
            return array.astype(np.int64, copy=False)
        case "f" | "u":
            return array.astype(np.float64, copy=False)
        case "M":
            return array.astype("datetime64[us]", copy=False)
        case "U" | "T":
            return texts_of(array)
        case "O":
            return _of_objects(where, array)
    raise DataError(f"{where}: expected numbers, texts, booleans or dates, found {no_numbers(array)}")


def texts_of(array: Array) -> Array:
    """Values as texts, None where one is missing."""
    known: dict[tuple[type, Any], str | None] = {}  # by type too: to Python True and 1 are equal
    texts = np.empty(len(array), object)
    for row, value in enumerate(array.astype(str) if array.dtype.kind == "M" else array.tolist()):
        key = type(value), value
        if key not in known:
            known[key] = text_of(value)
        texts[row] = known[key]
    return texts


def _of_objects(where: str, array: Array) -> Array:
    """Objects of one type as that type's array; of several types, texts."""
    gaps = np.array([is_missing(value) for value in array], bool)
    there = array[~gaps]
    if all(isinstance(value, bool | np.bool_) for value in there):
        return texts_of(array) if gaps.any() else array.astype(bool)
    if all(_is_number(value) for value in there):
        found = np.full(len(array), np.nan)
        found[~gaps] = [float(value) for value in there]
        return found
    if all(isinstance(value, datetime.date) for value in there):
        times = np.full(len(array), np.datetime64("NaT"), "datetime64[us]")
        times[~gaps] = [np.datetime64(_without_zone(value), "us") for value in there]
        return times
    if any(hasattr(type(value), "__len__") and not isinstance(value, str) for value in there):
        raise DataError(f"{where}: expected numbers, texts, booleans or dates, found {no_numbers(there)}")
    return texts_of(array)


def _is_number(value: Any) -> bool:
    """True for a real number of Python or NumPy, and for a decimal."""
    real = isinstance(value, numbers.Real | np.number) or type(value).__name__ == "Decimal"
    return real and not isinstance(value, bool | np.bool_)


def _without_zone(value: datetime.date) -> datetime.date:
    """A time in UTC, without its zone; NumPy's times have none."""
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        return value.astimezone(datetime.UTC).replace(tzinfo=None)
    return value
