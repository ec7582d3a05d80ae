"""The softmax loss of a linear classifier, in loops, with a penalty."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_gradient

TEXT = """
import numpy as np


def softmax_loss_naive(W, X, y, reg):
    loss = 0.0
    dW = np.zeros_like(W)
    num_train = X.shape[0]
    num_classes = W.shape[1]
    for i in range(num_train):
        scores = X[i].dot(W)
        scores = scores - np.max(scores)
        p = np.exp(scores) / np.sum(np.exp(scores))
        loss += -np.log(p[y[i]])
        for j in range(num_classes):
            dW[:, j] += (p[j] - (j == y[i])) * X[i]
    loss /= num_train
    dW /= num_train
    loss += reg * np.sum(W * W)
    dW += 2 * reg * W
    return loss, dW
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    W, X, y = rng.standard_normal((6, 4)), rng.standard_normal((10, 6)), rng.integers(4, size=10)
    return check_gradient(value_and_grad=code.softmax_loss_naive, x=(W, X, y, 0.05), wrt="W")


FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the last sample alone",
            "dW[:, j] += (p[j]",
            "dW[:, j] = (p[j]",
            "W",
            "OVERWRITTEN",
            "PART_MISSING",
        ),
        fault("not divided by the number of samples", "    dW /= num_train\n", "", "W", "MISSING_MEAN"),
        fault("L2 without its 2", "dW += 2 * reg * W", "dW += reg * W", "W", "L2_HALVED"),
        fault(
            "L2 before the division",
            "    dW /= num_train\n    loss += reg * np.sum(W * W)\n    dW += 2 * reg * W\n",
            "    dW += 2 * reg * W\n    dW /= num_train\n    loss += reg * np.sum(W * W)\n",
            "W",
            "LIKE_L2",
        ),
        fault(
            "the label not subtracted",
            "(p[j] - (j == y[i]))",
            "p[j]",
            "W",
            "RIGHT_CLASS",
            "OTHER_TARGET",
            "OTHER_LOSS",
        ),
        fault(
            "the label subtracted from every class",
            "(p[j] - (j == y[i]))",
            "(p[j] - 1)",
            "W",
            "OTHER_TARGET",
            "OTHER_LOSS",
            "OTHER_ACTIVATION",
        ),
        fault(
            "the label's class left out",
            "            dW[:, j] += (p[j] - (j == y[i])) * X[i]",
            "            if j == y[i]:\n                continue\n            dW[:, j] += p[j] * X[i]",
            "W",
            "RIGHT_CLASS",
            "PART_MISSING",
            "OTHER_LOSS",
        ),
        fault(
            "squares in place of probabilities",
            "(p[j] - (j == y[i]))",
            "(p[j] - (j == y[i])) * p[j]",
            "W",
            "OTHER_LOSS",
            "ACTIVATION_TWICE",
        ),
        fault(
            "the sample before",
            "(j == y[i])) * X[i]",
            "(j == y[i])) * X[i - 1]",
            "W",
            "ROWS_MIXED",
            "OFF_BY_ONE",
        ),
    ),
)
