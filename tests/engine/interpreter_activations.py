"""The activations of a plan, by their numbers, and their derivatives; each works on complex input too."""

from __future__ import annotations

import math

import numpy as np

from gradwright.engine.vocabulary import Activation
from gradwright.nn.layer import Array

SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
GELU_C, GELU_A = math.sqrt(2 / math.pi), 0.044715


def activate(activation: Activation, slope: float, z: Array) -> Array:
    """y = f(z), entry by entry.

    >>> activate(Activation.LEAKY_RELU, 0.5, np.array([-2.0, 3.0]))
    array([-1.,  3.])
    """
    match activation:
        case Activation.NONE:
            return z
        case Activation.RELU:
            return np.where(z.real <= 0, 0, z)  # NaN stays NaN
        case Activation.LEAKY_RELU:
            return np.where(z.real <= 0, slope * z, z)
        case Activation.ELU:
            return np.where(z.real > 0, z, slope * _exponential(z) - slope)
        case Activation.SELU:
            return SELU_SCALE * np.where(z.real > 0, z, SELU_ALPHA * (_exponential(z) - 1))
        case Activation.TANH:
            return np.tanh(z)
        case Activation.SIGMOID:
            return sigmoid(z)
        case Activation.SOFTPLUS:
            return softplus(z)
        case Activation.GELU:
            return _gelu(z)
        case Activation.SILU:
            return z * sigmoid(z)
        case Activation.MISH:
            return z * np.tanh(softplus(z))


def derivative(activation: Activation, slope: float, known: Array) -> Array:
    """f'(z) from y = f(z) alone; from z where the output does not tell it.

    >>> derivative(Activation.TANH, 0.0, np.array([0.5]))
    array([0.75])
    """
    f: Array = np.ones_like(known)
    match activation:
        case Activation.RELU:
            f = np.where(known.real > 0, f, 0)
        case Activation.LEAKY_RELU:
            f = np.where(known.real > 0, f, slope)
        case Activation.ELU:
            f = np.where(known.real > 0, f, known + slope)
        case Activation.SELU:
            f = SELU_SCALE * np.where(known.real > 0, f, known / SELU_SCALE + SELU_ALPHA)
        case Activation.TANH:
            f = 1 - known * known
        case Activation.SIGMOID:
            f = known * (1 - known)
        case Activation.SOFTPLUS:
            f = sigmoid(known)
        case Activation.GELU:
            f = _gelu_derivative(known)
        case Activation.SILU:
            f = sigmoid(known) + known * sigmoid(known) * (1 - sigmoid(known))
        case Activation.MISH:
            t = np.tanh(softplus(known))
            f = t + known * (1 - t) * (1 + t) * sigmoid(known)
    return f


def sigmoid(z: Array) -> Array:
    """1 / (1 + e^-z), without an exponential that could overflow."""
    return 0.5 * (1 + np.tanh(0.5 * z))


def softplus(z: Array) -> Array:
    """log(1 + e^z) = max(z, 0) + log(1 + e^-|z|)"""
    magnitude = np.where(z.real < 0, -z, z)
    return 0.5 * (z + magnitude) + np.log1p(np.exp(-magnitude))


def _exponential(z: Array) -> Array:
    """e^z for z up to 0, and 1 beyond, where nobody asks."""
    return np.exp(np.where(z.real > 0, 0, z))


def _gelu(z: Array) -> Array:
    """z/2 (1 + t),  t = tanh(c (z + a z^3))"""
    y: Array = 0.5 * z * (1 + np.tanh(GELU_C * (z + GELU_A * z * z * z)))
    return y


def _gelu_derivative(z: Array) -> Array:
    """(1 + t)/2 + z/2 (1 - t^2) c (1 + 3 a z^2)"""
    t = np.tanh(GELU_C * (z + GELU_A * z * z * z))
    derivative: Array = 0.5 * (1 + t) + 0.5 * z * (1 - t * t) * GELU_C * (1 + 3 * GELU_A * z * z)
    return derivative
