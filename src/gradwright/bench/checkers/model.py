"""What the checkers are tried on: a model with a hand-written gradient, and the faults to plant in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from gradwright.check.faults.cause import Cause
from gradwright.check.points import Array

Point: TypeAlias = dict[str, Array]
Value: TypeAlias = Callable[[Point], Any]
Gradient: TypeAlias = Callable[[Point], Point]


@dataclass(frozen=True)
class Fault:
    """A mistake by its name, and the causes that name it rightly; none where the dictionary has no word."""

    name: str
    causes: frozenset[Cause] = frozenset()

    @classmethod
    def of(cls, name: str, *causes: Cause) -> Fault:
        return cls(name, frozenset(causes))


class Model(Protocol):
    """A function of named arrays with its hand-written gradient.

    ``value`` carries complex numbers through, so that the complex step can prove ``gradient`` right.
    Given the name of one of its ``faults``, ``gradient`` makes that mistake on its way; without a name, none.
    """

    @property
    def name(self) -> str: ...

    @property
    def point(self) -> Point: ...

    @property
    def faults(self) -> tuple[Fault, ...]: ...

    def value(self, p: Point) -> Any: ...

    def gradient(self, p: Point, fault: str = "") -> Point: ...
