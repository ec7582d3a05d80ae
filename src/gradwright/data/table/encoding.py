"""How a table becomes a network's inputs: fitted on the training rows, saved with the run, told in words."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from gradwright.data.labels import listed
from gradwright.data.rows import Array
from gradwright.data.table.columns import KINDS, Column
from gradwright.data.table.fit_column import fit_column
from gradwright.data.table.frames import Columns, columns_of, require_columns, rows_in
from gradwright.data.table.kinds import Kind, Role
from gradwright.data.table.unlike import Unlike
from gradwright.errors import ConfigError, DataError, DataWarning, RecordError
from gradwright.fields import Count, require
from gradwright.strict import made_of

MOST_VALUES = 256  # columns that one category is worth
LARGEST = 3  # of an encoded number
TINY = 1e-6  # relative: how far above it float32 may round
TARGET = "the target"  # why it is left out
BLOCK = 2**12  # rows that are encoded at a time: they stay in the cache


@dataclass(frozen=True)
class TableEncoding:
    """The map from the rows of a table to a network's inputs, float32 (N, d), each column by its own.

    Args:
        columns: what is done to each column that is used, in the order of the inputs.
        left_out: the columns of the table that are not used, and why.

    >>> table = {"age": [20, 30, 50, 40], "city": ["Ulm", "Bonn", "Graz", "Bonn"], "unit": ["m"] * 4}
    >>> encoding = TableEncoding.fit(table)
    >>> encoding.names
    ('age', 'city: Bonn', 'city: Graz', 'city: Ulm')
    >>> encoding.encode({"city": ["Graz"], "age": [35]}).tolist()
    [[0.0, 0.0, 1.0, 0.0]]
    >>> for name, words in encoding.words().items(): print(f"{name}: {words}")
    age: minus the median 35, over 15, softly clipped at 3; missing: the median
    city: one-hot in 3 columns; unknown: all 0
    unit: left out: 'm' in every row
    """

    columns: tuple[Column, ...]
    left_out: dict[str, str]

    @classmethod
    def fit(
        cls,
        table: Any,
        *,
        kinds: Mapping[str, Kind] | None = None,
        leave_out: Mapping[str, str] | Iterable[str] = (),
        dates: Literal["refuse", "split"] = "refuse",
        decimal: Literal[",", "."] | None = None,
        one_hot_up_to: int | None = None,
        bins: int | None = None,
        most_values: int = MOST_VALUES,
    ) -> TableEncoding:
        """The encoding of training rows.

        Args:
            table: a frame of pandas or Polars, a table of PyArrow, or a mapping from names to columns.
            kinds: what columns are, by name, where it is not as it looks: "number", "category", "boolean" or
                "date". Texts that are all numbers look like numbers, and numbers never like categories.
            leave_out: the names of columns that are not used, or why not by name.
            dates: "split" makes numbers of dates (days, year, month, day, weekday, hour); they are refused
                unless that is said, for a date as a number means something only where the future is like the
                past.
            decimal: what the comma in "1,234" is: "," for decimals, "." for thousands; it is asked for where
                that cannot be seen.
            one_hot_up_to: how many values, gaps among them, a category may have to be one-hot; one of more
                becomes an index, which an embedding takes. By default all are one-hot.
            bins: into how many bins of as many training rows each a number is laid, beside itself
                (piecewise-linear encoding); by default none.
            most_values: of a category that is one-hot; the rarer ones are pooled.

        A column that is the same in every row is left out, and so are texts that all differ.

        Raises ``DataError`` for columns that are missing, hold dates or numbers of two meanings, or are not
        what ``kinds`` says, and where no column is left; ``ConfigError`` for settings that cannot be.
        """
        columns = columns_of("table", table)
        _require_choice("dates", dates, ("refuse", "split"))
        _require_choice("decimal", decimal, (None, ",", "."))
        if bins is not None:
            require("bins", bins, Count)
        wanted = dict(kinds or {})
        left_out = dict(leave_out) if isinstance(leave_out, Mapping) else dict.fromkeys(leave_out, "as asked")
        require_columns("kinds: ", list(wanted), columns)
        require_columns("leave_out: ", list(left_out), columns)
        for name, kind in wanted.items():
            _require_choice(f"kinds: {name!r}", kind, tuple(KINDS))
        if not rows_in(columns):
            raise DataError("expected at least one row, found none")
        fitted: list[Column] = []
        for name, values in columns.items():
            if name in left_out:
                continue
            column = fit_column(
                name,
                values,
                wanted.get(name),
                dates,
                decimal,
                most=most_values,
                one_hot_up_to=one_hot_up_to,
                bins=bins,
            )
            if isinstance(column, str):
                left_out[name] = column
            else:
                fitted.append(column)
        if not fitted:
            reasons = "".join(f"; {name!r}: {why}" for name, why in left_out.items())
            raise DataError(f"expected a column to learn from, found none{reasons}")
        return cls(tuple(fitted), left_out)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the encoded columns, such as "age" or "city: Bonn"."""
        return tuple(name for column in self.columns for name in column.names)

    @property
    def roles(self) -> tuple[Role, ...]:
        """What each encoded column is: a "number", an "indicator" (-1, 0 or 1), or a category's "index"."""
        return tuple(role for column in self.columns for role in column.roles)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Of each encoded column that is an index the largest one, k of 0 .. k; 0 for all others."""
        return tuple(size for column in self.columns for size in column.sizes)

    def encode(self, table: Any) -> Array:
        """The rows of a table as a network's inputs, float32 (N, d); the table may have further columns.

        Raises ``DataError`` for a column that is missing, or holds what cannot be read as in training.
        """
        columns = self._of_training(table)
        total = rows_in(columns)
        encoded = np.empty((total, len(self.names)), np.float32)
        for begin in range(0, total, BLOCK):
            rows, at = slice(begin, begin + BLOCK), 0
            for column in self.columns:
                width = len(column.names)
                encoded[rows, at : at + width] = column.encode(columns[column.name][rows])
                at += width
        return encoded

    def decode(self, inputs: Array) -> dict[str, list[str]]:
        """What rows of inputs (N, d) stand for, in words, by the column of the table; as near as they tell.

        >>> table = {"age": [20, 30, 50, 40], "city": ["Ulm", "Bonn", "Graz", "Bonn"]}
        >>> encoding = TableEncoding.fit(table)
        >>> encoding.decode(encoding.encode(table)[:2])
        {'age': ['20', '30'], 'city': ['Ulm', 'Bonn']}
        """
        found, at = {}, 0
        for column in self.columns:
            found[column.name] = column.decode(inputs[:, at : at + len(column.names)])
            at += len(column.names)
        return found

    def unlike(self, table: Any) -> tuple[Unlike, ...]:
        """What in a table is unlike the training rows, and what ``encode`` does about it.

        >>> encoding = TableEncoding.fit({"city": ["Ulm", "Bonn", "Graz"] * 9})
        >>> for each in encoding.unlike({"city": ["Bonn", "Wien"], "age": [3, 4]}): print(each)
        column 'city': 1 row with a value that training never showed, 'Wien'; unknown, all its inputs are 0
        column 'age': it was not there in training; not used
        """
        columns = self._of_training(table)
        found = [each for column in self.columns for each in column.unlike(columns[column.name])]
        new = columns.keys() - self.words().keys()
        return (
            *found,
            *(Unlike(name, "it was not there in training", "not used") for name in columns if name in new),
        )

    def numbered(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The ``names`` "column 1", ... of a file without names, as training numbered them.

        Where one column is not there, it is the target.
        """
        known = self.words().keys()
        kept = [name for name in known if self.left_out.get(name) != TARGET]
        if len(names) == len(kept) < len(known) and set(known) == {
            f"column {k + 1}" for k in range(len(known))
        }:
            return tuple(sorted(kept, key=lambda name: int(name.removeprefix("column "))))
        return names

    def _of_training(self, table: Any) -> Columns:
        columns = columns_of("table", table)
        what = "" if table is columns else "table: "  # of a file the path stands before it
        require_columns(what, [column.name for column in self.columns], columns)
        return columns

    def words(self) -> dict[str, str]:
        """What is done to each column of the table, by its name."""
        used = {column.name: column.words() for column in self.columns}
        return used | {name: f"left out: {why}" for name, why in self.left_out.items()}

    def to_dict(self) -> dict[str, Any]:
        """The encoding as plain data for JSON; ``from_dict`` reads it."""
        columns = [{"kind": column.kind, **_plain(asdict(column))} for column in self.columns]
        return {"columns": columns, "left_out": dict(self.left_out)}

    @classmethod
    def from_dict(cls, plain: Any, where: str = "encoding") -> TableEncoding:
        """The encoding that ``to_dict`` made.

        Raises ``RecordError``, which begins with ``where``, for anything else.
        """
        return _read(plain, where)


def encoded(what: str, x: Any, encoding: TableEncoding) -> Array:
    """A table as ``encoding`` has it, with a ``DataWarning`` for what training never showed; an array is one.

    Raises ``DataError``, which begins with ``what``, for an array of numbers that no encoding makes.
    """
    if isinstance(x, np.ndarray):
        if x.ndim == 2 and x.shape[1] == len(encoding.names) and _may_be_encoded(x, encoding):
            return x
        names = listed([column.name for column in encoding.columns], 3)
        raise DataError(f"{what}: expected a table with the columns {names}, found an array of {x.shape}")
    table = columns_of(what, x)
    for each in encoding.unlike(table):
        warnings.warn(str(each), DataWarning, stacklevel=5)
    return encoding.encode(table)


def _may_be_encoded(x: Array, encoding: TableEncoding) -> bool:
    """True for numbers as ``encode`` makes them: up to 3, and up to its size for an index."""
    most = np.maximum(LARGEST, encoding.sizes)
    return x.dtype.kind in "fiu" and bool((np.abs(x) <= most * (1 + TINY)).all())


def _require_choice(what: str, value: Any, choices: tuple[Any, ...]) -> None:
    if value not in choices:
        raise ConfigError(f"{what}: expected one of {', '.join(map(repr, choices))}, found {value!r:.60}")


def _plain(value: Any) -> Any:
    """Tuples as lists, as JSON has them."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


def _read(plain: Any, where: str) -> TableEncoding:
    what = "the encoding of a table"
    found = plain if isinstance(plain, dict) else {}
    columns, left_out = found.get("columns"), found.get("left_out")
    if not (isinstance(columns, list) and columns and isinstance(left_out, dict)):
        raise RecordError(f"{where}: expected {what}, found {plain!r:.60}")
    made = []
    for k, column in enumerate(columns):
        here = f"{where}: columns.{k}"
        kind = column.get("kind") if isinstance(column, dict) else None
        if kind not in KINDS:
            raise RecordError(
                f"{here}: expected a column of the kinds {', '.join(KINDS)}, found {kind!r:.60}"
            )
        fields = {name: value for name, value in column.items() if name != "kind"}
        made.append(made_of(KINDS[kind], fields, here, "a column"))
    return TableEncoding(tuple(made), {str(name): str(why) for name, why in left_out.items()})
