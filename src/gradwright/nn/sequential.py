"""Layers one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gradwright.errors import ConfigError, ShapeError
from gradwright.nn.layer import EVAL, Array, Cache, Layer, Mode, ParameterTree, Params, updated
from gradwright.nn.named import as_layer
from gradwright.nn.shown import Shown
from gradwright.nn.walk import Place, child_name


@dataclass(frozen=True, init=False)
class Sequential(Shown):
    """y = f_L(... f_2(f_1(x)))        dx = J_1' ( ... (J_L' dy))

    Children are named by their position: the weight of the third layer is ``2.weight``.

    Args:
        layers: from the first to the last; one that needs no sizes may be given by its name, such as "Tanh".

    Raises ``ShapeError``, when it is built, where the sizes of neighbours do not meet, and ``ConfigError``
    for what is no layer.

    >>> from gradwright.nn import Linear, Tanh
    >>> Sequential(Linear(2, 8), Tanh(), Linear(8, 3)).output_features(2)
    3
    """

    combines = False
    layers: tuple[Layer, ...]

    def __init__(self, *args: Layer | str, layers: Sequence[Layer | str] = ()) -> None:
        named = [as_layer(layer, f"Sequential, layer {i}") for i, layer in enumerate((*args, *layers))]
        object.__setattr__(self, "layers", tuple(named))
        if not self.layers:
            raise ConfigError("Sequential: expected at least one layer, found none")
        self.output_features(None)

    def output_features(self, features: int | None) -> int | None:
        for i, layer in enumerate(self.layers):
            try:
                features = layer.output_features(features)
            except ShapeError as error:
                raise ShapeError(f"layer {i}: {error}") from None
        return features

    def children(self, name: str, features: int | None) -> Iterator[Place]:
        for i, layer in enumerate(self.layers):
            yield Place(child_name(name, i), layer, features)
            features = layer.output_features(features)

    def parameters(self) -> ParameterTree:
        trees = {str(i): layer.parameters() for i, layer in enumerate(self.layers)}
        return {name: tree for name, tree in trees.items() if tree}

    def update(self, params: Params, caches: list[Cache]) -> dict[str, Any]:
        pairs = enumerate(zip(self.layers, caches, strict=True))
        trees = {str(i): updated(layer, params.get(str(i), {}), cache) for i, (layer, cache) in pairs}
        return {name: tree for name, tree in trees.items() if tree}

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, list[Cache]]:
        caches = []
        for i, layer in enumerate(self.layers):
            x, cache = layer.forward(params.get(str(i), {}), x, mode)
            caches.append(cache)
        return x, caches

    def backward(self, params: Params, caches: list[Cache], dy: Array) -> tuple[Array, dict[str, Any]]:
        dparams: dict[str, Any] = {}
        for i in reversed(range(len(self.layers))):
            dy, dchild = self.layers[i].backward(params.get(str(i), {}), caches[i], dy)
            if dchild:
                dparams[str(i)] = dchild
        return dy, dparams
