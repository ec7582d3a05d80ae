"""A network that does what it did, and notes what passes through each of its layers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from gradwright.nn.columns import Columns
from gradwright.nn.layer import EVAL, Array, Cache, Layer, Mode, ParameterTree, Params
from gradwright.nn.residual import Residual, Sum
from gradwright.nn.sequential import Sequential
from gradwright.nn.walk import child_name


@dataclass(frozen=True, eq=False)
class Watched:
    """A layer that does what ``inner`` does, and notes the output y (N, o) and then the signal dy (N, o)."""

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


def watched(network: Layer) -> tuple[Layer, list[Watched]]:
    """The network with every layer watched, and its watchers in the order of ``walk``, chains left out.

    What a subclass of a container computes is not known: it is watched from outside.
    """
    found: list[Watched] = []

    def watch(layer: Layer, name: str) -> Layer:
        inner = layer
        if type(layer) is Sequential:
            return Sequential(*(watch(each, child_name(name, i)) for i, each in enumerate(layer.layers)))
        if type(layer) is Sum:
            inner = Sum(*(watch(each, child_name(name, k)) for k, each in enumerate(layer.branches)))
        elif type(layer) is Columns:
            inner = replace(
                layer, layers=tuple(watch(f, child_name(name, k)) for k, f in enumerate(layer.layers))
            )
        elif type(layer) is Residual:
            inner = Residual(watch(layer.body, name))
        found.append(Watched(name, layer, inner))
        return found[-1]

    return watch(network, ""), found
