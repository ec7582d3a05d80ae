"""What a layer, a loss and a penalty are: pairs of pure functions, forward and backward; and an initialiser.

``forward`` returns its value and a cache; ``backward`` takes the cache and the derivative of the final
scalar with respect to that value, and returns the derivatives with respect to what went in. Nothing is
written in place and nothing is hidden, so each pair can be checked, replayed, frozen and pickled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
Scalar: TypeAlias = Any  # a real number, or a complex one under the complex step
Cache: TypeAlias = Any  # whatever backward needs of forward; only the same layer reads it
Params: TypeAlias = Mapping[str, Any]  # name -> array, or name -> the Params of a child layer


@dataclass(frozen=True)
class Mode:
    """How a forward pass is meant.

    Args:
        training: whether layers do as in training, where that differs, as ``Dropout`` and ``BatchNorm`` do.
        rng: what random layers draw from while training.

    >>> Mode(training=True).training
    True
    """

    training: bool = False
    rng: np.random.Generator | None = None


EVAL = Mode()


@runtime_checkable
class Initializer(Protocol):
    """The entries that a parameter has before the first step."""

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """A float64 array of that shape.

        Raises ``ConfigError`` where the rule is not defined for the shape.
        """


@dataclass(frozen=True)
class Parameter:
    """The declaration of one array: its shape, the initialiser that fills it, and who moves it.

    Where it is not ``trained`` it is a statistic of the batches seen, such as a running mean. It lies in
    theta with the others, so that evaluation has it and a file holds it; after each training step it is what
    the layer's ``update(params, cache)`` makes of it, and never what the optimizer does.
    """

    shape: tuple[int, ...]
    initializer: Initializer
    trained: bool = True


ParameterTree: TypeAlias = Mapping[str, Any]  # name -> Parameter, or name -> the tree of a child layer


@runtime_checkable
class Layer(Protocol):
    """y = f(params, x)        x (N, i) -> y (N, o)"""

    def output_features(self, features: int | None) -> int | None:
        """The number of columns of y for ``features`` columns of x; None stands for any number.

        Raises ``ShapeError`` where the layer cannot take that many.
        """

    def parameters(self) -> ParameterTree:
        """The arrays that the layer needs, by name; a tree where it has children."""

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, Cache]:
        """The value y, and the cache that ``backward`` will need."""

    def backward(self, params: Params, cache: Cache, dy: Array) -> tuple[Array, dict[str, Any]]:
        """dx = J_x' dy, and the tree of dparams = J_params' dy."""


def updated(layer: Layer, params: Params, cache: Cache) -> dict[str, Any]:
    """The tree of the layer's statistics after the batch of ``cache``; empty where it keeps none."""
    return layer.update(params, cache) if hasattr(layer, "update") else {}


@runtime_checkable
class Loss(Protocol):
    """l = f(output, target), a mean over the N examples        output (N, k) -> l ()

    One that takes a third argument, weights (N,), may be trained on rows that do not all count the same.
    """

    def forward(self, output: Array, target: Array) -> tuple[Scalar, Cache]:
        """The mean loss, and the cache that ``backward`` will need."""

    def backward(self, cache: Cache) -> Array:
        """The gradient of exactly the value that ``forward`` returned with respect to ``output``."""


@runtime_checkable
class Penalty(Protocol):
    """r = f(theta), over the entries of theta that ``mask`` selects        theta (P,) -> r ()"""

    def forward(self, theta: Array, mask: Array) -> Scalar:
        """The value that is added to the loss."""

    def backward(self, theta: Array, mask: Array) -> Array:
        """Its gradient with respect to theta."""
