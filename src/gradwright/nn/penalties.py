"""Penalties: what is added to the loss for large weights. ``mask`` is 1 at weights and 0 at biases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradwright.fields import NonNegative, check_fields
from gradwright.nn.layer import Array, Scalar


@dataclass(frozen=True)
class L2:
    """r = factor sum_j mask_j theta_j^2        dtheta_j = 2 factor mask_j theta_j

    There is no 1/2 in front: where a text adds lambda |W|^2 to the loss, lambda is this factor; where it adds
    lambda W to the gradient, factor = lambda / 2. Biases are left alone.

    Args:
        factor: of the sum of squares.

    >>> theta, mask = np.array([3.0, 4.0]), np.array([1.0, 0.0])
    >>> float(L2(0.1).forward(theta, mask)), L2(0.1).backward(theta, mask).round(2)
    (0.9, array([0.6, 0. ]))
    """

    factor: NonNegative

    def __post_init__(self) -> None:
        check_fields(self)

    def forward(self, theta: Array, mask: Array) -> Scalar:
        return self.factor * (mask * theta * theta).sum()

    def backward(self, theta: Array, mask: Array) -> Array:
        return 2 * self.factor * (mask * theta)


@dataclass(frozen=True)
class L1:
    """r = factor sum_j mask_j |theta_j|        dtheta_j = factor mask_j sign(theta_j), 0 at 0

    Args:
        factor: of the sum of magnitudes.

    >>> theta, mask = np.array([-3.0, 4.0]), np.array([1.0, 0.0])
    >>> float(L1(0.5).forward(theta, mask)), L1(0.5).backward(theta, mask)
    (1.5, array([-0.5,  0. ]))
    """

    factor: NonNegative

    def __post_init__(self) -> None:
        check_fields(self)

    def forward(self, theta: Array, mask: Array) -> Scalar:
        return self.factor * (mask * np.where(theta.real < 0, -theta, theta)).sum()

    def backward(self, theta: Array, mask: Array) -> Array:
        return self.factor * (mask * np.sign(theta))


PENALTIES = (L2, L1)
