"""Losses: means over the examples of a batch, each with the gradient of exactly the value it reports."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradwright.errors import DataError, ShapeError
from gradwright.fields import Positive, check_fields
from gradwright.nn.activations import sigmoid, softplus
from gradwright.nn.layer import Array, Scalar


@dataclass(frozen=True)
class SoftmaxCrossEntropy:
    """l = -1/N sum_n sum_k t_nk log p_nk,  p = softmax(logits)        logits (N, k) -> l ()

    dlogits = (p sum_k t_nk - t) / N, which is (p - t) / N for labels and probabilities.

    ``target`` holds integer labels (N,), or probabilities (N, k). Each row is shifted by its own maximum,
    so no exponential overflows and a far row does not disturb its neighbours.

    Raises ``DataError`` for labels outside 0..k-1, ``ShapeError`` for logits or a target of another shape.

    >>> value, cache = SoftmaxCrossEntropy().forward(np.zeros((2, 4)), np.array([0, 3]))
    >>> round(float(value), 6)      # no knowledge costs ln 4
    1.386294
    """

    def forward(self, output: Array, target: Array) -> tuple[Scalar, tuple[Array, Array]]:
        if output.ndim != 2:
            raise ShapeError(f"logits: expected the shape (N, k), found {output.shape}")
        shifted = output - output.real.max(axis=1, keepdims=True)
        log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        if np.issubdtype(target.dtype, np.integer):
            _check_labels(target, output.shape)
            picked = log_p[np.arange(len(target)), target]
        else:
            target = _like(target, output)
            picked = (target * log_p).sum(axis=1)
        return -picked.mean(), (log_p, target)

    def backward(self, cache: tuple[Array, Array]) -> Array:
        log_p, target = cache
        p = np.exp(log_p)
        if np.issubdtype(target.dtype, np.integer):
            p[np.arange(len(target)), target] -= 1
        else:
            p = p * target.sum(axis=1, keepdims=True) - target
        return p / len(target)


@dataclass(frozen=True)
class BinaryCrossEntropy:
    """l = mean(softplus(z) - t z)        logits z (N,) or (N, k) -> l ()

    The mean over all entries of -t log s - (1 - t) log(1 - s), s = sigmoid(z), without a logarithm of 0.
    dz = (s - t) / size. ``target`` holds 0, 1, or probabilities.

    Raises ``ShapeError`` where target and logits differ in shape, ``DataError`` outside 0..1.

    >>> value, cache = BinaryCrossEntropy().forward(np.zeros(2), np.array([0.0, 1.0]))
    >>> round(float(value), 6)      # no knowledge costs ln 2
    0.693147
    """

    def forward(self, output: Array, target: Array) -> tuple[Scalar, tuple[Array, Array]]:
        t = _like(target, output)
        if t.size and not (t.min() >= 0 and t.max() <= 1):
            raise DataError(f"BinaryCrossEntropy: expected targets in 0..1, found {t.min():g} to {t.max():g}")
        return (softplus(output) - t * output).mean(), (output, t)

    def backward(self, cache: tuple[Array, Array]) -> Array:
        z, t = cache
        return (sigmoid(z) - t) / z.size


@dataclass(frozen=True)
class MeanSquaredError:
    """l = mean((y - t)^2)        y (N,) or (N, k) -> l ()

    dy = 2 (y - t) / size, the mean being over all entries.

    Raises ``ShapeError`` where target and output differ in shape.

    >>> value, cache = MeanSquaredError().forward(np.array([1.0, 5.0]), np.array([1.0, 2.0]))
    >>> float(value), MeanSquaredError().backward(cache)
    (4.5, array([0., 3.]))
    """

    def forward(self, output: Array, target: Array) -> tuple[Scalar, Array]:
        error = output - _like(target, output)
        return (error * error).mean(), error

    def backward(self, error: Array) -> Array:
        return 2 * error / error.size


@dataclass(frozen=True)
class Huber:
    """l = mean(h(y - t)),  h(e) = e^2 / 2 if |e| <= delta else delta (|e| - delta / 2)

    dy = clip(y - t, -delta, delta) / size        y (N,) or (N, k) -> l ()

    Quadratic near 0, linear beyond delta (Huber, 1964), the mean being over all entries.

    Args:
        delta: the error beyond which the loss is linear, in units of the target.

    >>> value, cache = Huber().forward(np.array([0.5, 9.0]), np.zeros(2))
    >>> float(value), Huber().backward(cache)
    (4.3125, array([0.25, 0.5 ]))
    """

    delta: Positive = 1.0

    def __post_init__(self) -> None:
        check_fields(self)

    def forward(self, output: Array, target: Array) -> tuple[Scalar, Array]:
        e = output - _like(target, output)
        clipped = np.clip(e, -self.delta, self.delta)
        return (clipped * (e - 0.5 * clipped)).mean(), clipped  # h(e), and no square of a far e

    def backward(self, clipped: Array) -> Array:
        return clipped / clipped.size


LOSSES = (SoftmaxCrossEntropy, BinaryCrossEntropy, MeanSquaredError, Huber)


def _check_labels(labels: Array, shape: tuple[int, ...]) -> None:
    count, classes = shape
    if labels.shape != (count,):
        raise ShapeError(f"labels: expected the shape ({count},), found {labels.shape}")
    if count and (labels.min() < 0 or labels.max() >= classes):
        raise DataError(f"labels: expected 0..{classes - 1}, found {labels.min()} to {labels.max()}")


def _like(target: Array, output: Array) -> Array:
    """``target`` in the dtype and shape of ``output``; a column and a vector of N entries may meet."""
    if target.size == output.size and output.shape in ((target.size,), (target.size, 1)):
        target = target.reshape(output.shape)
    if target.shape != output.shape:
        raise ShapeError(f"target: expected the shape {output.shape}, found {target.shape}")
    return target.astype(output.real.dtype, copy=False)
