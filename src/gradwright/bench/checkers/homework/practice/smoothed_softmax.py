"""Cross-entropy with label smoothing and a temperature, of scores."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_layer

TEXT = """
import numpy as np


class LabelSmoothingCrossEntropy:
    def __init__(self, eps=0.1, temperature=2.0):
        self.eps = eps
        self.T = temperature

    def forward(self, logits, labels):
        n, k = logits.shape
        z = logits / self.T
        z = z - z.max(axis=1, keepdims=True)
        self.logp = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        self.target = np.full((n, k), self.eps / k)
        self.target[np.arange(n), labels] += 1 - self.eps
        return -(self.target * self.logp).sum() / n

    def backward(self):
        n = len(self.logp)
        return (np.exp(self.logp) - self.target) / (n * self.T)
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    return check_layer(
        code.LabelSmoothingCrossEntropy(), 2 * rng.standard_normal((6, 5)), rng.integers(5, size=6)
    )


FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the temperature forgotten",
            "/ (n * self.T)",
            "/ n",
            "logits",
            "FACTOR",
            "DOUBLE",
            "FACTOR_INSIDE",
        ),
        fault("the temperature twice", "/ (n * self.T)", "/ (n * self.T ** 2)", "logits", "HALF", "FACTOR"),
        fault(
            "hard labels",
            "np.exp(self.logp) - self.target",
            "np.exp(self.logp) - (self.target > 0.5)",
            "logits",
            "OTHER_TARGET",
            "OTHER_LOSS",
        ),
        fault("not divided by n", "/ (n * self.T)", "/ self.T", "logits", "MISSING_MEAN"),
        fault(
            "logarithms for probabilities",
            "np.exp(self.logp) - self.target",
            "self.logp - self.target",
            "logits",
            "OTHER_LOSS",
            "OTHER_VALUES",
            "ACTIVATION_MISSING",
        ),
        fault(
            "target minus probability",
            "np.exp(self.logp) - self.target",
            "self.target - np.exp(self.logp)",
            "logits",
            "SIGN",
        ),
        fault(
            "divided by the number of classes too",
            "/ (n * self.T)",
            "/ (self.logp.size * self.T)",
            "logits",
            "FACTOR",
            "MEAN_TWICE",
        ),
        fault(
            "the share of the other classes forgotten",
            "np.exp(self.logp) - self.target",
            "np.exp(self.logp) - (self.target - self.target.min())",
            "logits",
            "OTHER_TARGET",
            "OTHER_LOSS",
            "PART_MISSING",
        ),
    ),
)
