"""Layers of one's own that keep what an earlier call left, and answer differently when asked again."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradwright.diagnosis.finding import Finding
from gradwright.nn import Layer, ParameterLayout
from gradwright.nn.layer import Array
from gradwright.nn.spec import LAYERS
from gradwright.nn.walk import Container, walk

ROWS = 3


def of_memory(network: Layer, theta: Array, features: int) -> Iterator[Finding]:
    """The layers that answer differently to the same rows, asked again, in evaluation.

    Such a layer is no function: its derivative is of another value than the one that comes next, and what is
    learned is about the average of what it kept.
    """
    tree = ParameterLayout.of(network).tree(theta)
    rng = np.random.default_rng(0)
    for name, layer, columns in walk(network, features):
        if type(layer) in LAYERS or isinstance(layer, Container) or columns is None:
            continue
        params = tree
        for part in name.split(".") if name else ():
            params = params.get(part, {})
        x = rng.standard_normal((ROWS, columns))
        first, again = (layer.forward(params, x)[0].copy() for _ in range(2))
        if not np.array_equal(first, again, equal_nan=True):
            message = (
                f"Layer {name or '0'} ({type(layer).__name__}) answers differently when it is asked "
                "again for the same rows: it keeps what an earlier call left."
            )
            advice = "Begin every call anew; forward and backward take all that they need, and keep nothing."
            yield Finding("layer with memory", (name or "0",), message, advice, fact=True)
