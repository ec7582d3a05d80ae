"""A leaky layer with inverted dropout beside a skip connection, as a class that draws its mask."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault, slip
from gradwright.check import check_layer

TEXT = """
import numpy as np


class SkipBlock:
    def __init__(self, width, hidden, keep):
        rng = np.random.RandomState(7)
        self.W = 0.8 * rng.randn(width, hidden)
        self.b = 0.3 * rng.randn(hidden)
        self.V = 0.8 * rng.randn(hidden, width)
        self.keep = keep

    def forward(self, X):
        self.X = X
        self.Z = X @ self.W + self.b
        self.A = np.where(self.Z > 0, self.Z, 0.1 * self.Z)
        self.mask = (np.random.rand(*self.A.shape) < self.keep) / self.keep
        self.D = self.A * self.mask
        return X + self.D @ self.V

    def backward(self, G):
        self.dV = self.D.T @ G
        dD = G @ self.V.T
        dA = dD * self.mask
        dZ = np.where(self.Z > 0, dA, 0.1 * dA)
        self.dW = self.X.T @ dZ
        self.db = dZ.sum(axis=0)
        return G + dZ @ self.W.T
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    return check_layer(code.SkipBlock(4, 6, keep=0.6), rng.standard_normal((5, 4)))


BEFORE = "X W b"
DROP = "dA = dD * self.mask"
LEAK = "dZ = np.where(self.Z > 0, dA, 0.1 * dA)"
FAMILY = Family(
    TEXT,
    check,
    (
        fault("the mask forgotten", DROP, "dA = dD", BEFORE, "MASK_MISSING"),
        fault(
            "the share that is kept forgotten",
            DROP,
            "dA = dD * (self.mask > 0)",
            BEFORE,
            "FACTOR_INSIDE",
            "FACTOR_DROPPED",
        ),
        fault(
            "a mask drawn anew",
            DROP,
            "dA = dD * (np.random.rand(*dD.shape) < self.keep) / self.keep",
            BEFORE,
            "RANDOM",
            "WRONG_MASK",
        ),
        fault("the skip connection dropped", "return G + dZ", "return dZ", "X", "BRANCH_DROPPED"),
        fault(
            "what was there before dropout",
            "self.dV = self.D.T @ G",
            "self.dV = self.A.T @ G",
            "V",
            "OTHER_VALUES",
            "MASK_MISSING",
        ),
        fault("the derivative of a ReLU", LEAK, "dZ = dA * (self.Z > 0)", BEFORE, "OTHER_ACTIVATION"),
        fault(
            "the sign of the gradient decides",
            LEAK,
            "dZ = np.where(dA > 0, dA, 0.1 * dA)",
            BEFORE,
            "MASK_OF_GRADIENT",
        ),
        fault(
            "weights updated before the input's",
            "return G + dZ @ self.W.T",
            "return G + dZ @ (self.W - 0.1 * self.dW).T",
            "X",
            "UPDATE_ORDER",
            "OTHER_VALUES",
            "NOT_LINEAR_IN_DOUT",
        ),
        fault("the bias averaged", "dZ.sum(axis=0)", "dZ.mean(axis=0)", "b", "MEAN_FOR_SUM", "MEAN_TWICE"),
        slip(
            "0.01 for 0.1",
            LEAK,
            "dZ = np.where(self.Z > 0, dA, 0.01 * dA)",
            BEFORE,
            "OTHER_ACTIVATION",
            "FACTOR_INSIDE",
        ),
    ),
)
