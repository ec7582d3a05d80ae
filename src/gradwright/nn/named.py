"""A layer as itself or by its name, wherever layers are put together."""

from __future__ import annotations

from gradwright.nn.activations import ACTIVATIONS
from gradwright.nn.dropout import Dropout
from gradwright.nn.layer import Layer
from gradwright.specs import as_kind, kinds_of

NAMED = kinds_of(*ACTIVATIONS, Dropout)  # the layers that need no sizes


def as_layer(value: Layer | str, where: str) -> Layer:
    """A layer as itself, or the one with that name and all its defaults.

    Raises ``ConfigError`` for an unknown name, a class in place of an instance, and what is no layer.

    >>> as_layer("Tanh", "activation")
    Tanh()
    """
    layer: Layer = as_kind(value, NAMED, Layer, where)
    return layer
