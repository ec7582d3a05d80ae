"""The column that is to be learned: labels or numbers, and why it is taken for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from gradwright.data.rows import Array
from gradwright.data.table.cells import chosen, numbers, readings
from gradwright.data.table.kinds import as_texts
from gradwright.errors import DataError

Task: TypeAlias = Literal["classification", "regression"]
FEW = 20  # different whole numbers, at most, that are labels
ROWS_EACH = 5  # rows for each of them, at least, on average


@dataclass(frozen=True, eq=False)
class TableTarget:
    """A target: ``y`` (integers, texts or booleans are labels; float64 are numbers) of the rows that have
    one.

    ``there`` (N,) says which rows of the table these are; ``note`` what was decided, in words.
    """

    y: Array
    there: Array
    note: str


def read_target(
    name: str, values: Array, task: Task | None, decimal: str | None = None, *, varied: bool = True
) -> TableTarget:
    """The target in a column: what ``task`` says, or what it looks like.

    Texts and booleans are labels; whole numbers are where at most 20 differ, on at least 5 rows each on
    average; other numbers are numbers. ``varied`` targets say more than one thing.

    Raises ``DataError`` for a column of dates, one without values, an infinite number, texts where numbers
    are asked for, and what says the same in every row.

    >>> read_target("y", np.array([1.5, 2.5, np.nan]), "regression").note
    "target 'y': numbers"
    """
    where = f"target {name!r}"
    decided = task is not None
    if values.dtype.kind == "T" and task is None:
        task = "classification"
    given = _typed(where, as_texts(values) if values.dtype.kind in "OT" else values, decimal)
    there = ~_gaps(given)
    found = given[there]
    if not found.size:
        raise DataError(f"{where}: expected a value in some row, found none")
    if given.dtype.kind == "f" and np.isinf(found).any():
        row = int(np.flatnonzero(np.isinf(given))[0])
        raise DataError(f"{where}: expected finite numbers, found {given[row]} in row {row}")
    distinct = np.unique(found if found.dtype.kind != "O" else found.astype(str))
    if varied and len(distinct) == 1:
        raise DataError(f"{where}: expected values that differ, found {distinct[0]!s:.40} in every row")
    whole = found.dtype.kind == "f" and bool((found == np.round(found)).all())
    few = len(distinct) <= FEW and len(distinct) * ROWS_EACH <= len(found)
    if task is None:
        task = "regression" if found.dtype.kind == "f" and not (whole and few) else "classification"
    if task == "regression":
        return TableTarget(
            _as_numbers(where, found), there, f"{where}: numbers{_or_labels(distinct, decided)}"
        )
    if varied and found.dtype.kind == "O" and len(distinct) == len(found):
        raise DataError(f"{where}: expected labels that occur again, found a different text in each row")
    return _as_labels(where, found, there, whole, len(distinct), decided)


def _typed(where: str, values: Array, decimal: str | None) -> Array:
    """Numbers as float64, booleans, or texts."""
    match values.dtype.kind:
        case "i":
            return values.astype(np.float64)
        case "M":
            raise DataError(f"{where}: expected labels or numbers, found dates ({values[0]})")
        case "O":
            if all(text is None for text in values):
                return values
            with_comma = next((text for text in values if text is not None and "," in text), None)
            reading = chosen(where, readings(values), decimal, with_comma)
            if reading in ("point", "comma", "thousands"):
                return numbers(where, values, reading)
            if reading == "date":
                raise DataError(f"{where}: expected labels or numbers, found dates ({values[0]})")
            if set(values) == {"True", "False"}:
                return np.array(values == "True", bool)
    return values


def _gaps(values: Array) -> Array:
    if values.dtype.kind == "f":
        return np.isnan(values)
    return np.array([value is None for value in values], bool)


def _as_numbers(where: str, found: Array) -> Array:
    if found.dtype.kind == "O":
        raise DataError(
            f"{where}: expected numbers, found {found[0]!r:.40}; task='classification' takes labels"
        )
    return found.astype(np.float64)


def _or_labels(distinct: Array, decided: bool) -> str:
    if decided or len(distinct) > FEW:
        return ""
    return f", though only {len(distinct)} differ; task='classification' takes them as labels"


def _as_labels(where: str, found: Array, there: Array, whole: bool, count: int, decided: bool) -> TableTarget:
    if found.dtype.kind == "f":
        y = found.astype(np.int64) if whole else as_texts(found).astype(str)
        why = f", for it has {count} different whole numbers; task='regression' takes them as numbers"
    else:
        y = found.astype(str) if found.dtype.kind == "O" else found
        why = ", for it holds booleans" if found.dtype.kind == "b" else ", for it holds texts"
    return TableTarget(y, there, f"{where}: labels of {count} classes{'' if decided else why}")
