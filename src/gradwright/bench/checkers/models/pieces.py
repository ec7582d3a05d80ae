"""What the models written by themselves share: activations, softmax cross-entropy, random starting values.

Comparisons look at the real part, so that each formula carries complex numbers through.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from gradwright.bench.checkers.model import Point
from gradwright.check.points import Array


def sigmoid(z: Array) -> Array:
    """1 / (1 + exp(-z)), by way of tanh, which does not overflow."""
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * z))


def slope(activation: str, z: Array) -> Array:
    """The derivative of tanh or sigmoid at its input z."""
    if activation == "tanh":
        return np.asarray(1 - np.tanh(z) ** 2)
    s = sigmoid(z)
    return np.asarray(s * (1 - s))


def softmax(logits: Array, axis: int = -1) -> Array:
    shifted = np.exp(logits - logits.real.max(axis=axis, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=axis, keepdims=True))


def cross_entropy(logits: Array, labels: Array) -> Any:
    """The mean of -log p of the right class        logits (m, c), labels (m,)"""
    shifted = logits - logits.real.max(axis=1, keepdims=True)
    log_sums = np.log(np.exp(shifted).sum(axis=1))
    return (log_sums - shifted[np.arange(len(labels)), labels]).mean()


def cross_entropy_slope(logits: Array, labels: Array) -> Array:
    """The derivative of ``cross_entropy`` by the logits: (p - y) / m."""
    return (softmax(logits) - one_hot(labels, logits)) / len(labels)


def one_hot(labels: Array, logits: Array) -> Array:
    return np.eye(logits.shape[1], dtype=logits.dtype)[labels]


def normal(rng: np.random.Generator, dtype: DTypeLike, **shapes: tuple[int, ...]) -> Point:
    """Random arrays by name; a matrix is scaled by the root of its rows, so that signals keep their size."""
    return {
        name: (rng.standard_normal(shape) / (np.sqrt(shape[-2]) if len(shape) > 1 else 2)).astype(dtype)
        for name, shape in shapes.items()
    }
