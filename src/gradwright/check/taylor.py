"""The Taylor test: how fast the remainder falls when the step is halved says whether a gradient is right."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from gradwright.check.orders import FEWEST_STEPS, fitted_order, noise_variance, run_above
from gradwright.check.points import Array, as_gradient, as_point, unit_direction
from gradwright.errors import CheckError, ConfigError, RecordError, ShapeError

EPSILON, TINY = float(np.finfo(np.float64).eps), float(np.finfo(np.float64).tiny)
STEPS = tuple(2.0**-k for k in range(4, 21))

# Right gradients give 2.00 and wrong ones fall towards 1. Over the smallest steps above the noise, one that
# is 0.01 % wrong is already well below this line, and a third-order term keeps a right one above it.
ACCEPTED_ORDER = 1.9

FITTED_STEPS = 8  # the smallest steps above the noise: there the linear part of a wrong gradient rules

# A remainder this many times above the noise of f is known to about one per cent, its logarithm to 0.01.
ABOVE_NOISE = 100

# Where the remainder is all noise, the noise must be this small beside the change of f itself.
EXACT_ACCURACY = 1e-6


class TaylorRow(NamedTuple):
    """One step: both remainders, each with its ratio to the next step's (None where there is none)."""

    step: float
    first: float
    first_ratio: float | None
    second: float
    second_ratio: float | None


@dataclass(frozen=True)
class TaylorTest:
    """What a Taylor test measured; ``str`` prints the table and the verdict.

    ``first`` and ``second`` are, at each step, the medians of the remainders over the directions. The
    orders are their slopes over ``steps[window[0]:window[1]]``, None where no slope could be fitted.
    ``exact`` says that the second remainder is nothing but noise: f is linear there and its gradient right
    to ``accuracy``.
    """

    steps: tuple[float, ...]
    first: tuple[float, ...]
    second: tuple[float, ...]
    directions: int
    noise_floor: float
    window: tuple[int, int]
    first_order: float | None
    second_order: float | None
    exact: bool

    @property
    def passed(self) -> bool:
        """Whether the second remainder falls at least with order 1.9, or is noise from the start."""
        return self.exact or (self.second_order is not None and self.second_order >= ACCEPTED_ORDER)

    @property
    def accuracy(self) -> float | None:
        """The noise beside the change of f at the first step that is all noise; None unless ``exact``."""
        if not self.exact:
            return None
        change = self.first[self.window[1]]
        return self.noise_floor / change if change else 0.0

    def table(self) -> tuple[TaylorRow, ...]:
        """One row for each step; a ratio is the value here over the value at the next, smaller step."""
        columns = (self.steps, self.first, _ratios(self.first), self.second, _ratios(self.second))
        return tuple(TaylorRow(*row) for row in zip(*columns, strict=True))

    def __str__(self) -> str:
        titles = ("step", "first remainder", "ratio", "second remainder", "ratio")
        lines = ["{:>9}  {:>15}  {:>8}  {:>16}  {:>8}".format(*titles)]
        for row in self.table():
            lines.append(
                f"{row.step:9.3e}  {row.first:15.6e}  {_text(row.first_ratio):>8}"
                f"  {row.second:16.6e}  {_text(row.second_ratio):>8}"
            )
        lines.append(f"median of {self.directions} random directions")
        lines.append(f"{'passed' if self.passed else 'failed'}: {self.summary()}")
        return "\n".join(lines)

    def summary(self) -> str:
        """The fitted orders, or why there are none, in one line."""
        if self.accuracy is not None:
            return f"linear to rounding, the gradient is right to {self.accuracy:.0e}"
        if self.second_order is None:
            return f"too few steps have a remainder above the noise floor {self.noise_floor:.0e}"
        start, stop = self.window
        return (
            f"order {_text(self.first_order)} of the first remainder, {_text(self.second_order)} "
            f"of the second (expected 2, at least {ACCEPTED_ORDER}), "
            f"fitted from step {self.steps[start]:.1e} to {self.steps[stop - 1]:.1e}"
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON; numbers that are not finite become None."""
        record = dataclasses.asdict(self)
        for name in ("first", "second"):
            record[name] = [value if math.isfinite(value) else None for value in record[name]]
        return record | {"steps": list(self.steps), "window": list(self.window), "passed": self.passed}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> TaylorTest:
        """The test that ``to_dict`` wrote.

        Raises ``RecordError`` for a record that lacks a key.
        """
        values = {}
        for field in dataclasses.fields(cls):
            if field.name not in record:
                raise RecordError(f"Taylor test: expected the key {field.name!r}, found {sorted(record)}")
            values[field.name] = record[field.name]
        for name in ("first", "second"):
            values[name] = tuple(math.nan if value is None else value for value in values[name])
        return cls(**values | {name: tuple(values[name]) for name in ("steps", "window")})


def taylor_test(
    f: Callable[[Array], Any],
    grad: Callable[[Array], Array],
    x: Array,
    *,
    rng: np.random.Generator,
    directions: int = 5,
    steps: Sequence[float] | Array = STEPS,
) -> TaylorTest:
    """Measure |f(x + eps v) - f(x)| and |f(x + eps v) - f(x) - eps <grad(x), v>| as eps falls.

    ``f`` takes x (...) float64 to a number, ``grad`` to an array like x. ``steps`` are lengths in the units
    of x, falling; the directions v are normal draws of length 1. By Taylor's theorem the first remainder is
    O(eps), and the second O(eps^2) if the gradient is right and O(eps) if it is wrong. The test is that of
    pyadjoint's ``taylor_test``, with a slope fitted to medians in place of the least of four rates.

    Each fit uses the smallest eight steps whose second remainder is above the noise floor: 100 times the
    larger of the machine epsilon of f and of the noise seen in fourth differences of f along v (More and
    Wild, SIAM J. Sci. Comput. 2011). Steps above a kink, where halving the step makes the remainder
    collapse, are left out: the derivative at x says nothing about the other side. A kink nearer to x than
    the smallest step looks like a wrong gradient, and the test fails; one among the fitted steps of a
    function that is curved on both sides can hide a small error, which the complex step then shows.

    Raises ``ConfigError`` for an x that is not finite float64 or for steps that do not fall, ``ShapeError``
    where grad(x) has not the shape of x or f returns more than a number, ``CheckError`` where f(x) or
    grad(x) is not finite.

    >>> x = np.array([0.5, -1.0])
    >>> test = taylor_test(lambda z: (z**3).sum(), lambda z: 3 * z**2, x, rng=np.random.default_rng(0))
    >>> test.passed, round(test.second_order, 2)
    (True, 2.0)
    """
    x, lengths = as_point(x), _falling(steps)
    if directions < 1:
        raise ConfigError(f"directions: expected at least 1, found {directions}")
    gradient = as_gradient(grad(x), x)
    number = partial(_number, f)
    here = number(x)
    if not math.isfinite(here):
        raise CheckError(f"f(x): expected a finite number, found {here}")

    vs = [unit_direction(rng, x.shape) for _ in range(directions)]
    changes = np.array([[number(x + eps * v) - here for eps in lengths] for v in vs])
    changes[~np.isfinite(changes)] = np.nan
    linear = np.array([lengths * (gradient * v).sum() for v in vs])
    first = np.median(np.abs(changes), axis=0)
    second = np.median(np.abs(changes - linear), axis=0)

    noise = math.sqrt(np.mean([noise_variance(number, x, lengths[-1] * v) for v in vs]))
    floor = ABOVE_NOISE * max(noise, EPSILON * (abs(here) + np.nanmax(first, initial=0)), TINY)

    start, stop = run_above(lengths, second, floor)
    fits = stop - start >= FEWEST_STEPS
    exact = not fits and stop < len(lengths) and _is_exact(floor, first[stop], gradient)
    window = slice(max(start, stop - FITTED_STEPS), stop)
    changing = window if fits else first > floor
    return TaylorTest(
        steps=tuple(lengths.tolist()),
        first=tuple(first.tolist()),
        second=tuple(second.tolist()),
        directions=directions,
        noise_floor=float(floor),
        window=(window.start, window.stop),
        first_order=fitted_order(lengths[changing], first[changing]),
        second_order=fitted_order(lengths[window], second[window]) if fits else None,
        exact=exact,
    )


def _is_exact(floor: float, change: float, gradient: Array) -> bool:
    """Whether noise alone is left of a change of f beside which it is nothing, or f stands still as told."""
    return bool(floor <= EXACT_ACCURACY * change or (change == 0 and not gradient.any()))


def _number(f: Callable[[Array], Any], x: Array) -> float:
    value = f(x)
    if np.ndim(value):
        raise ShapeError(f"f: expected a single number, found the shape {np.shape(value)}")
    return float(value)


def _falling(steps: Sequence[float] | Array) -> Array:
    lengths = np.asarray(steps, dtype=np.float64)
    falls = lengths.ndim == 1 and len(lengths) >= FEWEST_STEPS
    if not (falls and (np.diff(lengths) < 0).all() and lengths[-1] > 0):
        raise ConfigError(f"steps: expected at least {FEWEST_STEPS} falling numbers above 0, found {steps}")
    return lengths


def _ratios(values: tuple[float, ...]) -> list[float | None]:
    """value_i / value_(i+1), None where that is no number."""
    ratios = [here / after if after else math.nan for here, after in pairwise(values)]
    return [ratio if math.isfinite(ratio) else None for ratio in ratios] + [None]


def _text(number: float | None) -> str:
    return "-" if number is None else f"{number:.4f}"
