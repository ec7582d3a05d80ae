"""Why a run broke: the first place where a number is no longer finite. What to try is found by trying it."""

from __future__ import annotations

import numpy as np

from gradwright.errors import DivergenceError
from gradwright.nn import EVAL, Layer, Objective, Sequential
from gradwright.nn.layer import Array, Params


def diverged(
    objective: Objective, theta: Array, x: Array, value: float, rate: float | None, where: str
) -> DivergenceError:
    """The error that says where the objective became ``value``, in which layer, and at which rate."""
    at_rate = "" if rate is None else f" The learning rate was {rate:g}."
    return DivergenceError(
        f"training diverged {where}: the loss is {value}. {_culprit(objective, theta, x)}{at_rate}", rate
    )


def _culprit(objective: Objective, theta: Array, x: Array) -> str:
    """The first parameter or layer that is not finite."""
    for name, array in objective.layout.named(theta).items():
        if not np.isfinite(array).all():
            return f"The first parameter that is not finite is {name}."
    with np.errstate(all="ignore"):
        place = _first_overflow(objective.network, objective.layout.tree(theta), x, "")
    return f"The first output that is not finite is that of {place or 'the loss'}."


def _first_overflow(layer: Layer, params: Params, x: Array, name: str) -> str | None:
    """The innermost layer of a chain that first puts out infinity or NaN."""
    if isinstance(layer, Sequential):
        for i, child in enumerate(layer.layers):
            inner = params.get(str(i), {})
            place = _first_overflow(child, inner, x, f"{name}.{i}" if name else str(i))
            if place:
                return place
            x = child.forward(inner, x, EVAL)[0]
        return None
    y, _ = layer.forward(params, x, EVAL)
    return None if np.isfinite(y).all() else f"layer {name or '0'} ({type(layer).__name__})"
