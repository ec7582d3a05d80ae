"""Activations and their derivatives, as functions of the input and, where it is written so, of the output."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np

from gradwright.check.points import Array

Function: TypeAlias = Callable[[Array], Array]

SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
GELU = math.sqrt(2 / math.pi), 0.044715


class Curve(NamedTuple):
    """s(z) and s'(z); ``of_value`` is s' as a function of h = s(z), where it is written so."""

    value: Function
    slope: Function
    of_value: Function | None = None


def sigmoid(z: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-z)))


def normal_density(z: Array) -> Array:
    return np.asarray(np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi))


def normal_probability(z: Array) -> Array:
    return np.asarray(np.vectorize(lambda t: 0.5 * (1 + math.erf(t / math.sqrt(2))), otypes=[float])(z))


def _gelu_slope(z: Array) -> Array:
    return np.asarray(normal_probability(z) + z * normal_density(z))


def _gelu_tanh(z: Array) -> Array:
    return np.asarray(np.tanh(GELU[0] * (z + GELU[1] * z**3)))


def _gelu_tanh_slope(z: Array) -> Array:
    t = _gelu_tanh(z)
    return np.asarray((1 + t) / 2 + z / 2 * (1 - t**2) * GELU[0] * (1 + 3 * GELU[1] * z**2))


def _elu(z: Array) -> Array:
    return np.where(z > 0, z, np.expm1(np.minimum(z, 0)))


def _selu_slope(z: Array) -> Array:
    return SELU_SCALE * np.where(z > 0, 1, SELU_ALPHA * np.exp(np.minimum(z, 0)))


SMOOTH: dict[str, Curve] = {
    "sigmoid": Curve(sigmoid, lambda z: sigmoid(z) * (1 - sigmoid(z)), lambda h: h * (1 - h)),
    "tanh": Curve(np.tanh, lambda z: 1 - np.tanh(z) ** 2, lambda h: 1 - h**2),
    "softplus": Curve(lambda z: np.logaddexp(0, z), sigmoid, lambda h: 1 - np.exp(-h)),
    "silu": Curve(lambda z: z * sigmoid(z), lambda z: sigmoid(z) * (1 + z * (1 - sigmoid(z)))),
    "gelu": Curve(lambda z: z * normal_probability(z), _gelu_slope),
    "gelu (tanh)": Curve(lambda z: z / 2 * (1 + _gelu_tanh(z)), _gelu_tanh_slope),
    "elu": Curve(_elu, lambda z: np.exp(np.minimum(z, 0)), lambda h: np.where(h > 0, 1, h + 1)),
    "selu": Curve(
        lambda z: SELU_SCALE * np.where(z > 0, z, SELU_ALPHA * np.expm1(np.minimum(z, 0))), _selu_slope
    ),
    "softsign": Curve(
        lambda z: z / (1 + np.abs(z)), lambda z: 1 / (1 + np.abs(z)) ** 2, lambda h: (1 - np.abs(h)) ** 2
    ),
    "arctan": Curve(np.arctan, lambda z: 1 / (1 + z**2), lambda h: 1 / (1 + np.tan(h) ** 2)),
    "exp": Curve(np.exp, np.exp, lambda h: h),
    "sin": Curve(np.sin, np.cos),
    "square": Curve(np.square, lambda z: 2 * z),
}


def leaky(leak: float) -> Curve:
    """max(z, leak z), relu for a leak of 0."""
    return Curve(lambda z: np.where(z > 0, z, leak * z), lambda z: np.where(z > 0, 1.0, leak))
