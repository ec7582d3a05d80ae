"""Taylor tables along one direction, as S1 prints them, and the kinks behind their odd ratios."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from gradwright.check.points import Array, Tree
from gradwright.check.verdict.orders import fitted_order
from gradwright.errors import CheckError, ConfigError

EPSILON = float(np.finfo(np.float64).eps)
ABOVE_NOISE = 100  # times the rounding of F: there a remainder is known to a per cent, its logarithm to 0.01

Line: TypeAlias = Callable[[float], Any]  # F(x + t v) as a function of t alone: a number or an array

FEWEST_STEPS = 3  # through two points any line fits
FITTED_STEPS = 5  # the smallest steps above the noise: there the next term of the series is gone

# Hardly a smooth remainder falls faster than the fifth power; past a kink, which the step no longer
# crosses, it does.
STEEPEST_ORDER = 5

SCANNED = 2048  # points on which kinks are looked for
NEIGHBOURS = 8  # points on each side that tell the second differences of F without a kink
SHARP = 30.0  # times the typical second difference nearby: a smooth function has no such one


class TaylorRow(NamedTuple):
    """One step: both remainders, each with its ratio to the next step's (None where there is none)."""

    step: float
    first: float
    first_ratio: float | None
    second: float
    second_ratio: float | None


@dataclass(frozen=True)
class TaylorTable:
    """Both remainders at falling steps along one direction, with the orders fitted over ``window``.

    ``window`` is the range of rows that the orders were fitted over: the five smallest steps whose second
    remainder is above the rounding of F. An order is None where there are fewer than three.
    """

    rows: tuple[TaylorRow, ...]
    window: tuple[int, int]
    first_order: float | None
    second_order: float | None

    def __str__(self) -> str:
        lines = [
            f"  {'step':>9}  {'first remainder':>15}  {'ratio':>9}  {'second remainder':>16}  {'ratio':>9}"
        ]
        for i, row in enumerate(self.rows):
            mark = "|" if self.window[0] <= i < self.window[1] else " "
            lines.append(
                f"{mark} {row.step:9.3e}  {row.first:15.6e}  {_ratio(row.first_ratio):>9}"
                f"  {row.second:16.6e}  {_ratio(row.second_ratio):>9}"
            )
        orders = [
            "none" if order is None else f"{order:.2f}" for order in (self.first_order, self.second_order)
        ]
        lines.append(f"| orders fitted here: {orders[0]} of the first remainder, {orders[1]} of the second")
        return "\n".join(lines)


def taylor_table(line: Line, derivative: Any, steps: Sequence[float] | Array) -> TaylorTable:
    """|F(t) - F(0)| and |F(t) - F(0) - t F'(0)| at each step t, by the 2-norm where F is an array.

    ``derivative`` is the claimed F'(0): <grad, v> or J v. The first remainder is O(t), so that its ratios
    tend to 2 where steps are halved; the second is O(t^2) with ratios to 4 if the derivative is right, and
    O(t) if it is wrong (reports S0 and S1).

    Raises ``ConfigError`` for fewer than three steps or steps that do not fall, ``CheckError`` where F is
    not finite.

    >>> table = taylor_table(np.exp, 1.0, 0.5 ** np.arange(4, 14))
    >>> round(table.first_order, 2), round(table.second_order, 2), round(table.rows[8].second_ratio, 2)
    (1.0, 2.0, 4.0)
    """
    lengths = np.asarray(steps, np.float64)
    if len(lengths) < FEWEST_STEPS or not ((np.diff(lengths) < 0).all() and lengths[-1] > 0):
        raise ConfigError(f"steps: expected at least {FEWEST_STEPS} falling numbers above 0, found {steps}")
    start = np.asarray(line(0.0))
    changes = [np.asarray(line(float(t))) - start for t in lengths]
    first = _norms(changes)
    second = _norms([change - t * np.asarray(derivative) for t, change in zip(lengths, changes, strict=True)])
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise CheckError("F along the direction: expected finite numbers and a derivative, found others")

    floor = ABOVE_NOISE * EPSILON * (float(np.linalg.norm(start)) + float(first.max()))
    begin, end = _run_above(lengths, second, floor)
    fitted = slice(max(begin, end - FITTED_STEPS), end)
    columns = (lengths.tolist(), first.tolist(), _ratios(first), second.tolist(), _ratios(second))
    return TaylorTable(
        rows=tuple(TaylorRow(*row) for row in zip(*columns, strict=True)),
        window=(fitted.start, fitted.stop),
        first_order=fitted_order(lengths[fitted], first[fitted]),
        second_order=fitted_order(lengths[fitted], second[fitted]),
    )


def along(f: Callable[[Any], Any], x: Any, v: Any) -> Line:
    """F(t) = f(x + t v), with x and v arrays, or dictionaries, lists or tuples of arrays of the same form.

    >>> along(lambda p: p["a"] * p["b"], {"a": 1.0, "b": 2.0}, {"a": 1.0, "b": 0.0})(3.0)
    np.float64(8.0)
    """
    tree = Tree.of(x)
    start, direction = tree.pack(x), tree.pack_gradient(v)
    return lambda t: f(tree.unpack(start + t * direction)[0])


def jacobian_by_vjp(vjp: Callable[[Any, Array], Any], x: Any, y: Array) -> Array:
    """The whole Jacobian at ``x`` from its products J' e_k, row by row        -> (y.size, numbers in x)

    ``y`` is forward(x). The columns follow the arrays of x in their order, each flattened.

    >>> W = np.array([[1.0, -2.0], [0.5, 3.0]])
    >>> jacobian_by_vjp(lambda x, u: u @ W.T, np.ones(2), np.ones(2) @ W)
    array([[ 1. ,  0.5],
           [-2. ,  3. ]])
    """
    tree = Tree.of(x)
    rows = []
    for k in np.ndindex(y.shape):
        e = np.zeros_like(y)
        e[k] = 1
        rows.append(tree.pack_gradient(vjp(x, e)))
    return np.array(rows)


class Kink(NamedTuple):
    """Where the slope of a function of one number jumps, and by how much."""

    at: float
    jump: float


def kinks_along(line: Line, length: float) -> tuple[Kink, ...]:
    """The kinks of F between 0 and ``length``, from 2049 values of it.

    Between neighbouring points of a grid of width h a smooth F bends by h^2 F'', and one with a kink by h
    times the jump of its slope, shared among the two points around it by how near they are.

    >>> [(round(kink.at, 4), round(kink.jump, 4)) for kink in kinks_along(lambda t: t**2 + abs(t - 0.3), 1.0)]
    [(0.3, 2.0)]
    """
    t, h = np.linspace(0, length, SCANNED + 1, retstep=True)
    values = np.array([float(line(float(each))) for each in t])
    bends = np.diff(values, 2)
    nearby = np.lib.stride_tricks.sliding_window_view(
        np.pad(np.abs(bends), NEIGHBOURS, mode="edge"), 2 * NEIGHBOURS + 1
    )
    typical = np.maximum(np.median(nearby, axis=1), ABOVE_NOISE * EPSILON * np.abs(values).max())
    sharp = np.flatnonzero(np.abs(bends) > SHARP * typical)
    kinks = []
    for run in np.split(sharp, np.flatnonzero(np.diff(sharp) > 1) + 1) if sharp.size else []:
        around = slice(max(run[0] - 1, 0), run[-1] + 2)
        beside = np.concatenate([bends[: around.start][-NEIGHBOURS:], bends[around.stop :][:NEIGHBOURS]])
        excess = bends[around] - np.median(beside)  # what the function would bend without the kink
        bend = float(excess.sum())
        if abs(bend) > np.abs(excess).max() / 2:  # else two kinks so near that one undoes the other
            kinks.append(Kink(float(excess @ t[1:-1][around] / bend), bend / float(h)))
    return tuple(kinks)


def straightened(line: Line, kinks: Sequence[Kink]) -> Line:
    """F less what its kinks did to it: F(t) - sum of jump (t - at) over those before t.

    >>> straightened(lambda t: abs(t - 1), [Kink(1.0, 2.0)])(3.0)
    -2.0
    """
    return lambda t: line(t) - sum(kink.jump * max(t - kink.at, 0.0) for kink in kinks)


def _run_above(steps: Array, remainders: Array, floor: float) -> tuple[int, int]:
    """The steps, below the last kink, whose remainders are above the floor, as start and stop."""
    slopes = np.diff(np.log(np.maximum(remainders, floor))) / np.diff(np.log(steps))
    breaks = np.flatnonzero(~(slopes <= STEEPEST_ORDER))  # where f is not finite, no slope is a number
    start = int(breaks[-1]) + 1 if breaks.size else 0
    below = np.flatnonzero(~(remainders[start:] > floor))
    return start, start + int(below[0]) if below.size else len(steps)


def _norms(values: Sequence[Array]) -> Array:
    return np.array([np.linalg.norm(value) for value in values])


def _ratios(values: Array) -> list[float | None]:
    """value_i / value_(i+1), None where that is no number, as in the last row."""
    ratios = [float(here / after) if after else math.nan for here, after in pairwise(values)]
    return [ratio if math.isfinite(ratio) else None for ratio in ratios] + [None]


def _ratio(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.6f}"
