"""Categories: one-hot, two states as -1 and 1, or an index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gradwright.data.rows import Array
from gradwright.data.table.kinds import ALWAYS, MISSING, Kind, Role, as_texts
from gradwright.data.table.unlike import Unlike
from gradwright.fields import Whole

UNKNOWN = "unknown, all its inputs are 0"
OTHERS = "others"  # that of pooled values


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
