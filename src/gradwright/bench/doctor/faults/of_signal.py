"""Faults of what passes through a network: depth, weights and biases with which no signal comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from gradwright.bench.doctor.faults.fault import Fault, with_settings
from gradwright.bench.doctor.networks import Shape, activations, edited, linears
from gradwright.bench.doctor.trial import Training
from gradwright.nn import Layer, Linear, ReLU, Sigmoid, Tanh
from gradwright.nn.initializers import Constant, Normal, Uniform
from gradwright.nn.layer import Initializer


def deep_sigmoids(sound: Training, layers: float, _: np.random.Generator) -> Training | None:
    """So many hidden layers of sigmoids, in the place of those that were there."""
    shape = Shape.of(sound.config.network)
    if not shape.hidden:
        return None
    return _with(sound, shape.build((shape.hidden[0],) * int(layers), Sigmoid()))


def tiny_weights(sound: Training, deviation: float, _: np.random.Generator) -> Training | None:
    """Weights drawn from N(0, s^2), s far too small for the width."""
    return _drawn(sound, Normal(std=deviation)) if len(linears(sound.config.network)) > 2 else None


def loud_weights(sound: Training, deviation: float, _: np.random.Generator) -> Training | None:
    """Weights drawn from N(0, s^2) in front of ReLUs, which pass on whatever they get."""
    return _drawn(sound, Normal(std=deviation)) if _has(sound, ReLU) else None


def saturating_weights(sound: Training, deviation: float, _: np.random.Generator) -> Training | None:
    """Weights drawn from N(0, s^2) in front of tanh or sigmoid."""
    return _drawn(sound, Normal(std=deviation)) if _has(sound, Tanh, Sigmoid) else None


def positive_weights(sound: Training, most: float, _: np.random.Generator) -> Training | None:
    """Weights and biases drawn from U(0, most)."""
    return _drawn(sound, Uniform(0.0, most), Uniform(0.0, most)) if _has(sound, Tanh, Sigmoid) else None


def negative_biases(sound: Training, bias: float, _: np.random.Generator) -> Training | None:
    """Biases of -b in front of every ReLU."""
    return _hidden(sound, bias_init=Constant(-bias)) if _has(sound, ReLU) else None


def negative_biases_of_one(sound: Training, bias: float, rng: np.random.Generator) -> Training | None:
    """Biases of -b in one hidden layer of several."""
    return _one_hidden(sound, rng, Constant(-bias)) if _has(sound, ReLU) else None


def large_biases(sound: Training, bias: float, _: np.random.Generator) -> Training | None:
    """Biases of b in front of every tanh or sigmoid, which stand at their bound."""
    return _hidden(sound, bias_init=Constant(bias)) if _has(sound, Tanh, Sigmoid) else None


def constant_weights(sound: Training, weight: float, _: np.random.Generator) -> Training | None:
    """All weights the same."""
    return _drawn(sound, Constant(weight)) if len(linears(sound.config.network)) > 1 else None


def _has(sound: Training, *kinds: type[Layer]) -> bool:
    return any(isinstance(layer, kinds) for layer in activations(sound.config.network))


def _with(sound: Training, network: Layer) -> Training:
    return Training(with_settings(sound.config, network=network), sound.data)


def _drawn(sound: Training, weight_init: Initializer, bias_init: Initializer | None = None) -> Training:
    """With every weight, and where given every bias, drawn so."""

    def edit(layer: Layer) -> Layer:
        if not isinstance(layer, Linear):
            return layer
        return replace(layer, weight_init=weight_init, bias_init=bias_init or layer.bias_init)

    return _with(sound, edited(sound.config.network, edit))


def _hidden(sound: Training, bias_init: Initializer) -> Training:
    """With the biases of all layers but the last drawn so."""
    return _with_biases(sound, lambda k, last: k < last, bias_init)


def _one_hidden(sound: Training, rng: np.random.Generator, bias_init: Initializer) -> Training | None:
    count = len(linears(sound.config.network)) - 1
    if count < 2:
        return None
    chosen = int(rng.integers(count))
    return _with_biases(sound, lambda k, _: k == chosen, bias_init)


def _with_biases(sound: Training, chosen: Callable[[int, int], bool], bias_init: Initializer) -> Training:
    last = len(linears(sound.config.network)) - 1
    count = -1

    def edit(layer: Layer) -> Layer:
        nonlocal count
        if not isinstance(layer, Linear):
            return layer
        count += 1
        return replace(layer, bias_init=bias_init) if chosen(count, last) else layer

    return _with(sound, edited(sound.config.network, edit))


OF_SIGNAL = (
    Fault(
        *("vanishing gradient", "layers of sigmoids", deep_sigmoids, (4, 6, 12), (8,)),
        also=("too deep", "saturated units"),
    ),
    Fault("vanishing gradient", "weights of deviation", tiny_weights, (1e-2, 1e-4), (1e-3,)),
    Fault(
        *("exploding gradient", "ReLUs behind weights of deviation", loud_weights, (1, 2, 10), (5,)),
        also=("saturated units",),
    ),
    Fault(
        *("saturated units", "bounded units behind weights of deviation", saturating_weights, (2, 5, 10)),
        also=("exploding gradient", "vanishing gradient"),
    ),
    Fault(
        *("saturated units", "weights and biases from 0 to", positive_weights, (1, 3), (2,)),
        also=("vanishing gradient", "exploding gradient"),
    ),
    Fault(
        *("saturated units", "biases of", large_biases, (3, 6, 10)),
        also=("vanishing gradient",),
    ),
    Fault("dead units", "biases of minus", negative_biases, (3, 10, 30), (5,)),
    Fault("dead units", "in one layer biases of minus", negative_biases_of_one, (10, 30), where="layers"),
    Fault("equal units", "all weights", constant_weights, (0, 0.1, 0.5), (0.3,), also=("dead units",)),
)
