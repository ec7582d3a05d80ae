"""Why a run broke: the first place where a number is no longer finite. What to try is found by trying it."""

from __future__ import annotations

import numpy as np

from gradwright.errors import DivergenceError
from gradwright.nn import Objective
from gradwright.nn.layer import Array
from gradwright.nn.watch import watched


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
    network, seen = watched(objective.network)
    with np.errstate(all="ignore"):
        network.forward(objective.layout.tree(theta), x)
    broken = (each for each in seen if not np.isfinite(each.log[0]).all())
    place = next((f"layer {each.name or '0'} ({type(each.layer).__name__})" for each in broken), "the loss")
    return f"The first output that is not finite is that of {place}."
