"""Maps that act on each entry by itself: y = f(x), dx = f'(x) dy, with x, y, dx and dy (N, d).

Each works on complex input too (comparisons look at the real part), so that the complex step can check it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradwright.fields import Fraction, Positive, check_fields
from gradwright.nn.layer import EVAL, Array, Mode, ParameterTree, Params

SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772  # the fixed point of mean 0 and variance 1


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
class ELU(Elementwise):
    """y = x if x > 0 else alpha (e^x - 1)        dx = dy if x > 0 else alpha e^x dy (at 0 too)

    Clevert, Unterthiner and Hochreiter, Fast and Accurate Deep Network Learning by Exponential Linear Units,
    2016. Smooth at 0 where alpha is 1.

    Args:
        alpha: the limit is -alpha far below 0, and the slope alpha at 0 from below.

    >>> ELU().forward({}, np.array([[-1.0, 2.0]]))[0].round(4)
    array([[-0.6321,  2.    ]])
    """

    alpha: Positive = 1.0

    def __post_init__(self) -> None:
        check_fields(self)

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, tuple[Array, Array]]:
        positive, decay = x.real > 0, _expm1_below_0(x)
        return np.where(positive, x, self.alpha * decay), (positive, decay)

    def backward(self, params: Params, cache: tuple[Array, Array], dy: Array) -> tuple[Array, dict[str, Any]]:
        positive, decay = cache
        return np.where(positive, dy, self.alpha * (decay + 1) * dy), {}


@dataclass(frozen=True)
class SELU(Elementwise):
    """y = s x if x > 0 else s a (e^x - 1)        dx = s dy if x > 0 else s a e^x dy (at 0 too)

    s = 1.0507 and a = 1.6733 bring the outputs of wide layers with LeCun's weights to mean 0 and variance 1:
    Klambauer, Unterthiner, Mayr and Hochreiter, Self-Normalizing Neural Networks, 2017.

    >>> SELU().forward({}, np.array([[-1.0, 2.0]]))[0].round(4)
    array([[-1.1113,  2.1014]])
    """

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, tuple[Array, Array]]:
        positive, decay = x.real > 0, _expm1_below_0(x)
        return SELU_SCALE * np.where(positive, x, SELU_ALPHA * decay), (positive, decay)

    def backward(self, params: Params, cache: tuple[Array, Array], dy: Array) -> tuple[Array, dict[str, Any]]:
        positive, decay = cache
        return SELU_SCALE * np.where(positive, dy, SELU_ALPHA * (decay + 1) * dy), {}


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


@dataclass(frozen=True)
class SiLU(Elementwise):
    """y = x s, s = sigmoid x        dx = s (1 + x (1 - s)) dy

    Also called swish. Elfwing, Uchibe and Doya, Sigmoid-Weighted Linear Units, 2018.

    >>> SiLU().forward({}, np.array([[-800.0, 0.0, 800.0]]))[0]
    array([[ -0.,   0., 800.]])
    """

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, tuple[Array, Array]]:
        s = sigmoid(x)
        return x * s, (x, s)

    def backward(self, params: Params, cache: tuple[Array, Array], dy: Array) -> tuple[Array, dict[str, Any]]:
        x, s = cache
        return s * (1 + x * (1 - s)) * dy, {}


@dataclass(frozen=True)
class Mish(Elementwise):
    """y = x t, t = tanh(softplus x)        dx = (t + x (1 - t^2) sigmoid x) dy

    Misra, Mish: A Self Regularized Non-Monotonic Activation Function, 2020.

    >>> Mish().forward({}, np.array([[-1.0, 0.0, 8.0]]))[0].round(4)
    array([[-0.3034,  0.    ,  8.    ]])
    """

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, tuple[Array, Array]]:
        t = np.tanh(softplus(x))
        return x * t, (x, t)

    def backward(self, params: Params, cache: tuple[Array, Array], dy: Array) -> tuple[Array, dict[str, Any]]:
        x, t = cache
        return (t + x * (1 - t * t) * sigmoid(x)) * dy, {}


ACTIVATIONS = (ReLU, LeakyReLU, ELU, SELU, Tanh, Sigmoid, Softplus, GELU, SiLU, Mish)

_GELU_C = math.sqrt(2 / math.pi)
_GELU_A = 0.044715


def sigmoid(x: Array) -> Array:
    """1 / (1 + e^-x), written with tanh so that no exponential can overflow."""
    return 0.5 * (1 + np.tanh(0.5 * x))


def softplus(x: Array) -> Array:
    """log(1 + e^x) = max(x, 0) + log(1 + e^-|x|), where no exponential can overflow."""
    positive = x.real > 0
    return np.where(positive, x, 0) + np.log1p(np.exp(np.where(positive, -x, x)))


def _expm1_below_0(x: Array) -> Array:
    """e^x - 1 where x < 0, else 0, so that no exponential overflows."""
    decay: Array = np.expm1(np.where(x.real > 0, 0, x))
    return decay
