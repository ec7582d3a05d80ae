"""The user's functions as the checker calls them: counted, guarded, and on copies of the point."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradwright.check.points import Array
from gradwright.check.verdict.trees import Tree
from gradwright.errors import CheckError

# Outside its domain a function may raise these; there it has no value, which is no fault of the gradient.
OUT_OF_DOMAIN = (ArithmeticError, ValueError, np.linalg.LinAlgError)


@dataclass
class Probe:
    """f at any vector near x, with the number of evaluations so far."""

    f: Callable[[Any], Any]
    tree: Tree
    x: Array
    allowance: int
    value: float = math.nan
    evaluations: int = 0
    unit: float = 1.0  # what values of f, and gradients with them, are multiplied by
    notes: list[str] = field(default_factory=list)

    @property
    def left(self) -> int:
        """The evaluations that are still allowed."""
        return self.allowance - self.evaluations

    def start(self) -> None:
        """Evaluate f at x, and look for what would spoil all that follows.

        Raises ``CheckError`` where f(x) is not a finite number.
        """
        point, _ = self.tree.unpack(self.x)
        self.value = self._number(point)
        if not math.isfinite(self.value):
            raise CheckError(f"f(x): expected a finite number, found {self.value}")
        if not np.array_equal(self.tree.pack(point), self.x):
            self.notes.append("f changes its input: every call was given a copy")

    def change(self, delta: Array) -> tuple[float, Array]:
        """f(x + delta) - f(x), and the move that the dtypes of x really made of delta."""
        point, held = self.tree.unpack(self.x + delta)
        try:
            value = self._number(point)
        except OUT_OF_DOMAIN:
            value = math.nan
        return value - self.value, held - self.x

    def value_at(self, x: Array) -> float:
        """f at another vector."""
        return self._number(self.tree.unpack(x)[0])

    def elsewhere(self, x: Array) -> Probe:
        """The same f at another point; its evaluations are its own."""
        there = Probe(self.f, self.tree, x, self.left, unit=self.unit)
        there.start()
        return there

    def complex_derivative(self, direction: Array, step: float = 1e-100) -> float | None:
        """Im f(x + i h v) / h, or None where f does not carry complex numbers through."""
        self.evaluations += 1
        point = self.tree.unpack_complex(self.x + 1j * step * direction)
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("error", np.exceptions.ComplexWarning)
                value = np.asarray(self.f(point))
        except Exception:  # whatever f does with numbers that it was not written for
            return None
        if value.ndim or not np.iscomplexobj(value) or not np.isfinite(value):
            return None
        return float(value.imag) * self.unit / step

    def spread(self, calls: int = 2) -> float:
        """The largest difference between values of f at the same x."""
        values = [self._number(self.tree.unpack(self.x)[0]) for _ in range(calls)]
        return max(abs(v - self.value) for v in values)

    def _number(self, point: Any) -> float:
        self.evaluations += 1
        with np.errstate(all="ignore"):  # what is not finite is reported here, in words
            value = self.f(point)
        array = np.asarray(value)
        if array.size != 1 or array.dtype.kind not in "fiub":
            raise CheckError(f"f(x): expected one real number, found {_described(value, array)}")
        return float(array.reshape(())) * self.unit


def _described(value: Any, array: Array) -> str:
    if array.dtype.kind in "fiubc":
        return f"{array.dtype} of shape {array.shape}"
    return type(value).__name__
