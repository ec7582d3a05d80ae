"""The focal loss: cross-entropy in which what is answered rightly already counts less."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradwright.errors import DataError
from gradwright.fields import NonNegative, check_fields
from gradwright.nn.cross_entropy import SoftmaxCrossEntropy
from gradwright.nn.layer import Array, Scalar
from gradwright.nn.loss_means import mean, slope_by_rows


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
        return -mean(rest**self.gamma * picked, weights), (log_p, rest, target, weights)

    def backward(self, cache: tuple[Array, Array, Array, Array | None]) -> Array:
        log_p, rest, target, weights = cache
        rows = np.arange(len(target))
        safe = np.where(rest > 0, rest, 1)
        quotient = np.where(rest > 0, log_p[rows, target] / safe, -1)  # log p / (1 - p), -1 where p is 1
        factor = rest**self.gamma * (1 - self.gamma * (1 - rest) * quotient)
        p = np.exp(log_p)
        p[rows, target] -= 1
        p *= factor[:, None]
        return slope_by_rows(p, weights)
