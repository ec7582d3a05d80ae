"""Layers of one's own, tried on three rows before the first step: what is wrong is said by its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from gradwright.errors import ShapeError
from gradwright.nn import Layer, Mode, ParameterLayout
from gradwright.nn.layer import Array
from gradwright.nn.spec import LAYERS
from gradwright.nn.walk import walk

ROWS = 3


def try_own_layers(network: Layer, features: int, dtype: str) -> None:
    """Run forward and backward of each layer that is not gradwright's once, and look at what comes back.

    Raises ``ShapeError`` that names the layer, what was expected of it, and ``check_layer``, which asks
    whether its derivatives are right too.
    """
    for where, layer, columns in walk(network, features):
        if type(layer) not in LAYERS and columns is not None:
            _try(f"layer {where or '0'} ({type(layer).__name__})", layer, columns, dtype)


def _try(where: str, layer: Layer, features: int, dtype: str) -> None:
    rng = np.random.default_rng(0)
    layout = ParameterLayout.of(layer)
    params = layout.tree(layout.initialize(rng, dtype))
    x = rng.standard_normal((ROWS, features)).astype(dtype)

    def expect(what: str, expected: Any, found: Any) -> None:
        if expected != found:
            raise ShapeError(
                f"{where}: {what}: expected {expected}, found {found}; "
                f"gradwright.check_layer(layer, {features}) tests all that a layer must be"
            )

    def pair(what: str, found: Any) -> Any:
        expect(f"{what} returns", "a pair", "a pair" if _is_pair(found) else type(found).__name__)
        return found

    y, cache = pair("forward", layer.forward(params, x, Mode(training=True, rng=rng)))
    expect("y of forward", _form((ROWS, layer.output_features(features)), dtype), _form_of(y))
    dx, dparams = pair("backward", layer.backward(params, cache, np.ones_like(y)))
    expect("dx of backward", _form(x.shape, dtype), _form_of(dx))
    gradients = dict(_leaves(dparams))
    expect("parameters of backward", [slot.name for slot in layout.slots], list(gradients))
    for slot in layout.slots:
        expect(f"d {slot.name} of backward", _form(slot.shape, dtype), _form_of(gradients[slot.name]))


def _is_pair(value: Any) -> bool:
    return isinstance(value, tuple) and len(value) == 2


def _form(shape: tuple[int | None, ...], dtype: str) -> str:
    return f"{dtype} of shape {shape}"


def _form_of(value: Any) -> str:
    return _form(value.shape, str(value.dtype)) if isinstance(value, np.ndarray) else type(value).__name__


def _leaves(tree: Any, prefix: str = "") -> Iterator[tuple[str, Array]]:
    """The arrays in nested dictionaries by full name."""
    for name, node in tree.items() if isinstance(tree, Mapping) else ():
        if isinstance(node, Mapping):
            yield from _leaves(node, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", node
