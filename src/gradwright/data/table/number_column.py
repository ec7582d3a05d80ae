"""Numbers: minus the median, over the interquartile range, softly clipped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np

from gradwright.data.rows import Array
from gradwright.data.table.cells import Notation
from gradwright.data.table.kinds import ALWAYS, MISSING, Kind, Role, as_numbers
from gradwright.data.table.unlike import Unlike
from gradwright.fields import Finite, NonNegative

ALMOST = 2.999999  # at 3 lies infinity
ZERO = 1e-6  # of center and scale: what float32 leaves of a 0
FAR = 1e150  # beyond it the square of a float64 may overflow
LARGEST = 1e300  # of the numbers whose quantiles are taken: their difference is finite
_READ = {"point": "", "comma": "with a decimal comma; ", "thousands": "with commas between thousands; "}


@dataclass(frozen=True)
class NumberColumn:
    """Numbers, centred, scaled and softly clipped: z = (x - center) / scale, then z / sqrt(1 + (z / 3)^2).

    ``center`` is the median of the training rows and ``scale`` their interquartile range; where that is 0,
    half their range; 0 for a constant, which becomes 0. The result lies between -3 and 3, and infinities
    become these. A missing number becomes the median; where training had such (``missing``), a further column
    is 1 there and 0 elsewhere. ``notation`` is how texts are read. The method is that of RealMLP
    (Holzmueller, Grinsztajn, Steinwart, "Better by Default", NeurIPS 2024, section 3).

    With ``edges`` e_0 < ... < e_k of bins there are k further columns: the t-th is how much of its bin lies
    below x, (x - e_{t-1}) / (e_t - e_{t-1}) cut off at 0 and 1. They are quantiles of the training rows. So
    a linear map of the inputs is a piecewise linear function of x (Gorishniy, Rubachev, Babenko, "On
    Embeddings for Numerical Features in Tabular Deep Learning", NeurIPS 2022, section 3.1).

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
    edges: tuple[Finite, ...] = ()
    kind: ClassVar[Kind] = "number"

    @classmethod
    def fit(
        cls, name: str, values: Array, notation: Notation = "point", bins: int | None = None
    ) -> NumberColumn:
        """The column of the training rows ``values``, NaN where one is missing, in ``bins`` at most."""
        there = np.clip(values[~np.isnan(values)], -LARGEST, LARGEST)
        low, first, center, third, high = np.quantile(there, (0, 0.25, 0.5, 0.75, 1))
        scale = third - first if third > first else (high - low) / 2
        edges = _edges(there, bins) if bins else ()
        return cls(name, float(center), float(scale), bool(np.isnan(values).any()), notation, edges)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the encoded columns."""
        gaps = (f"{self.name} is missing",) if self.missing else ()
        return (self.name, *gaps, *(f"{self.name}: bin {k}" for k in range(1, len(self.edges))))

    @property
    def roles(self) -> tuple[Role, ...]:
        """Of the encoded columns."""
        number: Role = "number"
        gaps: tuple[Role, ...] = ("indicator",) if self.missing else ()
        return (number, *gaps, *(number for _ in self.edges[1:]))

    @property
    def sizes(self) -> tuple[int, ...]:
        """Of the encoded columns: 0, for none is an index."""
        return (0,) * len(self.names)

    def encode(self, values: Array) -> Array:
        """Values (N,) as (N, d): the number, 1 for a gap where training had some, and the bins.

        Raises ``DataError`` for what is no number.
        """
        given = as_numbers(f"column {self.name!r}", values, self.notation)
        if not self.scale:
            z = np.where(np.isnan(given), given, 0.0)
        else:
            with np.errstate(over="ignore", under="ignore"):
                z = given - self.center
                z /= self.scale
                np.clip(z, -FAR, FAR, out=z)  # an infinity comes out as 3, and no square overflows
                z /= _length(z)
        gaps = np.isnan(z)
        z[gaps] = 0.0
        if not (self.missing or self.edges):
            return z[:, None]
        return np.column_stack([z, *[gaps] * self.missing, *self._bins(given, gaps)])

    def _bins(self, given: Array, gaps: Array) -> list[Array]:
        """How much of each bin lies below a number; the median stands in for one that is missing."""
        x = np.where(gaps, self.center, given)
        return [np.clip((x - low) / (high - low), 0, 1) for low, high in pairwise(self.edges)]

    def decode(self, inputs: Array) -> list[str]:
        """What the encoded columns (N, d) stand for, in words; numbers to the four digits shown."""
        z = np.clip(inputs[:, 0].astype(np.float64), -ALMOST, ALMOST)
        values = z / np.sqrt(1 - (z / 3) ** 2) * self.scale + self.center
        values[np.abs(values) < ZERO * (np.abs(self.center) + self.scale)] = 0
        gaps = inputs[:, 1] == 1 if self.missing else np.zeros(len(inputs), bool)
        return [MISSING if gap else f"{value:.4g}" for value, gap in zip(values, gaps, strict=True)]

    def unlike(self, values: Array) -> Iterator[Unlike]:
        """What is unlike the training rows."""
        given = as_numbers(f"column {self.name!r}", values, self.notation)
        if np.isfinite(given).all():
            return
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
        bins = f"; and in {len(self.edges) - 1} bins" if self.edges else ""
        return f"{_READ[self.notation]}{done}; missing: the median{own}{bins}"


def _edges(there: Array, bins: int) -> tuple[float, ...]:
    """Quantiles of numbers, which are some of them, each once; none where they make no two bins."""
    edges = np.unique(np.quantile(there, np.linspace(0, 1, bins + 1), method="inverted_cdf"))
    return tuple(edges.tolist()) if len(edges) > 2 else ()


def _length(z: Array) -> Array:
    """sqrt(1 + (z / 3)^2), in one array."""
    square = z / 3
    square *= square
    square += 1
    return np.sqrt(square, out=square)
