"""The network that is trained: from widths and what stands between them, or a user's own."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np

from gradwright.errors import ConfigError, ShapeError
from gradwright.interchange.scikit_learn import BETWEEN
from gradwright.nn import BatchNorm, Dropout, Layer, LayerNorm, Linear, Sequential, Sigmoid
from gradwright.nn.activations import ACTIVATIONS
from gradwright.nn.initializers import Uniform
from gradwright.sklearn.names import named
from gradwright.specs import kinds_of, require_instance

T = TypeVar("T")
NORMALIZATIONS: dict[str | None, Callable[[int], tuple[Layer, ...]]] = {
    None: lambda _: (),
    "batch": lambda width: (BatchNorm(width),),
    "layer": lambda width: (LayerNorm(width),),
}


def layered(widths: tuple[int, ...], activation: Any, normalization: str | None, dropout: Any) -> Sequential:
    """Linear layers through ``widths``; after each but the last its normalization, activation and dropout.

    W and b begin as scikit-learn draws them, uniform up to sqrt(6 / (inputs + outputs)), where a logistic
    activation follows up to sqrt(2 / (inputs + outputs)); the last layer as the one before it.

    Raises ``ConfigError`` for what is no activation or no rate, and for lists of another length.

    >>> layers = layered((2, 5, 1), "gelu", "batch", 0.1).layers
    >>> [type(layer).__name__ for layer in layers]
    ['Linear', 'BatchNorm', 'GELU', 'Dropout', 'Linear']
    """
    hidden = len(widths) - 2
    activations = [_activation(each) for each in _each("activation", activation, hidden)]
    rates = _each("dropout", dropout, hidden)
    layers: list[Layer] = []
    for width, between, rate, (i, o) in zip(
        widths[1:], activations, rates, pairwise(widths[:-1]), strict=False
    ):
        layers += [_linear(i, o, between), *NORMALIZATIONS[normalization](width), *between, *_dropout(rate)]
    last = activations[-1] if activations else _activation(activation)
    return Sequential(*layers, _linear(widths[-2], widths[-1], last))


def own(network: Any, inputs: int, outputs: int) -> Layer:
    """A user's network of so many inputs and outputs: as it is, or what a function of both makes.

    Raises ``ConfigError`` for what is no network, ``ShapeError`` for one of other sizes.
    """
    if callable(network) and not isinstance(network, Layer | type):
        network = network(inputs, outputs)
    require_instance(network, Layer, "network")
    layer: Layer = network
    try:
        found = layer.output_features(inputs)
    except ShapeError as error:
        raise ShapeError(f"network: expected one that takes {inputs} columns: {error}") from None
    if found != outputs:
        raise ShapeError(f"network: expected the output width {outputs}, found {found}")
    return layer


def _linear(inputs: int, outputs: int, activation: tuple[Layer, ...]) -> Linear:
    factor = 2 if any(isinstance(layer, Sigmoid) for layer in activation) else 6
    bound = np.sqrt(factor / (inputs + outputs))
    uniform = Uniform(-bound, bound)
    return Linear(inputs, outputs, weight_init=uniform, bias_init=uniform)


def _activation(given: Any) -> tuple[Layer, ...]:
    if isinstance(given, str):
        found = named(given, BETWEEN, kinds_of(*ACTIVATIONS), "activation")
        return found if isinstance(found, tuple) else (found,)
    require_instance(given, Layer, "activation")
    return (given,)


def _dropout(rate: Any) -> tuple[Layer, ...]:
    try:
        return (Dropout(rate),) if rate else ()
    except ConfigError as error:
        raise ConfigError(str(error).replace("Dropout.rate", "dropout")) from None


def _each(where: str, given: T | list[T] | tuple[T, ...], count: int) -> list[T]:
    """One for each hidden layer."""
    if not isinstance(given, list | tuple):
        return [given] * count
    if len(given) != count:
        raise ConfigError(f"{where}: expected one for each of {count} hidden layers, found {len(given)}")
    return [*given]
