"""What a column of the training rows is taken for, and fitted as."""

from __future__ import annotations

import numpy as np

from gradwright.data.rows import Array
from gradwright.data.table.category_column import CategoryColumn
from gradwright.data.table.cells import Notation, Reading, chosen, numbers, readings
from gradwright.data.table.columns import Column
from gradwright.data.table.date_column import DateColumn
from gradwright.data.table.kinds import Kind, as_dates, as_numbers, as_texts
from gradwright.data.table.number_column import NumberColumn
from gradwright.errors import DataError

FEWEST_ROWS = 20  # in which texts that all differ are taken for names
STRAY = 0.1  # of the rows, at most, that hold words between numbers by mistake


def fit_column(
    name: str,
    values: Array,
    kind: Kind | None,
    dates: str,
    decimal: str | None,
    most: int,
    one_hot_up_to: int | None,
    bins: int | None,
) -> Column | str:
    """A column fitted on the training rows, or why it is left out."""
    where = f"column {name!r}"
    reading: Reading = "text"
    if values.dtype.kind == "O" and kind is None:
        reading = _reading(where, values, decimal)
    match kind, values.dtype.kind:
        case ("date", _) | (None, "M"):
            return _fit_dates(name, as_dates(where, values), dates if kind is None else "split")
        case ("number", "O" | "T"):
            texts = as_texts(values)
            notation = _notation(where, texts, decimal)
            return _fit_numbers(name, numbers(where, texts, notation), notation, bins)
        case ("number", _) | (None, "i" | "f"):
            return _fit_numbers(name, as_numbers(where, values, "point"), "point", bins)
        case (None, "O") if reading in ("point", "comma", "thousands"):
            return _fit_numbers(name, numbers(where, values, reading), reading, bins)
        case (None, "O") if reading == "date":
            return _fit_dates(name, as_dates(where, values), dates)
        case (None, "O") if reading == "local date":
            raise DataError(
                f"{where}: {_first(values)!r} may be a date, of which day and month cannot be told apart; "
                f'write dates as 2024-12-31, leave it out, or say kinds={{"{name}": "category"}}'
            )
    texts = as_texts(values)
    if kind is None and values.dtype.kind == "O":
        _require_no_stray(where, texts)
    there = {text for text in texts if text is not None}
    if kind is None and values.dtype.kind == "O" and len(there) == len(texts) >= FEWEST_ROWS:
        return f"a text of its own in each row, such as {_first(texts)!r:.40}"
    if len(there) + any(text is None for text in texts) < 2:
        return _constant(next(iter(there), None))
    return CategoryColumn.fit(name, texts, most=most, one_hot_up_to=one_hot_up_to)


def _require_no_stray(where: str, texts: Array) -> None:
    """Raise ``DataError`` for a few words in a column of numbers: they are hardly its categories."""
    numeric = {text: "point" in readings([text]) for text in set(texts) if text is not None}
    stray = [row for row, text in enumerate(texts) if text is not None and not numeric[text]]
    if len(numeric) >= FEWEST_ROWS and 0 < len(stray) <= STRAY * len(texts):
        raise DataError(
            f"{where}: expected a number as in {len(texts) - len(stray):,} of {len(texts):,} rows, found "
            f"{texts[stray[0]]!r:.40}; leave such cells empty, or say "
            f'kinds={{"{where.removeprefix("column ")[1:-1]}": "category"}}'
        )


def _reading(where: str, texts: Array, decimal: str | None) -> Reading:
    return chosen(where, readings(texts), decimal, _with_comma(texts)) if _first(texts) else "text"


def _notation(where: str, texts: Array, decimal: str | None) -> Notation:
    """How a column of texts that is said to hold numbers is read."""
    reading = _reading(where, texts, decimal)
    return reading if reading == "comma" or reading == "thousands" else "point"


def _fit_numbers(name: str, values: Array, notation: Notation, bins: int | None) -> Column | str:
    there = values[~np.isnan(values)]
    if not there.size:
        return _constant(None)
    if there.min() == there.max() and there.size == values.size:
        return _constant(f"{there[0]:g}")
    return NumberColumn.fit(name, values, notation, bins)


def _fit_dates(name: str, values: Array, dates: str) -> Column | str:
    there = values[~np.isnat(values)]
    if not there.size:
        return _constant(None)
    if dates == "refuse":
        raise DataError(
            f"column {name!r}: it holds dates ({there[0].astype('datetime64[D]')}); "
            f'dates="split" makes numbers of them, leave_out=["{name}"] leaves them out'
        )
    if there.min() == there.max() and there.size == values.size:
        return _constant(str(there[0]))
    return DateColumn.fit(name, values)


def _constant(value: str | None) -> str:
    return "no value in any row" if value is None else f"{value!r:.40} in every row"


def _first(texts: Array) -> str | None:
    return next((text for text in texts if text is not None), None)


def _with_comma(texts: Array) -> str | None:
    return next((text for text in texts if text is not None and "," in text), None)
