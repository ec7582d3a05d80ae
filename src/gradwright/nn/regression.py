"""Losses of numbers: of errors, squared, absolute, Huber's and a quantile's; and of counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradwright.errors import DataError
from gradwright.fields import OpenFraction, Positive, check_fields
from gradwright.nn.layer import Array, Scalar
from gradwright.nn.loss_means import like, mean, slope


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
        error = output - like(target, output)
        return mean(error * error, weights), (error, weights)

    def backward(self, cache: tuple[Array, Array | None]) -> Array:
        error, weights = cache
        return slope(2 * error, weights)


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
        error = output - like(target, output)
        sign = np.sign(error.real)
        return mean(sign * error, weights), (sign, weights)

    def backward(self, cache: tuple[Array, Array | None]) -> Array:
        sign, weights = cache
        return slope(sign, weights)


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
        e = output - like(target, output)
        clipped = np.clip(e, -self.delta, self.delta)
        h = clipped * (e - 0.5 * clipped)  # and no square of a far e
        return mean(h, weights), (clipped, weights)

    def backward(self, cache: tuple[Array, Array | None]) -> Array:
        clipped, weights = cache
        return slope(clipped, weights)


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
        error = output - like(target, output)
        sign = np.sign(error.real)
        pull = np.where(sign < 0, self.q * sign, (1 - self.q) * sign)
        return mean(pull * error, weights), (pull, weights)

    def backward(self, cache: tuple[Array, Array | None]) -> Array:
        pull, weights = cache
        return slope(pull, weights)


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
        t = like(target, output)
        if t.size and not t.min() >= 0:
            raise DataError(f"Poisson: expected targets >= 0, found {t.min():g}")
        rate = np.exp(output)
        return mean(rate - t * output, weights), (rate, t, weights)

    def backward(self, cache: tuple[Array, Array, Array | None]) -> Array:
        rate, t, weights = cache
        return slope(rate - t, weights)
