"""One column of a table as one or several columns of a network's input, fitted on the training rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Literal, TypeAlias

import numpy as np

from gradwright.data.rows import Array
from gradwright.data.table.cells import Notation, dates, numbers, text_of
from gradwright.data.table.frames import texts_of
from gradwright.data.table.unlike import Unlike
from gradwright.errors import DataError
from gradwright.fields import Finite, NonNegative, Whole

Kind: TypeAlias = Literal["number", "category", "boolean", "date"]
Role: TypeAlias = Literal["number", "indicator", "index"]  # of a column of the encoded rows

MISSING = "missing"  # the name of the category of gaps
ALWAYS = "where training had one in every row"
UNKNOWN = "unknown, all its inputs are 0"
ALMOST = 2.999999  # at 3 lies infinity
FAR = 1e150  # beyond it the square of a float64 may overflow
LARGEST = 1e300  # of the numbers whose quantiles are taken: their difference is finite
OTHERS = "others"  # that of pooled values
_READ = {"point": "", "comma": "with a decimal comma; ", "thousands": "with commas between thousands; "}


@dataclass(frozen=True)
class NumberColumn:
    """Numbers, centred, scaled and softly clipped: z = (x - center) / scale, then z / sqrt(1 + (z / 3)^2).

    ``center`` is the median of the training rows and ``scale`` their interquartile range; where that is 0,
    half their range; 0 for a constant, which becomes 0. The result lies between -3 and 3, and infinities
    become these. A missing number becomes the median; where training had such (``missing``), a further column
    is 1 there and 0 elsewhere. ``notation`` is how texts are read. The method is that of RealMLP
    (Holzmueller, Grinsztajn, Steinwart, "Better by Default", NeurIPS 2024, section 3).

    >>> column = NumberColumn.fit("age", np.array([20.0, 30.0, 40.0, 50.0, np.nan]))
    >>> column.center, column.scale, column.names
    (35.0, 15.0, ('age', 'age is missing'))
    >>> column.encode(np.array([35.0, 50.0, np.nan])).round(2).tolist()
    [[0.0, 0.0], [0.95, 0.0], [0.0, 1.0]]
    """

    name: str
    center: Finite
    scale: NonNegative
    missing: bool = False
    notation: Notation = "point"
    kind: ClassVar[Kind] = "number"

    @classmethod
    def fit(cls, name: str, values: Array, notation: Notation = "point") -> NumberColumn:
        """The column of the training rows ``values``, NaN where one is missing."""
        there = np.clip(values[~np.isnan(values)], -LARGEST, LARGEST)
        low, first, center, third, high = np.quantile(there, (0, 0.25, 0.5, 0.75, 1))
        scale = third - first if third > first else (high - low) / 2
        return cls(name, float(center), float(scale), bool(np.isnan(values).any()), notation)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the encoded columns."""
        return (self.name, f"{self.name} is missing") if self.missing else (self.name,)

    @property
    def roles(self) -> tuple[Role, ...]:
        """Of the encoded columns."""
        return ("number", "indicator") if self.missing else ("number",)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Of the encoded columns: 0, for none is an index."""
        return (0,) * len(self.names)

    def encode(self, values: Array) -> Array:
        """Values (N,) as (N, 1) or (N, 2).

        Raises ``DataError`` for what is no number.
        """
        given = as_numbers(f"column {self.name!r}", values, self.notation)
        if not self.scale:
            z = np.where(np.isnan(given), given, 0.0)
        else:
            with np.errstate(over="ignore", under="ignore"):
                z = (given - self.center) / self.scale
                np.clip(z, -FAR, FAR, out=z)  # an infinity comes out as 3, and no square overflows
                z /= np.sqrt(1 + (z / 3) ** 2)
        gaps = np.isnan(z)
        z[gaps] = 0.0
        return np.column_stack([z, gaps] if self.missing else [z])

    def decode(self, inputs: Array) -> list[str]:
        """What the encoded columns (N, 1) or (N, 2) stand for, in words; numbers to the four digits shown."""
        z = np.clip(inputs[:, 0].astype(np.float64), -ALMOST, ALMOST)
        values = z / np.sqrt(1 - (z / 3) ** 2) * self.scale + self.center
        gaps = inputs[:, 1] == 1 if self.missing else np.zeros(len(inputs), bool)
        return [MISSING if gap else f"{value:.4g}" for value, gap in zip(values, gaps, strict=True)]

    def unlike(self, values: Array) -> Iterator[Unlike]:
        """What is unlike the training rows."""
        given = as_numbers(f"column {self.name!r}", values, self.notation)
        gaps, infinite = int(np.isnan(given).sum()), int(np.isinf(given).sum())
        if gaps and not self.missing:
            what = f"without a number, {ALWAYS}"
            yield Unlike(self.name, what, f"the median {self.center:g} stands in", gaps)
        if infinite:
            yield Unlike(self.name, "with an infinite number", "it counts as very large", infinite)

    def words(self) -> str:
        """What is done to it."""
        done = f"minus the median {self.center:g}, over {self.scale:g}, softly clipped at 3"
        if not self.scale:
            done = f"{self.center:g} in every row that has one; 0"
        own = ", and 1 in a column of its own" if self.missing else ""
        return f"{_READ[self.notation]}{done}; missing: the median{own}"


@dataclass(frozen=True)
class CategoryColumn:
    """Values of a kind (texts, booleans) as numbers, in one of three forms.

    Two ``values`` and no gaps: one column, -1 for the first, 1 for the second, 0 for any other. More: a
    column for each, 1 where it is the value (one-hot); gaps have one of their own where training had some
    (``missing``), so have rare values that are ``pooled`` (how many), and a value that training never showed
    has a row of zeros. As an ``index``: one column with 1, 2, ... of the value, in the same order, and 0 for
    what training never showed, as ``Embedding`` takes it.

    >>> column = CategoryColumn("city", ("Bonn", "Ulm"), missing=True)
    >>> column.names
    ('city: Bonn', 'city: Ulm', 'city: missing')
    >>> column.encode(np.array(["Ulm", None, "Graz"], object)).tolist()
    [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]
    """

    name: str
    values: tuple[str, ...]
    missing: bool = False
    pooled: Whole = 0
    index: bool = False

    @classmethod
    def fit(cls, name: str, values: Array, *, most: int, one_hot_up_to: int | None = None) -> CategoryColumn:
        """The column of the training rows ``values``, texts and None, of which the ``most`` frequent are
        kept.

        A column of more than ``one_hot_up_to`` becomes an index, and none of its values is pooled.
        """
        counts = Counter(value for value in values if value is not None)
        gaps = any(value is None for value in values)
        index = one_hot_up_to is not None and len(counts) + gaps > one_hot_up_to
        kept = sorted(counts, key=lambda value: (-counts[value], value))
        pooled = 0
        if not index and len(kept) > most:
            kept, pooled = kept[:most], len(kept) - most
        return cls(name, tuple(sorted(kept)), gaps, pooled, index)

    @property
    def kind(self) -> Kind:
        """ "boolean" where its values are True and False."""
        return "boolean" if set(self.values) <= {"False", "True"} else "category"

    @property
    def states(self) -> tuple[str, ...]:
        """What it can be: the values, and what stands for gaps and for pooled values where there are such."""
        return (*self.values, *[MISSING] * self.missing, *[OTHERS] * bool(self.pooled))

    @property
    def names(self) -> tuple[str, ...]:
        """Of the encoded columns."""
        if self.index:
            return (self.name,)
        if len(self.states) == 2:
            return (f"{self.name}: {self.states[1]}",)
        return tuple(f"{self.name}: {state}" for state in self.states)

    @property
    def roles(self) -> tuple[Role, ...]:
        """Of the encoded columns."""
        role: Role = "index" if self.index else "indicator"
        return (role,) * len(self.names)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Of the encoded columns: of an index the largest one, else 0."""
        return (len(self.states),) if self.index else (0,) * len(self.names)

    def encode(self, values: Array) -> Array:
        """Values (N,) as (N, k)."""
        places = self._places(values)
        if self.index:
            return places[:, None].astype(np.float64)
        one_hot: Array = (places[:, None] == np.arange(1, 1 + len(self.states))).astype(np.float64)
        return one_hot[:, 1:] - one_hot[:, :1] if len(self.states) == 2 else one_hot

    def decode(self, inputs: Array) -> list[str]:
        """What the encoded columns (N, k) stand for, in words."""
        if self.index:
            places = inputs[:, 0].astype(np.int64)
        elif len(self.states) == 2:
            places = np.array([0, 2, 1])[np.sign(inputs[:, 0]).astype(np.int64)]  # of 0, 1 and -1
        else:
            places = np.where(inputs.any(axis=1), 1 + inputs.argmax(axis=1), 0)
        return [("unknown", *self.states)[place] for place in places]

    def unlike(self, values: Array) -> Iterator[Unlike]:
        """What is unlike the training rows."""
        texts = as_texts(values)[self._places(values) == 0]
        gaps = sum(text is None for text in texts)
        if gaps:
            yield Unlike(self.name, f"without a value, {ALWAYS}", UNKNOWN, gaps)
        if new := sorted({text for text in texts if text is not None}):
            what = "with a value that training never showed"
            yield Unlike(self.name, what, UNKNOWN, len(texts) - gaps, tuple(new))

    def _places(self, values: Array) -> Array:
        """The number 1, 2, ... of each row's state; 0 for what training never showed."""
        place, other = self._place, len(self.states) if self.pooled else 0
        return np.array([place.get(text, other) for text in as_texts(values)], np.int64)

    @cached_property
    def _place(self) -> dict[str | None, int]:
        known: dict[str | None, int] = {value: 1 + k for k, value in enumerate(self.values)}
        return known | {None: 1 + len(self.values) if self.missing else 0}

    def words(self) -> str:
        """What is done to it."""
        if self.index:
            form = f"the number 1 to {len(self.states)} of its value, for an embedding; unknown: 0"
        elif len(self.states) == 2:
            form = f"-1 for {self.states[0]}, 1 for {self.states[1]}; unknown: 0"
        else:
            form = f"one-hot in {len(self.states)} columns" + ("" if self.pooled else "; unknown: all 0")
        if self.missing:
            form += "; missing is a value of its own"
        return form + (
            f"; the {self.pooled:,} rarest values, and unknown ones, are one" if self.pooled else ""
        )


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


Column: TypeAlias = NumberColumn | CategoryColumn | DateColumn


def as_numbers(where: str, values: Array, notation: Notation) -> Array:
    """A column as float64.

    Raises ``DataError`` for texts that are no numbers, and for dates.
    """
    match values.dtype.kind:
        case "O" | "T":
            return numbers(where, as_texts(values), notation)
        case "M":
            raise DataError(f"{where}: expected numbers as in training, found dates ({values[0]})")
    return values.astype(np.float64)


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
