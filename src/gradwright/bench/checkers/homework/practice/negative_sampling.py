"""Skip-grams with negative samples: the centre's vector, one word outside, K negative ones, which may repeat."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_gradient

TEXT = """
import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def neg_sampling_loss_and_gradient(centerWordVec, outsideVectors, outsideWordIdx, negSampleWordIndices):
    u_o = outsideVectors[outsideWordIdx]
    u_k = outsideVectors[negSampleWordIndices]
    s_o = sigmoid(u_o @ centerWordVec)
    s_k = sigmoid(-u_k @ centerWordVec)
    loss = -np.log(s_o) - np.sum(np.log(s_k))

    gradCenterVec = (s_o - 1) * u_o + (1 - s_k) @ u_k
    gradOutsideVecs = np.zeros_like(outsideVectors)
    gradOutsideVecs[outsideWordIdx] = (s_o - 1) * centerWordVec
    for i, k in enumerate(negSampleWordIndices):
        gradOutsideVecs[k] += (1 - s_k[i]) * centerWordVec
    return loss, gradCenterVec, gradOutsideVecs
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    arguments = rng.standard_normal(4), rng.standard_normal((8, 4)), 2, [5, 0, 5, 7, 0, 5]
    return check_gradient(
        value_and_grad=code.neg_sampling_loss_and_gradient,
        x=arguments,
        wrt=("centerWordVec", "outsideVectors"),
    )


CENTER, OUTSIDE = "centerWordVec", "outsideVectors"
FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "repeated samples overwritten",
            "gradOutsideVecs[k] += (1 - s_k[i])",
            "gradOutsideVecs[k] = (1 - s_k[i])",
            OUTSIDE,
            "OVERWRITTEN",
        ),
        fault(
            "repeated samples added once",
            "    for i, k in enumerate(negSampleWordIndices):\n        gradOutsideVecs[k] += (1 - s_k[i]) * centerWordVec",
            "    gradOutsideVecs[negSampleWordIndices] += np.outer(1 - s_k, centerWordVec)",
            OUTSIDE,
            "OVERWRITTEN",
        ),
        fault(
            "the negative ones forgotten for the centre",
            "(s_o - 1) * u_o + (1 - s_k) @ u_k",
            "(s_o - 1) * u_o",
            CENTER,
            "BRANCH_DROPPED",
        ),
        fault(
            "the sign of the negative ones",
            "(s_o - 1) * u_o + (1 - s_k) @ u_k",
            "(s_o - 1) * u_o - (1 - s_k) @ u_k",
            CENTER,
            "SIGN",
            "FACTOR_INSIDE",
            "BRANCH_WRONG",
        ),
        fault(
            "the sigmoid of the other sign",
            "gradOutsideVecs[k] += (1 - s_k[i]) * centerWordVec",
            "gradOutsideVecs[k] += s_k[i] * centerWordVec",
            OUTSIDE,
            "OTHER_VALUES",
            "SIGN",
            "OTHER_ACTIVATION",
        ),
        fault(
            "the outside vector for the centre's",
            "gradOutsideVecs[outsideWordIdx] = (s_o - 1) * centerWordVec",
            "gradOutsideVecs[outsideWordIdx] = (s_o - 1) * u_o",
            OUTSIDE,
            "OTHER_VALUES",
        ),
        fault(
            "averaged over the samples",
            "gradOutsideVecs[k] += (1 - s_k[i]) * centerWordVec",
            "gradOutsideVecs[k] += (1 - s_k[i]) * centerWordVec / len(s_k)",
            OUTSIDE,
            "MEAN_FOR_SUM",
            "FACTOR_INSIDE",
        ),
        fault(
            "the sigmoid's derivative",
            "(s_o - 1) * u_o + (1 - s_k) @ u_k",
            "s_o * (1 - s_o) * u_o + (1 - s_k) @ u_k",
            CENTER,
            "OTHER_LOSS",
            "OTHER_ACTIVATION",
        ),
        fault(
            "the next word",
            "gradOutsideVecs[outsideWordIdx] = (s_o - 1)",
            "gradOutsideVecs[outsideWordIdx + 1] = (s_o - 1)",
            OUTSIDE,
            "OFF_BY_ONE",
            "ROWS_MIXED",
        ),
    ),
)
