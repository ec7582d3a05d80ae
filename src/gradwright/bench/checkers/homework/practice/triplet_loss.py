"""The triplet margin loss on squared distances of embeddings."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_layer

TEXT = """
import numpy as np


class TripletLoss:
    def __init__(self, margin=1.0):
        self.margin = margin

    def forward(self, anchor, positive, negative):
        self.ap = anchor - positive
        self.an = anchor - negative
        d_pos = np.sum(self.ap ** 2, axis=1)
        d_neg = np.sum(self.an ** 2, axis=1)
        self.hinge = d_pos - d_neg + self.margin
        return np.mean(np.maximum(self.hinge, 0))

    def backward(self):
        n = len(self.hinge)
        active = (self.hinge > 0)[:, None] / n
        d_anchor = active * 2 * (self.ap - self.an)
        d_positive = active * -2 * self.ap
        d_negative = active * 2 * self.an
        return d_anchor, d_positive, d_negative
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = partial(rng.normal, 0.0, 0.7)
    return check_layer(code.TripletLoss(2.0), draw((9, 3)), draw((9, 3)), draw((9, 3)))


ALL = "anchor positive negative"
FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "inactive triplets too",
            "(self.hinge > 0)[:, None] / n",
            "np.ones((n, 1)) / n",
            ALL,
            "NO_INDICATOR",
            "MASK_MISSING",
            "ACTIVATION_MISSING",
        ),
        fault(
            "the 2 of the square forgotten",
            "active * 2 * (self.ap - self.an)",
            "active * (self.ap - self.an)",
            "anchor",
            "HALF",
        ),
        fault(
            "the anchor's part through the negative left out",
            "2 * (self.ap - self.an)",
            "2 * self.ap",
            "anchor",
            "BRANCH_DROPPED",
        ),
        fault(
            "the sign of the negative", "active * 2 * self.an", "active * -2 * self.an", "negative", "SIGN"
        ),
        fault(
            "not divided by n",
            "(self.hinge > 0)[:, None] / n",
            "(self.hinge > 0)[:, None]",
            ALL,
            "MISSING_MEAN",
        ),
        fault(
            "averaged over the active ones",
            "(self.hinge > 0)[:, None] / n",
            "(self.hinge > 0)[:, None] / np.sum(self.hinge > 0)",
            ALL,
            "FACTOR",
            "OTHER_LOSS",
        ),
        fault(
            "positive and negative exchanged",
            "return d_anchor, d_positive, d_negative",
            "return d_anchor, d_negative, d_positive",
            "positive negative",
            "EXCHANGED",
        ),
        fault(
            "the hinge's size as a factor",
            "(self.hinge > 0)[:, None] / n",
            "np.maximum(self.hinge, 0)[:, None] / n",
            ALL,
            "OTHER_ACTIVATION",
            "OTHER_LOSS",
        ),
        fault(
            "the margin forgotten in the mask",
            "(self.hinge > 0)[:, None] / n",
            "(self.hinge > self.margin)[:, None] / n",
            ALL,
            "WRONG_MASK",
            "OTHER_VALUES",
        ),
    ),
)
