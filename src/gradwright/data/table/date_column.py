"""Dates: the numbers of which they are made, as ``number_column`` has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from gradwright.data.rows import Array
from gradwright.data.table.kinds import ALWAYS, MISSING, Kind, Role, as_dates
from gradwright.data.table.number_column import NumberColumn
from gradwright.data.table.unlike import Unlike


@dataclass(frozen=True)
class DateColumn:
    """Dates as the numbers of which they are made: days since 1970, year, month, day, weekday (Monday 0),
    hour.

    ``parts`` are those of them that differ between the training rows.
    """

    name: str
    parts: tuple[NumberColumn, ...]
    kind: ClassVar[Kind] = "date"

    @classmethod
    def fit(cls, name: str, values: Array) -> DateColumn:
        """The column of the training rows ``values``, datetime64."""
        columns = [NumberColumn.fit(f"{name}: {part}", found) for part, found in _parts(values).items()]
        varied = [column for column in columns if column.scale] or columns[:1]
        return cls(name, (varied[0], *(replace(column, missing=False) for column in varied[1:])))

    @property
    def names(self) -> tuple[str, ...]:
        """Of the encoded columns."""
        return tuple(name for part in self.parts for name in part.names)

    @property
    def roles(self) -> tuple[Role, ...]:
        """Of the encoded columns."""
        return tuple(role for part in self.parts for role in part.roles)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Of the encoded columns: 0, for none is an index."""
        return (0,) * len(self.names)

    def encode(self, values: Array) -> Array:
        """Dates (N,) as (N, k).

        Raises ``DataError`` for what is no date.
        """
        found = _parts(as_dates(f"column {self.name!r}", values))
        return np.column_stack(
            [part.encode(found[part.name.removeprefix(f"{self.name}: ")]) for part in self.parts]
        )

    def decode(self, inputs: Array) -> list[str]:
        """What the encoded columns (N, k) stand for, in words: the first of its parts."""
        first = self.parts[0]
        found = first.decode(inputs[:, : len(first.names)])
        part = first.name.removeprefix(f"{self.name}: ")
        return [text if text == MISSING else f"{part} {text}" for text in found]

    def unlike(self, values: Array) -> Iterator[Unlike]:
        """What is unlike the training rows."""
        gaps = int(np.isnat(as_dates(f"column {self.name!r}", values)).sum())
        if gaps and not self.parts[0].missing:
            yield Unlike(self.name, f"without a date, {ALWAYS}", "the median stands in", gaps)

    def words(self) -> str:
        """What is done to it."""
        parts = ", ".join(part.name.removeprefix(f"{self.name}: ") for part in self.parts)
        return f"split into {parts}; each minus its median, over its interquartile range, softly clipped at 3"


def _parts(values: Array) -> dict[str, Array]:
    """The numbers of which dates are made, NaN where one is missing."""
    gaps = np.isnat(values)
    days = values.astype("datetime64[D]")
    months, years = days.astype("datetime64[M]"), days.astype("datetime64[Y]")
    whole = {
        "days": days.astype(np.int64),
        "year": years.astype(np.int64) + 1970,
        "month": (months - years).astype(np.int64) + 1,
        "day": (days - months).astype(np.int64) + 1,
        "weekday": (days.astype(np.int64) + 3) % 7,  # 1 January 1970 was a Thursday
        "hour": (values - days).astype("timedelta64[m]").astype(np.int64) / 60,
    }
    return {name: np.where(gaps, np.nan, found) for name, found in whole.items()}
