"""Maps that act on each entry by itself: y = f(x), dx = f'(x) dy, with x, y, dx and dy (N, d).

Each works on complex input too (comparisons look at the real part), so that the complex step can check it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradwright.fields import Fraction, check_fields
from gradwright.nn.layer import EVAL, Array, Mode, ParameterTree, Params


class Elementwise:
    """What every layer has in common that keeps the shape of its input and has no parameters.

    A base class for layers of one's own, which add ``forward`` and ``backward``; see docs/layers.md.

    >>> class Square(Elementwise):
    ...     def forward(self, params, x, mode=EVAL):
    ...         return x * x, x
    ...     def backward(self, params, x, dy):
    ...         return 2 * x * dy, {}
    >>> Square().output_features(3)
    3
    """

    def output_features(self, features: int | None) -> int | None:
        return features

    def parameters(self) -> ParameterTree:
        return {}


@dataclass(frozen=True)
class ReLU(Elementwise):
    """y = max(x, 0)        dx = [x > 0] dy, so the derivative at 0 is taken to be 0

    >>> ReLU().forward({}, np.array([[-1.0, 2.0]]))[0]
    array([[0., 2.]])
    """

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, Array]:
        return np.where(x.real <= 0, 0, x), x.real > 0  # NaN stays NaN

    def backward(self, params: Params, positive: Array, dy: Array) -> tuple[Array, dict[str, Any]]:
        return dy * positive, {}


@dataclass(frozen=True)
class LeakyReLU(Elementwise):
    """y = x if x > 0 else slope x        dx = dy if x > 0 else slope dy (at 0 too)

    Args:
        slope: of the line below 0.

    >>> LeakyReLU(0.5).forward({}, np.array([[-1.0, 2.0]]))[0]
    array([[-0.5,  2. ]])
    """

    slope: Fraction = 0.01

    def __post_init__(self) -> None:
        check_fields(self)

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, Array]:
        positive = x.real > 0
        return np.where(positive, x, self.slope * x), positive

    def backward(self, params: Params, positive: Array, dy: Array) -> tuple[Array, dict[str, Any]]:
        return np.where(positive, dy, self.slope * dy), {}


@dataclass(frozen=True)
class Tanh(Elementwise):
    """y = tanh x        dx = (1 - y^2) dy

    >>> Tanh().forward({}, np.array([[0.0, 20.0]]))[0]
    array([[0., 1.]])
    """

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, Array]:
        y = np.tanh(x)
        return y, y

    def backward(self, params: Params, y: Array, dy: Array) -> tuple[Array, dict[str, Any]]:
        return (1 - y * y) * dy, {}


@dataclass(frozen=True)
class Sigmoid(Elementwise):
    """y = 1 / (1 + e^-x)        dx = y (1 - y) dy

    >>> Sigmoid().forward({}, np.array([[0.0, 40.0]]))[0]
    array([[0.5, 1. ]])
    """

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, Array]:
        y = sigmoid(x)
        return y, y

    def backward(self, params: Params, y: Array, dy: Array) -> tuple[Array, dict[str, Any]]:
        return y * (1 - y) * dy, {}


@dataclass(frozen=True)
class Softplus(Elementwise):
    """y = log(1 + e^x)        dx = sigmoid(x) dy

    >>> Softplus().forward({}, np.array([[0.0, 1000.0]]))[0].round(4)
    array([[6.931e-01, 1.000e+03]])
    """

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, Array]:
        return softplus(x), x

    def backward(self, params: Params, x: Array, dy: Array) -> tuple[Array, dict[str, Any]]:
        return sigmoid(x) * dy, {}


@dataclass(frozen=True)
class GELU(Elementwise):
    """y = x/2 (1 + t), t = tanh(u), u = c (x + a x^3), c = sqrt(2/pi), a = 0.044715

    dx = (1 + t)/2 dy + x/2 (1 - t^2) c (1 + 3 a x^2) dy

    The tanh form of Hendrycks and Gimpel (2016); it differs from x Phi(x) by less than 5e-4.

    >>> GELU().forward({}, np.array([[-9.0, 0.0, 9.0]]))[0].round(4)
    array([[-0.,  0.,  9.]])
    """

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, tuple[Array, Array]]:
        t = np.tanh(_GELU_C * (x + _GELU_A * x * x * x))
        return 0.5 * x * (1 + t), (x, t)

    def backward(self, params: Params, cache: tuple[Array, Array], dy: Array) -> tuple[Array, dict[str, Any]]:
        x, t = cache
        du = _GELU_C * (1 + 3 * _GELU_A * x * x)
        return (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * du) * dy, {}


ACTIVATIONS = (ReLU, LeakyReLU, Tanh, Sigmoid, Softplus, GELU)

_GELU_C = math.sqrt(2 / math.pi)
_GELU_A = 0.044715


def sigmoid(x: Array) -> Array:
    """1 / (1 + e^-x), written with tanh so that no exponential can overflow."""
    return 0.5 * (1 + np.tanh(0.5 * x))


def softplus(x: Array) -> Array:
    """log(1 + e^x) = max(x, 0) + log(1 + e^-|x|), where no exponential can overflow."""
    positive = x.real > 0
    return np.where(positive, x, 0) + np.log1p(np.exp(np.where(positive, -x, x)))
