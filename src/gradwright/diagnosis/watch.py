"""A forward and a backward pass in which every layer is watched: what it puts out, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradwright.nn import Layer, Objective
from gradwright.nn.layer import Array
from gradwright.nn.watch import watched


@dataclass(frozen=True, eq=False)
class Seen:
    """What one layer did: its output y (N, o), and its signal dF/dy (N, o), F the mean loss of the rows."""

    name: str  # as the parameter layout has it, such as "0.1.0"; "" where the network is this one layer
    layer: Layer
    output: Array
    signal: Array


@dataclass(frozen=True, eq=False)
class Pass:
    """Both passes over some rows: the mean loss F, its gradient (P,), and each layer in order."""

    loss: float
    gradient: Array
    output: Array
    layers: tuple[Seen, ...]


def watch(objective: Objective, theta: Array, x: Array, target: Array, weights: Array | None = None) -> Pass:
    """The passes of ``objective`` at ``theta`` (P,) over the rows x (N, i), in evaluation, without penalty.

    ``weights`` (N,) say how much each row counts. A sum and a residual block stand after their parts, as in
    ``summarize``. Overflow is not hidden and not warned of: it is what the caller looks for.

    >>> from gradwright.nn import SoftmaxCrossEntropy, mlp
    >>> objective = Objective(mlp(2, 4, 3), SoftmaxCrossEntropy())
    >>> theta = np.zeros(objective.layout.size)
    >>> seen = watch(objective, theta, np.ones((5, 2)), np.array([0, 1, 2, 0, 1]))
    >>> [(each.name, type(each.layer).__name__, each.output.shape) for each in seen.layers]
    [('0', 'Linear', (5, 4)), ('1', 'Tanh', (5, 4)), ('2', 'Linear', (5, 3))]
    """
    network, seen = watched(objective.network)
    same = Objective(network, objective.loss)
    with np.errstate(all="ignore"):
        value, gradient = same.value_and_grad(theta, x, target, weights=weights)
    layers = tuple(Seen(each.name, each.layer, *each.log) for each in seen)
    return Pass(float(value), gradient, seen[-1].log[0], layers)
