"""Any model with each parameter in a unit of its own, as data that nobody scaled would have it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gradwright.bench.checkers.model import Fault, Model, Point

LARGEST_EXPONENT = 20  # units from 2^-20 to 2^20: parameters of 1e-6 stand beside others of 1e6


@dataclass(frozen=True, eq=False)
class MixedUnits:
    """value(u p), with the gradient u gradient(u p)        u a power of 2 for each parameter, so exact"""

    model: Model
    units: dict[str, float]

    @classmethod
    def draw(cls, rng: np.random.Generator, model: Model) -> MixedUnits:
        exponents = rng.integers(-LARGEST_EXPONENT, LARGEST_EXPONENT, size=len(model.point), endpoint=True)
        return cls(model, dict(zip(model.point, (2.0**exponents).tolist(), strict=True)))

    @property
    def name(self) -> str:
        return f"{self.model.name} in mixed units"

    @property
    def point(self) -> Point:
        return {name: array / self.units[name] for name, array in self.model.point.items()}

    @property
    def faults(self) -> tuple[Fault, ...]:
        return self.model.faults

    def value(self, p: Point) -> Any:
        return self.model.value(self._in_units(p))

    def gradient(self, p: Point, fault: str = "") -> Point:
        return self._in_units(self.model.gradient(self._in_units(p), fault))

    def _in_units(self, p: Point) -> Point:
        return {name: self.units[name] * array for name, array in p.items()}
