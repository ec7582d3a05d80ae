"""The multiclass hinge loss of a linear classifier, vectorised, with a penalty."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_gradient

TEXT = """
import numpy as np


def svm_loss_vectorized(W, X, y, reg):
    N = X.shape[0]
    scores = X.dot(W)
    correct = scores[np.arange(N), y].reshape(N, 1)
    margins = np.maximum(0, scores - correct + 1.0)
    margins[np.arange(N), y] = 0
    loss = margins.sum() / N + reg * np.sum(W ** 2)

    binary = (margins > 0).astype(W.dtype)
    row_sum = np.sum(binary, axis=1)
    binary[np.arange(N), y] -= row_sum
    dW = X.T.dot(binary) / N
    dW = dW + reg * 2 * W
    return loss, dW
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    W, X, y = rng.standard_normal((5, 4)), rng.standard_normal((13, 5)), rng.integers(4, size=13)
    return check_gradient(value_and_grad=code.svm_loss_vectorized, x=(W, X, y, 0.02), wrt="W", seed=1)


FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the right class left out",
            "    binary[np.arange(N), y] -= row_sum\n",
            "",
            "W",
            "RIGHT_CLASS",
            "PART_MISSING",
        ),
        fault(
            "the right class counted once",
            "binary[np.arange(N), y] -= row_sum",
            "binary[np.arange(N), y] -= 1",
            "W",
            "FACTOR_DROPPED",
            "RIGHT_CLASS",
            "PART_MISSING",
            "OTHER_LOSS",
        ),
        fault(
            "margins in place of their signs",
            "binary = (margins > 0).astype(W.dtype)",
            "binary = margins.copy()",
            "W",
            "ACTIVATION_MISSING",
            "MASK_MISSING",
            "OTHER_ACTIVATION",
            "OTHER_LOSS",
        ),
        fault(
            "every class counts",
            "binary = (margins > 0).astype(W.dtype)",
            "binary = np.ones_like(margins)\n    binary[np.arange(N), y] = 0",
            "W",
            "NO_INDICATOR",
            "ACTIVATION_MISSING",
            "MASK_MISSING",
        ),
        fault("the penalty without its 2", "reg * 2 * W", "reg * W", "W", "L2_HALVED"),
        fault("not divided by N", "X.T.dot(binary) / N", "X.T.dot(binary)", "W", "MISSING_MEAN"),
        fault(
            "the sign of the right class",
            "binary[np.arange(N), y] -= row_sum",
            "binary[np.arange(N), y] += row_sum",
            "W",
            "RIGHT_CLASS",
            "SIGN",
            "FACTOR_INSIDE",
        ),
        fault(
            "summed over the samples",
            "row_sum = np.sum(binary, axis=1)",
            "row_sum = np.sum(binary, axis=0)[y]",
            "W",
            "OTHER_AXIS",
        ),
    ),
)
