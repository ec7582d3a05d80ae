"""Networks that are met often, from their widths."""

from __future__ import annotations

from itertools import pairwise

from gradwright.errors import ConfigError
from gradwright.nn.activations import Tanh
from gradwright.nn.initializers import GlorotUniform, Zeros, as_initializer
from gradwright.nn.layer import Initializer, Layer
from gradwright.nn.linear import Linear
from gradwright.nn.named import as_layer
from gradwright.nn.residual import residual_block
from gradwright.nn.sequential import Sequential


def mlp(
    *widths: int,
    activation: Layer | str = Tanh(),
    weight_init: Initializer | str = GlorotUniform(),
    bias_init: Initializer | str = Zeros(),
) -> Sequential:
    """Linear layers through these widths, with ``activation`` between them and none after the last.

    Args:
        widths: the columns of x, of each hidden layer, and of y.
        activation: a layer, or the name of one that needs no sizes, such as "ReLU".
        weight_init: what each W begins with, or its name, such as "HeNormal".
        bias_init: what each b begins with, or its name.

    Raises ``ConfigError`` for fewer than two widths, one that is not a whole number >= 1, and unknown names.

    >>> mlp(2, 50, 5) == Sequential(Linear(2, 50), Tanh(), Linear(50, 5))
    True
    """
    _check_widths("mlp", widths)
    between = as_layer(activation, "mlp.activation")
    weights = as_initializer(weight_init, "mlp.weight_init")
    biases = as_initializer(bias_init, "mlp.bias_init")
    layers: list[Layer] = []
    for i, o in pairwise(widths):
        layers += [Linear(i, o, weight_init=weights, bias_init=biases), between]
    return Sequential(*layers[:-1])


def residual_mlp(
    *widths: int, weight_init: Initializer | str = GlorotUniform(), bias_init: Initializer | str = Zeros()
) -> Sequential:
    """A ``residual_block`` through each pair of these widths, and a linear layer to the last one.

    Args:
        widths: the columns of x, of each block, and of y.
        weight_init: what each W begins with, or its name, such as "HeNormal".
        bias_init: what each b begins with, or its name.

    Raises ``ConfigError`` as ``mlp`` does.

    >>> residual_mlp(5, 20, 20, 5).output_features(5)
    5
    """
    _check_widths("residual_mlp", widths)
    *hidden, last, classes = widths
    weights = as_initializer(weight_init, "residual_mlp.weight_init")
    biases = as_initializer(bias_init, "residual_mlp.bias_init")
    blocks = [
        residual_block(i, o, weight_init=weights, bias_init=biases) for i, o in pairwise([*hidden, last])
    ]
    return Sequential(*blocks, Linear(last, classes, weight_init=weights, bias_init=biases))


def _check_widths(name: str, widths: tuple[int, ...]) -> None:
    if len(widths) < 2:
        raise ConfigError(f"{name}.widths: expected the input and the output width, found {list(widths)}")
