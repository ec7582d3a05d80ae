"""Why a run broke: the first place where a number is no longer finite, and what to try."""

from __future__ import annotations

import numpy as np

from gradwright.nn import EVAL, Layer, Objective, Sequential
from gradwright.nn.layer import Array, Params

LARGE_INPUT = 100.0  # standardised features stay within about 10, bytes scaled to 0..1 within 1


def explain_divergence(
    objective: Objective, theta: Array, x: Array, value: float, rate: float, where: str
) -> str:
    """One message: where the objective became ``value``, in which layer, and a suggestion."""
    return (
        f"training diverged in {where}: the loss is {value}. {_culprit(objective, theta, x)} "
        f"The learning rate was {rate:g}. {_suggestion(x, rate)}"
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


def _suggestion(x: Array, rate: float) -> str:
    largest = float(np.abs(x).max())
    if largest > LARGE_INPUT:
        return f"The inputs reach {largest:g}: standardise them, or scale them to 0..1."
    return f"Try a learning rate of {rate / 10:g}, or clip_norm = 1."
