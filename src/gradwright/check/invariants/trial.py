"""A loss and its gradient on any rows of one batch, and what it means for two outcomes to be the same."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from gradwright.check.findings import UnmetError
from gradwright.check.points import Array, Tree
from gradwright.errors import CheckError, ConfigError, ShapeError

LossAndGrad: TypeAlias = Callable[[Any, Any, Any], tuple[Any, Any]]

# Rounding units by which sums in another order may differ: 1e-12 in float64, 1e-3 in float32. The faults
# looked for are of the size of the gradient itself.
ROUNDING = 8192
ONE_FACTOR = 1e-3  # of the gradient: what is left of it where a single factor explains it


class Outcome(NamedTuple):
    """What one call gave: the loss, and the gradient as a vector of its own."""

    loss: float
    gradient: Array


@dataclass(frozen=True, eq=False)
class Trial:
    """``loss_and_grad(params, x, y) -> (loss, gradient)`` and where to try it        x (m, ...), y (m, ...)

    ``params`` is an array, or a dictionary, list or tuple of arrays, and the gradient has its form. The loss
    is a mean over the m rows, beside which there may be a penalty on the parameters.

    Raises ``ConfigError`` for parameters that are not finite floats and x or y that is no array,
    ``ShapeError`` where x and y differ in their number of rows or have fewer than two.
    """

    loss_and_grad: LossAndGrad
    params: Any
    x: Array
    y: Array

    def __post_init__(self) -> None:
        for name, array in (("x", self.x), ("y", self.y)):
            if not isinstance(array, np.ndarray) or not array.ndim:
                raise ConfigError(
                    f"{name}: expected an array with one row for each sample, found {array!r:.60}"
                )
        if len(self.x) != len(self.y) or len(self.x) < 2:
            raise ShapeError(
                f"x, y: expected as many rows in both, at least 2, found {len(self.x)}, {len(self.y)}"
            )
        _ = self.tree

    @cached_property
    def tree(self) -> Tree:
        """The form of the parameters."""
        return Tree.of(self.params)

    @property
    def arguments(self) -> tuple[Any, Array, Array]:
        """Fresh copies of what a call takes."""
        return copy.deepcopy((self.params, self.x, self.y))

    def on(self, rows: Array | slice) -> Outcome:
        """The outcome on these rows, with copies of everything."""
        params, x, y = self.arguments
        return self.call(params, x[rows].copy(), y[rows].copy())

    def call(self, params: Any, x: Array, y: Array) -> Outcome:
        """The outcome of one call with these very objects."""
        return self.read(self.give(params, x, y))

    def give(self, params: Any, x: Array, y: Array) -> tuple[Any, Any]:
        """What ``loss_and_grad`` itself returns.

        Raises ``CheckError`` where that is not a pair.
        """
        with np.errstate(all="ignore"):  # what is not finite is reported, in words
            given = self.loss_and_grad(params, x, y)
        if not (isinstance(given, tuple | list) and len(given) == 2):
            raise CheckError(f"loss_and_grad: expected (loss, gradient), found {type(given).__name__}")
        return given[0], given[1]

    def read(self, given: tuple[Any, Any]) -> Outcome:
        """The numbers in what was given.

        Raises ``CheckError`` unless the loss is a finite number and the gradient has the form of params.
        """
        loss = np.asarray(given[0])
        if loss.size != 1 or loss.dtype.kind not in "fiu" or not np.isfinite(loss).all():
            raise CheckError(f"loss: expected one finite number, found {given[0]!r:.60}")
        return Outcome(float(loss.reshape(())), self.tree.pack_gradient(given[1]))

    @cached_property
    def singles(self) -> tuple[Outcome, ...]:
        """The outcome on each row alone."""
        return tuple(self.on(slice(n, n + 1)) for n in range(len(self.x)))

    @cached_property
    def size(self) -> Outcome:
        """The largest loss and gradient entries of single rows, by which rounding is judged.

        In the mean they may cancel. Where the function does not take single rows, those of the batch.
        """
        try:
            outcomes = self.singles
        except Exception:  # whatever it does with a batch that is too small for it
            outcomes = (self.on(slice(None)),)
        return Outcome(
            max(abs(one.loss) for one in outcomes), np.max([np.abs(one.gradient) for one in outcomes], axis=0)
        )

    @property
    def epsilon(self) -> float:
        """The coarsest rounding unit of what goes in."""
        floats = [array.dtype for array in (self.x, self.y) if array.dtype in (np.float32, np.float64)]
        return max(self.tree.epsilon, *(float(np.finfo(dtype).eps) for dtype in floats), 0.0)

    def expect_same(
        self, found: Outcome, expected: Outcome, what: str, causes: Mapping[float, str] | None = None
    ) -> None:
        """Raise ``UnmetError`` unless both are equal to rounding, and say by which factor they are not.

        ``causes`` names what a factor speaks for.
        """
        tolerance = ROUNDING * self.epsilon
        if not abs(found.loss - expected.loss) <= tolerance * max(abs(expected.loss), self.size.loss):
            factor = _factor(np.array([found.loss]), np.array([expected.loss]), causes or {})
            raise UnmetError(f"{what}: expected the loss {expected.loss:.6g}, found {found.loss:.6g}{factor}")
        for leaf in self.tree.leaves:
            if leaf.start == leaf.stop:
                continue
            there, here = expected.gradient[leaf.places], found.gradient[leaf.places]
            size = max(np.abs(there).max(), self.size.gradient[leaf.places].max())
            worst = int(np.argmax(np.abs(here - there)))
            if not abs(here[worst] - there[worst]) <= tolerance * size:
                raise UnmetError(
                    f"{what}: expected {there[worst]:.6g} as the gradient of {leaf.locate(worst)}, "
                    f"found {here[worst]:.6g}{_factor(here, there, causes or {})}"
                )


def _factor(found: Array, expected: Array, causes: Mapping[float, str]) -> str:
    """``, 2 x as much in every entry``, where one factor leads from one to the other, and its cause."""
    square = float(expected @ expected)
    factor = float(found @ expected) / square if square else 0.0
    if not factor or np.linalg.norm(found - factor * expected) > ONE_FACTOR * np.linalg.norm(found):
        return ""
    told = f", {factor:.6g} x as much" + (" in every entry" if found.size > 1 else "")
    named = [cause for value, cause in causes.items() if math.isclose(factor, value, rel_tol=ONE_FACTOR)]
    return ": ".join([told, *named])
