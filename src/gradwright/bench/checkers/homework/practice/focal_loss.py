"""The binary focal loss of logits, with gamma 2."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault, slip
from gradwright.check import check_gradient

TEXT = """
import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def focal_loss(logits, targets, gamma=2.0):
    sign = 2 * targets - 1
    pt = sigmoid(sign * logits)
    return np.mean(-(1 - pt) ** gamma * np.log(pt))


def focal_loss_grad(logits, targets, gamma=2.0):
    sign = 2 * targets - 1
    pt = sigmoid(sign * logits)
    dpt = gamma * (1 - pt) ** (gamma - 1) * np.log(pt) - (1 - pt) ** gamma / pt
    dlogits = dpt * pt * (1 - pt) * sign
    return dlogits / logits.size
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    logits, targets = 1.5 * rng.standard_normal((4, 5)), rng.integers(2, size=(4, 5))
    return check_gradient(
        lambda z: code.focal_loss(z, targets),
        lambda z: code.focal_loss_grad(z, targets),
        logits,
        names="logits",
    )


FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the modulating factor held constant",
            "gamma * (1 - pt) ** (gamma - 1) * np.log(pt) - (1 - pt) ** gamma / pt",
            "-(1 - pt) ** gamma / pt",
            "logits",
            "PART_MISSING",
            "BRANCH_DROPPED",
        ),
        fault(
            "the logarithm held constant",
            " - (1 - pt) ** gamma / pt",
            "",
            "logits",
            "PART_MISSING",
            "BRANCH_DROPPED",
        ),
        fault(
            "the sigmoid not differentiated",
            "dpt * pt * (1 - pt) * sign",
            "dpt * sign",
            "logits",
            "ACTIVATION_MISSING",
        ),
        fault(
            "the targets' sign forgotten",
            "dpt * pt * (1 - pt) * sign",
            "dpt * pt * (1 - pt)",
            "logits",
            "FACTOR_DROPPED",
        ),
        fault(
            "the sign of the first term",
            "gamma * (1 - pt) ** (gamma - 1) * np.log(pt) -",
            "-gamma * (1 - pt) ** (gamma - 1) * np.log(pt) -",
            "logits",
            "SIGN",
            "FACTOR_INSIDE",
        ),
        fault(
            "gamma forgotten as a factor",
            "dpt = gamma * (1 - pt)",
            "dpt = (1 - pt)",
            "logits",
            "FACTOR_INSIDE",
            "FACTOR_DROPPED",
            "HALF",
        ),
        fault(
            "the gradient of plain cross-entropy",
            "return dlogits / logits.size",
            "return (sigmoid(logits) - targets) / logits.size",
            "logits",
            "OTHER_LOSS",
        ),
        fault(
            "averaged over the rows alone",
            "dlogits / logits.size",
            "dlogits / len(logits)",
            "logits",
            "FACTOR",
            "MISSING_MEAN",
        ),
        slip(
            "another gamma",
            "def focal_loss_grad(logits, targets, gamma=2.0)",
            "def focal_loss_grad(logits, targets, gamma=2.1)",
            "logits",
            "OTHER_LOSS",
        ),
    ),
)
