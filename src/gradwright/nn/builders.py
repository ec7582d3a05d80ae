"""Networks that are met often, from their widths."""

from __future__ import annotations

from itertools import pairwise

from gradwright.errors import ConfigError
from gradwright.nn.activations import Tanh
from gradwright.nn.initializers import GlorotUniform, Initializer, Zeros
from gradwright.nn.layer import Layer
from gradwright.nn.linear import Linear
from gradwright.nn.residual import residual_block
from gradwright.nn.sequential import Sequential


def mlp(
    *widths: int,
    activation: Layer = Tanh(),
    weight_init: Initializer = GlorotUniform(),
    bias_init: Initializer = Zeros(),
) -> Sequential:
    """Linear layers through these widths, with ``activation`` between them and none after the last.

    >>> mlp(2, 50, 5) == Sequential(Linear(2, 50), Tanh(), Linear(50, 5))
    True
    """
    _check_widths("mlp", widths)
    layers: list[Layer] = []
    for i, o in pairwise(widths):
        layers += [Linear(i, o, weight_init=weight_init, bias_init=bias_init), activation]
    return Sequential(*layers[:-1])


def residual_mlp(
    *widths: int, weight_init: Initializer = GlorotUniform(), bias_init: Initializer = Zeros()
) -> Sequential:
    """Blocks of report S1 through these widths, and a linear layer to the last one.

    >>> residual_mlp(5, 20, 20, 5).output_features(5)
    5
    """
    _check_widths("residual_mlp", widths)
    *hidden, last, classes = widths
    blocks = [residual_block(i, o, weight_init, bias_init) for i, o in pairwise([*hidden, last])]
    return Sequential(*blocks, Linear(last, classes, weight_init=weight_init, bias_init=bias_init))


def _check_widths(name: str, widths: tuple[int, ...]) -> None:
    if len(widths) < 2:
        raise ConfigError(f"{name}.widths: expected the input and the output width, found {list(widths)}")
