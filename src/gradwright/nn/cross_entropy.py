"""Cross-entropies: classes of which one is right, and answers of yes and no."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradwright.errors import DataError, ShapeError
from gradwright.fields import Fraction, check_fields
from gradwright.nn.activations import sigmoid, softplus
from gradwright.nn.layer import Array, Scalar
from gradwright.nn.loss_means import like, mean, slope, slope_by_rows


@dataclass(frozen=True)
class SoftmaxCrossEntropy:
    """l = -1/N sum_n sum_k t_nk log p_nk,  p = softmax(logits)        logits (N, k) -> l ()

    dlogits = (p sum_k t_nk - t) / N, which is (p - t) / N for labels and probabilities.

    ``target`` holds integer labels (N,), or probabilities (N, k). Each row is shifted by its own maximum,
    so no exponential overflows and a far row does not disturb its neighbours. With ``smoothing`` t is taken
    as (1 - smoothing) t + smoothing sum_k t_nk / k, in the value and in the gradient (Szegedy and others,
    Rethinking the Inception Architecture, 2016).

    Args:
        smoothing: the share of each target that is spread over all classes alike.

    Raises ``DataError`` for labels outside 0..k-1, ``ShapeError`` for logits or a target of another shape.

    >>> value, cache = SoftmaxCrossEntropy().forward(np.zeros((2, 4)), np.array([0, 3]))
    >>> round(float(value), 6)      # no knowledge costs ln 4
    1.386294
    """

    smoothing: Fraction = 0.0

    def __post_init__(self) -> None:
        check_fields(self)

    def forward(
        self, output: Array, target: Array, weights: Array | None = None
    ) -> tuple[Scalar, tuple[Array, Array, Array | None]]:
        if output.ndim != 2:
            raise ShapeError(f"logits: expected the shape (N, k), found {output.shape}")
        shifted = output - output.real.max(axis=1, keepdims=True)
        log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        if np.issubdtype(target.dtype, np.integer):
            check_labels(target, output.shape)
            picked = log_p[np.arange(len(target)), target]
            if self.smoothing:
                picked = (1 - self.smoothing) * picked + self.smoothing * log_p.mean(axis=1)
        else:
            target = self._smoothed(like(target, output))
            picked = (target * log_p).sum(axis=1)
        return -mean(picked, weights), (log_p, target, weights)

    def backward(self, cache: tuple[Array, Array, Array | None]) -> Array:
        log_p, target, weights = cache
        p = np.exp(log_p)
        if np.issubdtype(target.dtype, np.integer):
            p[np.arange(len(target)), target] -= 1
            if self.smoothing:  # of a single class nothing is left, not even rounding
                p[np.arange(len(target)), target] += self.smoothing
                p -= self.smoothing / p.shape[1]
        else:
            p = p * target.sum(axis=1, keepdims=True) - target
        return slope_by_rows(p, weights)

    def _smoothed(self, target: Array) -> Array:
        if not self.smoothing:
            return target
        smoothed: Array = (1 - self.smoothing) * target + self.smoothing * target.mean(axis=1, keepdims=True)
        return smoothed


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

    def forward(
        self, output: Array, target: Array, weights: Array | None = None
    ) -> tuple[Scalar, tuple[Array, Array, Array | None]]:
        t = like(target, output)
        if t.size and not (t.min() >= 0 and t.max() <= 1):
            raise DataError(f"BinaryCrossEntropy: expected targets in 0..1, found {t.min():g} to {t.max():g}")
        return mean(softplus(output) - t * output, weights), (output, t, weights)

    def backward(self, cache: tuple[Array, Array, Array | None]) -> Array:
        z, t, weights = cache
        return slope(sigmoid(z) - t, weights)


def check_labels(labels: Array, shape: tuple[int, ...]) -> None:
    count, classes = shape
    if labels.shape != (count,):
        raise ShapeError(f"labels: expected the shape ({count},), found {labels.shape}")
    if count and (labels.min() < 0 or labels.max() >= classes):
        raise DataError(f"labels: expected 0..{classes - 1}, found {labels.min()} to {labels.max()}")
