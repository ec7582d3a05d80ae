"""Faults planted on the way back: a layer or a loss that does what it did, but for its backward."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, TypeAlias

from gradwright.bench.checkers.model import Fault
from gradwright.check.faults.cause import Cause
from gradwright.nn import EVAL, Layer, Loss, Mode, Objective, Residual, Sequential, Sum
from gradwright.nn.layer import Array, Cache, ParameterTree, Params, Scalar

Gradients: TypeAlias = tuple[Array, dict[str, Any]]
Backward: TypeAlias = Callable[[Any, Params, Any, Array], Gradients]  # (layer, params, cache, dy)


@dataclass(frozen=True)
class Faulty:
    """What ``layer`` computes, with ``wrong`` in the place of its backward."""

    layer: Layer
    wrong: Backward

    def output_features(self, features: int | None) -> int | None:
        return self.layer.output_features(features)

    def parameters(self) -> ParameterTree:
        return self.layer.parameters()

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, Cache]:
        return self.layer.forward(params, x, mode)

    def backward(self, params: Params, cache: Cache, dy: Array) -> Gradients:
        return self.wrong(self.layer, params, cache, dy)


@dataclass(frozen=True)
class FaultyLoss:
    """What ``loss`` computes, with ``wrong(output, target)`` in the place of its gradient."""

    loss: Loss
    wrong: Callable[[Array, Array], Array]

    def forward(self, output: Array, target: Array) -> tuple[Scalar, Cache]:
        return self.loss.forward(output, target)[0], (output, target)

    def backward(self, cache: Cache) -> Array:
        return self.wrong(*cache)


class OnTheWay(NamedTuple):
    """A fault, and what makes an objective with it of the right one."""

    fault: Fault
    plant: Callable[[Objective], Objective]


def at(place: tuple[int, ...], name: str, wrong: Backward, *causes: Cause) -> OnTheWay:
    """A fault in the backward of the layer at a place of the network; () is the network as a whole."""

    def plant(objective: Objective) -> Objective:
        return replace(objective, network=replaced(objective.network, place, wrong))

    return OnTheWay(Fault.of(name, *causes), plant)


def replaced(layer: Layer, place: tuple[int, ...], wrong: Backward) -> Layer:
    """A network in which the layer at a place has another backward; the place counts children of children."""
    if not place:
        return Faulty(layer, wrong)
    k, *inner = place
    match layer:
        case Residual():
            return Residual(replaced(layer.body, place, wrong))
        case Sequential(layers=children) | Sum(branches=children):
            changed = [*children]
            changed[k] = replaced(children[k], tuple(inner), wrong)
            return type(layer)(*changed)
    raise IndexError(f"{layer!r} has no child {k}")


def unseen(_: Layer, __: Params, ___: Cache, dy: Array) -> Gradients:
    """dx = dy, as if a layer without parameters were not there."""
    return dy.copy(), {}


def from_cache(change: Callable[[Any], Cache]) -> Backward:
    """The right formula on what ``change`` makes of the cache."""
    return lambda layer, params, cache, dy: layer.backward(params, change(cache), dy)


def cache_of(k: int, other: int) -> Backward:
    """In a chain, layer ``k`` works with the cache of another one."""

    def change(caches: list[Cache]) -> list[Cache]:
        changed = [*caches]
        changed[k] = caches[other]
        return changed

    return from_cache(change)


def dx_from(wrong: Callable[[Any, Params, Any, Array], Array]) -> Backward:
    """A wrong dx beside the right gradients of the parameters."""
    return lambda layer, params, cache, dy: (
        wrong(layer, params, cache, dy),
        layer.backward(params, cache, dy)[1],
    )


def dparam_from(name: str, wrong: Callable[[Array, Array], Array]) -> Backward:
    """The right dx beside ``wrong(dparam, dy)`` in the place of one parameter's gradient."""

    def backward(layer: Layer, params: Params, cache: Cache, dy: Array) -> Gradients:
        dx, dparams = layer.backward(params, cache, dy)
        return dx, dparams | {name: wrong(dparams[name], dy)}

    return backward
