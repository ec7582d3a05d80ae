"""A forward and a backward pass in which every layer is watched: what it puts out, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradwright.engine.vocabulary import CONTAINERS, child_path
from gradwright.nn import EVAL, Layer, Mode, Objective, Residual, Sequential, Sum
from gradwright.nn.layer import Array, Cache, ParameterTree, Params


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


def watch(objective: Objective, theta: Array, x: Array, target: Array) -> Pass:
    """The passes of ``objective`` at ``theta`` (P,) over the rows x (N, i), in evaluation, without penalty.

    A sum and a residual block stand after their parts, as in ``summarize``. Overflow is not hidden and not
    warned of: it is what the caller looks for.

    >>> from gradwright.nn import SoftmaxCrossEntropy, mlp
    >>> objective = Objective(mlp(2, 4, 3), SoftmaxCrossEntropy())
    >>> theta = np.zeros(objective.layout.size)
    >>> seen = watch(objective, theta, np.ones((5, 2)), np.array([0, 1, 2, 0, 1]))
    >>> [(each.name, type(each.layer).__name__, each.output.shape) for each in seen.layers]
    [('0', 'Linear', (5, 4)), ('1', 'Tanh', (5, 4)), ('2', 'Linear', (5, 3))]
    """
    watched: list[_Watched] = []
    same = Objective(_watched(objective.network, "", watched), objective.loss)
    with np.errstate(all="ignore"):
        value, gradient = same.value_and_grad(theta, x, target)
    layers = tuple(Seen(each.name, each.layer, *each.log) for each in watched)
    return Pass(float(value), gradient, watched[-1].log[0], layers)


@dataclass(frozen=True, eq=False)
class _Watched:
    """A layer that does what ``inner`` does, and notes the output and the signal as they pass."""

    name: str
    layer: Layer  # the layer as the network has it
    inner: Layer  # the same with its children watched
    log: list[Array] = field(default_factory=list)

    def output_features(self, features: int | None) -> int | None:
        return self.inner.output_features(features)

    def parameters(self) -> ParameterTree:
        return self.inner.parameters()

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, Cache]:
        y, cache = self.inner.forward(params, x, mode)
        self.log.append(y)
        return y, cache

    def backward(self, params: Params, cache: Cache, dy: Array) -> tuple[Array, dict[str, Any]]:
        self.log.append(dy)
        return self.inner.backward(params, cache, dy)


def _watched(layer: Layer, name: str, found: list[_Watched]) -> Layer:
    """``layer`` with everything in it watched; its watchers are added to ``found``, parts first."""
    inner = layer
    if type(layer) in CONTAINERS:  # what a subclass computes is not known: it is watched from outside
        match layer:
            case Sequential(layers=children):
                parts = [_watched(child, child_path(name, i), found) for i, child in enumerate(children)]
                return Sequential(*parts)
            case Sum(branches=branches):
                inner = Sum(*(_watched(each, child_path(name, k), found) for k, each in enumerate(branches)))
            case Residual(body=body):
                inner = Residual(_watched(body, name, found))
    found.append(_Watched(name, layer, inner))
    return found[-1]
