"""What a map of rows must be: each row of the output belongs to one row of the input, and to no other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gradwright.check.findings import UnmetError, finding
from gradwright.check.invariants.memory import leaves_alone
from gradwright.check.invariants.report import InvariantReport
from gradwright.check.invariants.trial import ROUNDING
from gradwright.check.points import Array
from gradwright.errors import CheckError, ConfigError, ShapeError

FAR = 1e4  # times the size of x: how far a row is put away from the others


def check_rows(forward: Callable[[Array], Array], x: Array) -> InvariantReport:
    """What a layer, a softmax or a whole network must be on a batch        x (m, ...) -> forward(x) (m, ...)

    Its input stays untouched; a second call gives the same; a batch gives what its rows give one by one; and
    one row that is far away, 10,000 times the size of x, does not disturb its neighbours: a maximum taken
    over the whole matrix does. A layer whose rows see each other, as batch normalisation in training, has
    not these last two properties. Of whole numbers, as an embedding takes, no row is put far away.

    Raises ``ConfigError`` where x is no array, ``ShapeError`` where it has fewer than two rows.

    >>> def softmax(x):
    ...     p = np.exp(x - x.max(axis=1, keepdims=True))
    ...     return p / p.sum(axis=1, keepdims=True)
    >>> x = np.array([[1.0, 2.0], [0.0, -1.0], [3.0, 0.5]])
    >>> check_rows(softmax, x).passed
    True
    >>> check_rows(lambda x: np.exp(x - x.max()) / np.exp(x - x.max()).sum(axis=1, keepdims=True), x).failed
    ('a far row disturbs no other',)
    """
    if not isinstance(x, np.ndarray):
        raise ConfigError(f"x: expected an array, found {type(x).__name__}")
    if np.ndim(x) < 2 or len(x) < 2:
        raise ShapeError(f"x: expected the shape (m, ...) with at least 2 rows, found {np.shape(x)}")
    rows = _Rows(forward, x)
    own = x.copy()
    findings = [
        leaves_alone(lambda: forward(own), lambda: {"x": own}, "input untouched"),
        _called_twice(rows),
        _batch_is_its_rows(rows),
    ]
    if x.dtype.kind == "f":  # an index cannot be far
        findings.append(_far_row(rows))
    name = getattr(forward, "__name__", type(forward).__name__)
    return InvariantReport(f"{name} on {len(x)} rows", tuple(findings))


@dataclass(frozen=True, eq=False)
class _Rows:
    """A map of rows, called on copies."""

    forward: Callable[[Array], Array]
    x: Array

    def __call__(self, x: Array) -> Array:
        with np.errstate(all="ignore"):  # what is not finite is reported, in words
            y = np.asarray(self.forward(x.copy()))
        if y.shape[:1] != x.shape[:1]:
            raise CheckError(f"forward(x): expected {len(x)} rows, found the shape {y.shape}")
        return y.copy()

    def expect_same(self, found: Array, expected: Array, what: str) -> None:
        tolerance = ROUNDING * _epsilon(self.x) * np.abs(expected).max(initial=0)
        same = np.abs(found - expected) <= tolerance
        if not same.all():
            place = tuple(map(int, np.argwhere(~same)[0]))
            raise UnmetError(
                f"{what}: expected y{list(place)} = {expected[place]:.6g}, found {found[place]:.6g}"
            )


@finding("forward repeats")
def _called_twice(rows: _Rows) -> str:
    own = rows.x.copy()
    with np.errstate(all="ignore"):
        first = np.array(rows.forward(own))
        second = np.array(rows.forward(own))
    rows.expect_same(second, first, "a second call with the same x")
    return "a second call with the same x gives the same"


@finding("batch is its rows")
def _batch_is_its_rows(rows: _Rows) -> str:
    alone = np.concatenate([rows(rows.x[n : n + 1]) for n in range(len(rows.x))])
    rows.expect_same(rows(rows.x), alone, "a batch beside its rows one by one")
    return f"{len(alone)} rows one by one give the same to rounding"


@finding("a far row disturbs no other")
def _far_row(rows: _Rows) -> str:
    near = rows(rows.x)[1:]
    for side in (FAR, -FAR):
        x = rows.x.copy()
        x[0] = side * max(1.0, float(np.abs(x).max()))
        rows.expect_same(rows(x)[1:], near, f"with x[0] = {x[0].flat[0]:.3g}")
    return f"{len(near)} rows stay what they are beside one {FAR:.0e} x as large"


def _epsilon(x: Array) -> float:
    return float(np.finfo(x.dtype if x.dtype.kind == "f" else np.float64).eps)
