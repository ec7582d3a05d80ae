"""The hinge loss of several classes: the scores of a support vector machine, which are no probabilities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradwright.errors import DataError, ShapeError
from gradwright.fields import check_fields
from gradwright.nn.cross_entropy import check_labels
from gradwright.nn.layer import Array, Scalar
from gradwright.nn.loss_means import mean, slope_by_rows


@dataclass(frozen=True)
class Hinge:
    """l = 1/N sum_n h_n,  h_n = max(0, 1 + max_{k != label} z_nk - z_n,label)        scores (N, k) -> l ()

    dz_n = (1 at the rival, -1 at the label) / N where h_n > 0, else 0; the rival is the first of the highest
    among the other classes. With ``squared`` the mean is that of h_n^2, and dz_n is 2 h_n times as much.

    The label's score is asked to lead all others by 1, and a row in which it does costs nothing: what the
    scores are worth beyond their order is not learned, so there are no probabilities (Crammer and Singer, On
    the Algorithmic Implementation of Multiclass Kernel-based Vector Machines, JMLR 2, 2001).

    Args:
        squared: whether what is missing to the lead is squared.

    Raises ``DataError`` for labels outside 0..k-1, or that are no integers, ``ShapeError`` for scores or
    labels of another shape.

    >>> value, cache = Hinge().forward(np.array([[2.0, 1.5, 0.0], [0.0, 3.0, 1.0]]), np.array([0, 1]))
    >>> float(value), Hinge().backward(cache)[0]        # the first row leads by 0.5 alone
    (0.25, array([-0.5,  0.5,  0. ]))
    """

    squared: bool = False

    def __post_init__(self) -> None:
        check_fields(self)

    def forward(
        self, output: Array, target: Array, weights: Array | None = None
    ) -> tuple[Scalar, tuple[Array, Array, Array | None]]:
        if output.ndim != 2:
            raise ShapeError(f"scores: expected the shape (N, k), found {output.shape}")
        if not np.issubdtype(target.dtype, np.integer):
            raise DataError(f"Hinge: expected integer labels, found {target.dtype}")
        check_labels(target, output.shape)
        rows = np.arange(len(target))
        others = output.copy()
        others[rows, target] = -np.inf
        rival = others.real.argmax(axis=1)
        lead = 1 + others[rows, rival] - output[rows, target]
        missing = np.where(lead.real <= 0, 0, lead)
        value = mean(missing * missing if self.squared else missing, weights)
        signs = np.zeros(output.shape, output.real.dtype)
        signs[rows, rival] = 1
        signs[rows, target] = -1
        return value, (missing, signs, weights)

    def backward(self, cache: tuple[Array, Array, Array | None]) -> Array:
        missing, signs, weights = cache
        slope = 2 * missing if self.squared else (missing > 0).astype(signs.dtype)
        dz = slope[:, None] * signs
        return slope_by_rows(dz, weights)
