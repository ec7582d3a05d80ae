"""Batch normalisation as a class with Z, NZ, BZ and derivatives of BW and Bb."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_layer

TEXT = """
import numpy as np


class BatchNorm1d:
    def __init__(self, num_features, alpha=0.9, seed=0):
        rng = np.random.default_rng(seed)
        self.eps = 1e-8
        self.alpha = alpha
        self.BW = rng.normal(1.0, 0.5, (1, num_features))
        self.Bb = rng.normal(0.0, 0.5, (1, num_features))

    def forward(self, Z):
        self.Z = Z
        self.N = Z.shape[0]
        self.M = np.sum(Z, axis=0, keepdims=True) / self.N
        self.V = np.sum((Z - self.M) ** 2, axis=0, keepdims=True) / self.N
        self.NZ = (Z - self.M) / np.sqrt(self.V + self.eps)
        self.BZ = self.BW * self.NZ + self.Bb
        return self.BZ

    def backward(self, dLdBZ):
        self.dLdBW = np.sum(dLdBZ * self.NZ, axis=0, keepdims=True)
        self.dLdBb = np.sum(dLdBZ, axis=0, keepdims=True)
        dLdNZ = dLdBZ * self.BW
        root = np.sqrt(self.V + self.eps)
        dLdV = -0.5 * np.sum(dLdNZ * (self.Z - self.M) * root ** -3, axis=0, keepdims=True)
        dNZdM = -1 / root
        dLdM = np.sum(dLdNZ * dNZdM, axis=0, keepdims=True)
        dLdZ = dLdNZ / root + dLdV * (2 / self.N) * (self.Z - self.M) + dLdM / self.N
        return dLdZ
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    return check_layer(code.BatchNorm1d(4), 3 + 2 * rng.standard_normal((7, 4)))


FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the variance's part forgotten", " + dLdV * (2 / self.N) * (self.Z - self.M)", "", "Z", "MOMENT"
        ),
        fault("the mean's part forgotten", " + dLdM / self.N", "", "Z", "MOMENT"),
        fault(
            "the mean's part not divided",
            " + dLdM / self.N",
            " + dLdM",
            "Z",
            "MOMENT",
            "FACTOR_INSIDE",
            "MISSING_MEAN",
        ),
        fault("BW forgotten", "dLdNZ = dLdBZ * self.BW", "dLdNZ = dLdBZ", "Z", "FACTOR_DROPPED"),
        fault(
            "the bias averaged",
            "self.dLdBb = np.sum(dLdBZ, axis=0, keepdims=True)",
            "self.dLdBb = np.mean(dLdBZ, axis=0, keepdims=True)",
            "Bb",
            "MEAN_FOR_SUM",
            "MEAN_TWICE",
        ),
        fault(
            "BW's gradient with Z",
            "np.sum(dLdBZ * self.NZ, axis=0, keepdims=True)",
            "np.sum(dLdBZ * self.Z, axis=0, keepdims=True)",
            "BW",
            "OTHER_VALUES",
        ),
        fault("the power of the root", "root ** -3", "root ** -2", "Z", "MOMENT", "OTHER_VALUES"),
        fault(
            "the sign of the variance's part",
            "dLdV = -0.5 *",
            "dLdV = 0.5 *",
            "Z",
            "MOMENT",
            "SIGN",
            "FACTOR_INSIDE",
        ),
        fault(
            "the running mean in place of the batch's",
            "dLdV = -0.5 * np.sum(dLdNZ * (self.Z - self.M)",
            "dLdV = -0.5 * np.sum(dLdNZ * (self.Z - 0.1 * self.M)",
            "Z",
            "MOMENT",
            "OTHER_VALUES",
        ),
    ),
)
