"""What each layer puts out: its level and spread, and how many of its units are saturated, dead or equal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradwright.diagnosis.watch import Pass, Seen
from gradwright.nn import Layer, ParameterLayout
from gradwright.nn.layer import Array

# From a bound: tanh then passes less than 2 % of the derivative, the sigmoid less than 4 % of its largest
SATURATED = 0.01
BOUNDS = {"Tanh": (-1.0, 1.0), "Sigmoid": (0.0, 1.0)}  # by the names that other libraries have for them too
# Of the array's largest derivative: units that are one and the same differ by the rounding of float64 alone
EQUAL = 1e-9


@dataclass(frozen=True)
class LayerRow:
    """One layer over a sample of rows.

    ``saturated`` is the share of outputs within 0.01 of a bound of tanh or sigmoid, ``dead`` the share of
    ReLU's units that are 0 on every row, ``equal`` the share of units that have the same weights and the same
    gradient as another one of their layer; each is None where it has no meaning. ``signal`` is the norm of
    the derivative with respect to the output, ||dF/dy||.
    """

    name: str
    kind: str
    units: int
    mean: float
    sd: float
    saturated: float | None
    dead: float | None
    equal: float | None
    signal: float


def layer_rows(seen: Pass, theta: Array, layout: ParameterLayout) -> tuple[LayerRow, ...]:
    """A row for each layer of a pass at ``theta``.

    >>> from gradwright.diagnosis.watch import watch
    >>> from gradwright.nn import Objective, SoftmaxCrossEntropy, mlp
    >>> objective = Objective(mlp(2, 4, 3), SoftmaxCrossEntropy())
    >>> theta = np.zeros(objective.layout.size)
    >>> seen = watch(objective, theta, np.ones((5, 2)), np.array([0, 1, 2, 0, 1]))
    >>> [row.equal for row in layer_rows(seen, theta, objective.layout)]
    [1.0, None, 0.6666666666666666]
    """
    values, slopes = layout.named(theta), layout.named(seen.gradient)
    with np.errstate(all="ignore"):  # an output that overflowed has no spread, and the row says so
        return tuple(_row(each, values, slopes) for each in seen.layers)


def _row(seen: Seen, values: dict[str, Array], slopes: dict[str, Array]) -> LayerRow:
    y, kind = seen.output, type(seen.layer).__name__
    return LayerRow(
        name=seen.name or "0",
        kind=kind,
        units=y.shape[1],
        mean=float(y.mean()),
        sd=deviation(y),
        saturated=saturated_share(kind, y),
        dead=dead_share(kind, y),
        equal=_equal(seen.name, seen.layer, values, slopes),
        signal=float(np.linalg.norm(seen.signal)),
    )


def deviation(y: Array) -> float:
    """The standard deviation; squares are taken of y / max |y|, so that they overflow only where y did."""
    largest = float(np.abs(y).max())
    return largest * float((y / largest).std()) if largest else 0.0


def saturated_share(kind: str, y: Array) -> float | None:
    """The share of outputs y (N, o) at a bound of their activation; None for one without bounds."""
    if kind not in BOUNDS:
        return None
    low, high = BOUNDS[kind]
    return float(((y < low + SATURATED) | (y > high - SATURATED)).mean())


def dead_share(kind: str, y: Array) -> float | None:
    """The share of ReLU's units that are 0 in every row of y (N, o)."""
    return float((y == 0).all(axis=0).mean()) if kind == "ReLU" else None


def _equal(name: str, layer: Layer, values: dict[str, Array], slopes: dict[str, Array]) -> float | None:
    own = layer.parameters()
    if getattr(own.get("weight"), "shape", ()) == () or len(own["weight"].shape) != 2:
        return None
    names = [f"{name}.{key}" if name else key for key in own if key in ("weight", "bias")]
    columns = np.vstack([values[each] for each in names])
    slope = np.vstack([slopes[each] for each in names])
    return equal_share(columns, slope)


def equal_share(columns: Array, slope: Array) -> float | None:
    """The share of a layer's units that have a twin, in value and in derivative        both (i + 1, o)

    Equal values alone are no fault: where the next layer treats two units differently their derivatives
    differ, and one step parts them. Equal in both, they stay equal for ever.
    """
    if not (np.isfinite(columns).all() and np.isfinite(slope).all()):
        return None
    _, group = np.unique(columns, axis=1, return_inverse=True)
    tolerance = EQUAL * np.abs(slope).max()
    twins = 0
    for members in (np.flatnonzero(group == g) for g in np.flatnonzero(np.bincount(group.ravel()) > 1)):
        apart = np.abs(slope[:, members, None] - slope[:, None, members]).max(axis=0) > tolerance
        twins += int(((~apart).sum(axis=1) > 1).sum())
    return twins / int(columns.shape[1])
