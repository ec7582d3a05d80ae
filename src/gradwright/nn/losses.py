"""Losses: means over the examples of a batch, each with the gradient of exactly the value it reports.

``weights`` (N,) say how much each example counts: the mean is then sum_n w_n l_n / sum_n w_n, and 0 where all
weights are 0. Where a mean is over all entries of (N, k), an example's loss l_n is the mean over its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from gradwright.errors import DataError, ShapeError
from gradwright.fields import Fraction, NonNegative, OpenFraction, Positive, check_fields
from gradwright.nn.activations import sigmoid, softplus
from gradwright.nn.layer import Array, Scalar


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
            _check_labels(target, output.shape)
            picked = log_p[np.arange(len(target)), target]
            if self.smoothing:
                picked = (1 - self.smoothing) * picked + self.smoothing * log_p.mean(axis=1)
        else:
            target = self._smoothed(_like(target, output))
            picked = (target * log_p).sum(axis=1)
        return -_mean(picked, weights), (log_p, target, weights)

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
        return p / len(target) if weights is None else p * _shares(p[:, :1], weights)

    def _smoothed(self, target: Array) -> Array:
        if not self.smoothing:
            return target
        smoothed: Array = (1 - self.smoothing) * target + self.smoothing * target.mean(axis=1, keepdims=True)
        return smoothed


@dataclass(frozen=True)
class Focal:
    """l = -1/N sum_n (1 - p_n)^gamma log p_n,  p_n = softmax(logits)_label        logits (N, k) -> l ()

    dlogits = (1 - p_n)^gamma (1 - gamma p_n log p_n / (1 - p_n)) (p - t) / N, t being 1 at the label, else 0.

    Cross-entropy in which rows that are answered rightly already count less (Lin and others, Focal Loss for
    Dense Object Detection, 2017). The least loss is not where p are the true probabilities: it is a loss for
    classes, not for their chances.

    Args:
        gamma: how much less; 0 is cross-entropy.

    Raises ``DataError`` for labels outside 0..k-1, or that are no integers, ``ShapeError`` for logits or
    labels of another shape.

    >>> value, cache = Focal(gamma=1.0).forward(np.zeros((2, 4)), np.array([0, 3]))
    >>> round(float(value), 6)      # 3/4 of ln 4
    1.039721
    """

    gamma: NonNegative = 2.0

    def __post_init__(self) -> None:
        check_fields(self)

    def forward(
        self, output: Array, target: Array, weights: Array | None = None
    ) -> tuple[Scalar, tuple[Array, Array, Array, Array | None]]:
        if not np.issubdtype(target.dtype, np.integer):
            raise DataError(f"Focal: expected integer labels, found {target.dtype}")
        _, (log_p, _, _) = SoftmaxCrossEntropy().forward(output, target)
        picked = log_p[np.arange(len(target)), target]
        rest = -np.expm1(picked)  # 1 - p, to its last digit where p is near 1
        return -_mean(rest**self.gamma * picked, weights), (log_p, rest, target, weights)

    def backward(self, cache: tuple[Array, Array, Array, Array | None]) -> Array:
        log_p, rest, target, weights = cache
        rows = np.arange(len(target))
        safe = np.where(rest > 0, rest, 1)
        quotient = np.where(rest > 0, log_p[rows, target] / safe, -1)  # log p / (1 - p), -1 where p is 1
        factor = rest**self.gamma * (1 - self.gamma * (1 - rest) * quotient)
        p = np.exp(log_p)
        p[rows, target] -= 1
        p *= factor[:, None]
        return p / len(target) if weights is None else p * _shares(p[:, :1], weights)


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
        t = _like(target, output)
        if t.size and not (t.min() >= 0 and t.max() <= 1):
            raise DataError(f"BinaryCrossEntropy: expected targets in 0..1, found {t.min():g} to {t.max():g}")
        return _mean(softplus(output) - t * output, weights), (output, t, weights)

    def backward(self, cache: tuple[Array, Array, Array | None]) -> Array:
        z, t, weights = cache
        return _slope(sigmoid(z) - t, weights)


@dataclass(frozen=True)
class MeanSquaredError:
    """l = mean((y - t)^2)        y (N,) or (N, k) -> l ()

    dy = 2 (y - t) / size, the mean being over all entries.

    Raises ``ShapeError`` where target and output differ in shape.

    >>> value, cache = MeanSquaredError().forward(np.array([1.0, 5.0]), np.array([1.0, 2.0]))
    >>> float(value), MeanSquaredError().backward(cache)
    (4.5, array([0., 3.]))
    """

    def forward(
        self, output: Array, target: Array, weights: Array | None = None
    ) -> tuple[Scalar, tuple[Array, Array | None]]:
        error = output - _like(target, output)
        return _mean(error * error, weights), (error, weights)

    def backward(self, cache: tuple[Array, Array | None]) -> Array:
        error, weights = cache
        return _slope(2 * error, weights)


@dataclass(frozen=True)
class MeanAbsoluteError:
    """l = mean(|y - t|)        y (N,) or (N, k) -> l ()

    dy = sign(y - t) / size, 0 at 0, the mean being over all entries. The best constant answer is the median.

    Raises ``ShapeError`` where target and output differ in shape.

    >>> value, cache = MeanAbsoluteError().forward(np.array([1.0, 5.0]), np.array([1.0, 2.0]))
    >>> float(value), MeanAbsoluteError().backward(cache)
    (1.5, array([0. , 0.5]))
    """

    def forward(
        self, output: Array, target: Array, weights: Array | None = None
    ) -> tuple[Scalar, tuple[Array, Array | None]]:
        error = output - _like(target, output)
        sign = np.sign(error.real)
        return _mean(sign * error, weights), (sign, weights)

    def backward(self, cache: tuple[Array, Array | None]) -> Array:
        sign, weights = cache
        return _slope(sign, weights)


@dataclass(frozen=True)
class Quantile:
    """l = mean(r(y - t)),  r(e) = (1 - q) e if e > 0 else -q e        y (N,) or (N, k) -> l ()

    dy = (1 - q) / size where y > t, -q / size where y < t, 0 at 0.

    Also called the pinball loss: the best answer is the number that the target exceeds with probability
    1 - q (Koenker and Bassett, Regression Quantiles, Econometrica 46, 1978). At q = 1/2 it is half the
    absolute error.

    Args:
        q: the quantile that is asked for; 0.9 finds what nine targets of ten stay below.

    Raises ``ShapeError`` where target and output differ in shape.

    >>> value, cache = Quantile(0.75).forward(np.array([1.0, 5.0]), np.array([3.0, 2.0]))
    >>> float(value), Quantile(0.75).backward(cache)
    (1.125, array([-0.375,  0.125]))
    """

    q: OpenFraction = 0.5

    def __post_init__(self) -> None:
        check_fields(self)

    def forward(
        self, output: Array, target: Array, weights: Array | None = None
    ) -> tuple[Scalar, tuple[Array, Array | None]]:
        error = output - _like(target, output)
        sign = np.sign(error.real)
        slope = np.where(sign < 0, self.q * sign, (1 - self.q) * sign)
        return _mean(slope * error, weights), (slope, weights)

    def backward(self, cache: tuple[Array, Array | None]) -> Array:
        slope, weights = cache
        return _slope(slope, weights)


@dataclass(frozen=True)
class Poisson:
    """l = mean(e^z - t z)        the logarithms z of rates (N,) or (N, k) -> l ()

    dz = (e^z - t) / size. Minus the log-likelihood of counts t >= 0, but for log t!, which no z changes: the
    network tells the logarithm of the rate (McCullagh and Nelder, Generalized Linear Models, 1989, ch. 6).

    Raises ``ShapeError`` where target and output differ in shape, ``DataError`` for a target below 0.

    >>> value, cache = Poisson().forward(np.array([0.0, np.log(3.0)]), np.array([1.0, 2.0]))
    >>> round(float(value), 6), Poisson().backward(cache).round(6)
    (0.901388, array([0. , 0.5]))
    """

    def forward(
        self, output: Array, target: Array, weights: Array | None = None
    ) -> tuple[Scalar, tuple[Array, Array, Array | None]]:
        t = _like(target, output)
        if t.size and not t.min() >= 0:
            raise DataError(f"Poisson: expected targets >= 0, found {t.min():g}")
        rate = np.exp(output)
        return _mean(rate - t * output, weights), (rate, t, weights)

    def backward(self, cache: tuple[Array, Array, Array | None]) -> Array:
        rate, t, weights = cache
        return _slope(rate - t, weights)


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

    def forward(
        self, output: Array, target: Array, weights: Array | None = None
    ) -> tuple[Scalar, tuple[Array, Array | None]]:
        e = output - _like(target, output)
        clipped = np.clip(e, -self.delta, self.delta)
        h = clipped * (e - 0.5 * clipped)  # and no square of a far e
        return _mean(h, weights), (clipped, weights)

    def backward(self, cache: tuple[Array, Array | None]) -> Array:
        clipped, weights = cache
        return _slope(clipped, weights)


OfClasses: TypeAlias = SoftmaxCrossEntropy | Focal  # an output for each class, of which the largest answers
Classifying: TypeAlias = OfClasses | BinaryCrossEntropy  # answers that are right or wrong

LOSSES = (
    SoftmaxCrossEntropy,
    Focal,
    BinaryCrossEntropy,
    MeanSquaredError,
    MeanAbsoluteError,
    Huber,
    Quantile,
    Poisson,
)


def _mean(entries: Array, weights: Array | None) -> Scalar:
    """The mean over all entries (N,) or (N, k), each row as its weight says."""
    return entries.mean() if weights is None else (_shares(entries, weights) * entries).sum()


def _slope(slopes: Array, weights: Array | None) -> Array:
    """The derivative of ``_mean`` from those of its entries."""
    return slopes / slopes.size if weights is None else _shares(slopes, weights) * slopes


def _shares(entries: Array, weights: Array) -> Array:
    """What an entry of each row counts in the mean: w_n / (k sum w), of shape (N,) or (N, 1)."""
    if weights.shape != (len(entries),):
        raise ShapeError(f"weights: expected the shape ({len(entries)},), found {weights.shape}")
    total = weights.sum() * (entries.size // len(entries))
    shares = weights / total if total > 0 else np.zeros_like(weights)
    return shares.reshape(-1, *(1,) * (entries.ndim - 1))


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
