"""How large the gradient of each parameter array is, beside the array, and how far the first step goes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradwright.engine.factors import Grouped
from gradwright.nn import ParameterLayout
from gradwright.nn.layer import Array
from gradwright.optim import Optimizer, clip_by_norm


@dataclass(frozen=True)
class ArrayRow:
    """One parameter array: ||w||, ||dF/dw||, their ratio, and ||step|| / ||w|| of a first step.

    Both ratios are None where the array is zero, as biases are at first, and ``first_step`` where there is
    no step.
    """

    name: str
    shape: tuple[int, ...]
    norm: float
    gradient: float
    ratio: float | None
    first_step: float | None


def first_step(
    theta: Array, gradient: Array, optimizer: Optimizer | Grouped, rate: float, clip_norm: float | None = None
) -> Array:
    """How far each parameter moves (P,) when ``optimizer`` begins at ``theta`` with ``rate``.

    >>> from gradwright.optim import SGD
    >>> first_step(np.ones(2), np.array([1.0, -2.0]), SGD(), 0.1)
    array([-0.1,  0.2])
    """
    with np.errstate(all="ignore"):
        clipped = gradient if clip_norm is None else clip_by_norm(gradient, clip_norm)
        moved: Array = optimizer.update(theta, clipped, optimizer.init(theta), rate)[0] - theta
    return moved


def array_rows(
    theta: Array, gradient: Array, layout: ParameterLayout, step: Array | None = None
) -> tuple[ArrayRow, ...]:
    """A row for each array of ``theta`` (P,) that is trained, in the order of the layers.

    >>> from gradwright.nn import Linear
    >>> theta, gradient = np.array([3.0, 4.0, 0.0]), np.array([0.0, 1.0, 2.0])
    >>> rows = array_rows(theta, gradient, ParameterLayout.of(Linear(2, 1)))
    >>> [(row.name, row.norm, row.gradient, row.ratio) for row in rows]
    [('weight', 5.0, 1.0, 0.2), ('bias', 0.0, 2.0, None)]
    """
    norms, slopes = _norms(layout, theta), _norms(layout, gradient)
    steps = {} if step is None else _norms(layout, step)
    rows = []
    for slot in layout.trained:
        norm, slope = norms[slot.name], slopes[slot.name]
        ratios = _ratio(slope, norm), _ratio(steps.get(slot.name), norm)
        rows.append(ArrayRow(slot.name, slot.shape, norm, slope, *ratios))
    return tuple(rows)


def _norms(layout: ParameterLayout, vector: Array) -> dict[str, float]:
    with np.errstate(all="ignore"):  # a square may overflow: the norm is infinite then, and shown so
        return {name: float(np.linalg.norm(array)) for name, array in layout.named(vector).items()}


def _ratio(length: float | None, norm: float) -> float | None:
    return None if length is None or norm == 0 else length / norm
