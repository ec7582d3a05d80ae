"""f and the claimed gradient as the checker asks them: on copies of the point, guarded and counted."""

from __future__ import annotations

import math
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from gradwright.check.complex_step import STEP, complex_value
from gradwright.check.full_digits.casts import FullDigits
from gradwright.check.points import Array, NotFiniteError, Tree, walk
from gradwright.check.verdict.directions import Direction
from gradwright.errors import CheckError

# Outside its domain a function may raise these; there it has no value, which is no fault of the gradient.
OUT_OF_DOMAIN = (ArithmeticError, AssertionError, ValueError, np.linalg.LinAlgError)


Watch: TypeAlias = Callable[[int, int], None]


class NoAnswerError(CheckError):
    """One of the user's functions raised at a point that the checker chose, or may not be asked again."""


class OutOfTimeError(Exception):
    """The time that was allowed is used up; raised in place of a call of f, and no fault of the gradient."""


@dataclass
class Meter:
    """The evaluations so far, of f and of the gradient; how many of f are allowed, and until when.

    At each of f ``watch`` is told how many there were, and how many it will likely be.
    """

    allowed: int
    until: float = math.inf  # by ``time.monotonic``
    watch: Watch | None = None
    expected: int = 0
    f: int = 0
    gradient: int = 0

    def count(self) -> None:
        """One more evaluation of f; raises ``OutOfTimeError`` where there is no time left for it."""
        if time.monotonic() > self.until:
            raise OutOfTimeError
        self.f += 1
        if self.watch is not None:
            self.watch(self.f, max(self.f, self.expected))

    @property
    def left(self) -> int:
        """The evaluations of f that are still allowed."""
        return self.allowed - self.f


class GradientCall(NamedTuple):
    """What one call of the gradient gave: a vector of its own, the user's arrays, and what became of x.

    The arrays are ``lent``, each by a function that returns it, or None where nobody holds it any more.
    """

    vector: Array
    lent: Mapping[str, Callable[[], Any]]
    changed_x: bool


@dataclass(frozen=True, eq=False)
class Oracle:
    """f and grad behind one interface on vectors, at one point x where f is ``value``.

    Oracles at other points are new ones; all that come from one another share the ``meter``. Values and
    gradients are multiplied by ``unit``. ``takes_complex`` is whether f may be asked at complex points,
    ``changes_x`` whether it was seen to write to its argument, and ``full`` the functions without casts.
    """

    f: Callable[[Any], Any]
    grad: Callable[[Any], Any]
    tree: Tree
    meter: Meter
    x: Array
    value: float = math.nan
    unit: float = 1.0
    takes_complex: bool = True
    changes_x: bool = False
    full: FullDigits | None = None

    @classmethod
    def of(cls, f: Callable[[Any], Any], grad: Callable[[Any], Any], point: Any, allowed: int) -> Oracle:
        """The oracle at the user's own point.

        Raises ``ConfigError`` for a point that is not of finite float arrays, and what ``at`` raises.
        """
        oracle = cls.unasked(f, grad, point, allowed)
        return oracle.at(oracle.x)

    @classmethod
    def unasked(
        cls,
        f: Callable[[Any], Any],
        grad: Callable[[Any], Any],
        point: Any,
        allowed: int,
        takes_complex: bool = True,
    ) -> Oracle:
        """The oracle at the user's own point before f was called at all."""
        tree = Tree.of(point)
        return cls(f, grad, tree, Meter(allowed), tree.pack(point), takes_complex=takes_complex)

    def at(self, x: Array) -> Oracle:
        """The same functions at another point.

        Raises ``NotFiniteError`` where f is not a finite number there.
        """
        point = self.tree.point(x.copy())
        value = self._number(point)
        if not math.isfinite(value):
            raise NotFiniteError(f"f(x): expected a finite number, found {value}", f"{value:g}")
        changed = self._is_changed(point, x)
        return replace(self, x=x, value=value, changes_x=self.changes_x or changed)

    def scaled(self, unit: float) -> Oracle:
        """The same functions in units of 1 / ``unit``."""
        return replace(self, unit=unit).at(self.x)

    def in_full_digits(self, full: FullDigits) -> Oracle:
        """The functions with the casts inside left out, at the same point."""
        return replace(self, f=full.f, grad=full.grad, full=None).at(self.x)

    def guarded(self) -> Oracle:
        """The same functions; each exception of theirs becomes a ``NoAnswerError``, which none of ours is."""
        return replace(self, f=_guarded(self.f), grad=_guarded(self.grad))

    def value_at(self, x: Array) -> float:
        """f at another vector."""
        return self._number(self.tree.point(x.copy()))

    def change(self, direction: Direction, t: float, gradient: Array | None = None) -> float:
        """f(x + t v) - f(x), less <g, d> for a ``gradient`` g; d is what the dtypes of x make of the move."""
        moved, expected = np.empty_like(self.x), 0.0
        start, stop = direction.places.start, direction.places.stop
        moved[:start], moved[stop:] = self.x[:start], self.x[stop:]
        for places, values in direction.blocks:
            there, x = moved[places], self.x[places]
            np.multiply(values, t, out=there)
            there += x
            self.tree.hold(moved, places)
            if gradient is not None:
                expected += float(gradient[places] @ (there - x))
        try:
            value = self._number(self.tree.point(moved))
        except OUT_OF_DOMAIN:
            value = math.nan
        return value - self.value - expected

    def spread(self, calls: int = 2) -> float:
        """The largest difference between values of f at the same x."""
        return max(abs(self.value_at(self.x) - self.value) for _ in range(calls))

    def complex_derivative(self, x: Array, direction: Direction) -> float | None:
        """Im f(x + i h v) / h, or None where f does not carry complex numbers through."""
        if not self.takes_complex:
            return None
        self.meter.count()
        moved = x.astype(np.complex128)
        moved.imag[direction.places] = STEP * direction.values
        try:
            with np.errstate(all="ignore"):
                value = complex_value(lambda z: self.f(self.tree.unpack_complex(z)), moved)
        except Exception:  # whatever f does with numbers that it was not written for
            return None
        return None if value.ndim or not np.isfinite(value) else float(value.imag) * self.unit / STEP

    def gradient(self, x: Array, *, is_spare: bool = False) -> Array:
        """The claimed gradient at ``x`` as a vector."""
        return self.call_gradient(x, is_spare=is_spare).vector

    def answer_at(self, x: Array) -> Array | None:
        """The claimed gradient at a spare point of our own; None where f or it has no finite answer."""
        try:
            return self.gradient(x, is_spare=True) if math.isfinite(self.value_at(x)) else None
        except OutOfTimeError:
            raise
        except Exception:  # whatever the user's functions do outside of their domain
            return None

    def call_gradient(self, x: Array, *, is_spare: bool = False) -> GradientCall:
        """One call of the gradient at ``x``; f is called there first, as code with a cache expects.

        An x that is spare is not copied: the gradient function may write to it.
        """
        self.meter.gradient += 1
        self.value_at(x)
        point = self.tree.point(x if is_spare else x.copy())
        with np.errstate(all="ignore"):
            given = self.grad(point)
        changed = not is_spare and self._is_changed(point, x)
        del point, x  # which is as large as the vector to come
        vector = self.tree.pack_gradient(given)
        vector *= self.unit
        return GradientCall(vector, {name: _lent(array) for name, array in walk(given, "x")}, changed)

    def _is_changed(self, point: Any, x: Array) -> bool:
        """Whether the numbers of a point are no longer those of x."""
        return not all(
            np.array_equal(np.ravel(array), x[leaf.places])
            for leaf, (_, array) in zip(self.tree.leaves, walk(point), strict=True)
        )

    def _number(self, point: Any) -> float:
        self.meter.count()
        with np.errstate(all="ignore"):  # what is not finite is reported here, in words
            value = self.f(point)
        array = np.asarray(value)
        if array.size != 1 or array.dtype.kind not in "fiub":
            number = array.dtype.kind in "fiubc"
            found = f"{array.dtype} of shape {array.shape}" if number else type(value).__name__
            raise CheckError(f"f(x): expected one real number, found {found}")
        return float(array.reshape(())) * self.unit


def _lent(array: Any) -> Callable[[], Any]:
    """How to see an array again without keeping it alive; one that is part of another is kept with it."""
    is_whole = isinstance(array, np.ndarray) and not isinstance(array.base, np.ndarray)
    return weakref.ref(array) if is_whole else lambda: array


def _guarded(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def answer(point: Any) -> Any:
        try:
            return function(point)
        except Exception as error:
            raise NoAnswerError(str(error)) from error

    return answer
