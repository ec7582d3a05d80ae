"""What is known of casts to fewer digits that were left out of a function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


class CannotWidenError(Exception):
    """A function does with narrow numbers what is no arithmetic, so that wider ones would mean another."""


@dataclass
class Casts:
    """The kinds of numbers to which casts were left out so far, each with the distance from 1 to the next.

    ``left_in`` are kinds that constants may have been cast to before, of which no more digits are known. Once
    they are no longer ``in_force``, what a user's object has kept casts as ever.

    >>> casts = Casts()
    >>> casts.leave_out("float32", 2.0**-23)
    >>> casts.leave_out("bfloat16", 2.0**-7)
    >>> casts.coarsest, casts.unit
    ('bfloat16', 0.0078125)
    """

    units: dict[str, float] = field(default_factory=dict)
    left_in: dict[str, float] = field(default_factory=dict)
    in_force: bool = True

    def leave_out(self, kind: str, unit: float) -> None:
        """Note a cast."""
        self.units[kind] = unit

    def leave_in(self, kind: str, unit: float) -> None:
        """Note a constant that was cast before, and may be held in more digits elsewhere."""
        self.left_in[kind] = unit

    @property
    def coarsest(self) -> str:
        """The kind with the fewest digits; "" where no cast was left out."""
        return max(self.units, key=self.units.__getitem__, default="")

    @property
    def unit(self) -> float:
        """Its rounding unit, 0 where no cast was left out."""
        return max(self.units.values(), default=0.0)


@dataclass(frozen=True)
class FullDigits:
    """f and its claimed gradient as they compute in float64 throughout; ``casts`` are those left out."""

    f: Callable[[Any], Any]
    grad: Callable[[Any], Any]
    casts: Casts
