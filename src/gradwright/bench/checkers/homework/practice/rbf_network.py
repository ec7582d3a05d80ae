"""Radial basis functions with centres and widths, a linear read-out, squared error."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_layer

TEXT = """
import numpy as np


class RBFNet:
    def __init__(self, centers, gamma, weights):
        self.centers, self.gamma, self.weights = centers, gamma, weights

    def forward(self, X):
        self.X = X
        self.diff = X[:, None, :] - self.centers[None, :, :]
        self.d2 = np.sum(self.diff ** 2, axis=2)
        self.phi = np.exp(-self.gamma * self.d2)
        return self.phi @ self.weights

    def backward(self, dout):
        self.grad_weights = self.phi.T @ dout
        dphi = dout @ self.weights.T
        dexp = dphi * self.phi
        self.grad_gamma = -np.sum(dexp * self.d2, axis=0)
        dd2 = -dexp * self.gamma
        ddiff = 2 * dd2[:, :, None] * self.diff
        self.grad_centers = -ddiff.sum(axis=0)
        return ddiff.sum(axis=1)
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    net = code.RBFNet(draw((4, 2)), 0.3 + rng.random(4), draw((4, 3)))
    return check_layer(net, draw((6, 2)))


FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the exponential not differentiated",
            "dexp = dphi * self.phi",
            "dexp = dphi",
            "X centers gamma",
            "ACTIVATION_MISSING",
        ),
        fault(
            "the sign of the centres",
            "self.grad_centers = -ddiff.sum(axis=0)",
            "self.grad_centers = ddiff.sum(axis=0)",
            "centers",
            "SIGN",
        ),
        fault(
            "the 2 of the square forgotten",
            "ddiff = 2 * dd2[:, :, None] * self.diff",
            "ddiff = dd2[:, :, None] * self.diff",
            "X centers",
            "HALF",
            "FACTOR_INSIDE",
        ),
        fault("gamma forgotten", "dd2 = -dexp * self.gamma", "dd2 = -dexp", "X centers", "FACTOR_DROPPED"),
        fault(
            "the distance for its square",
            "self.grad_gamma = -np.sum(dexp * self.d2, axis=0)",
            "self.grad_gamma = -np.sum(dexp * np.sqrt(self.d2), axis=0)",
            "gamma",
            "OTHER_VALUES",
        ),
        fault(
            "averaged over the samples",
            "self.grad_centers = -ddiff.sum(axis=0)",
            "self.grad_centers = -ddiff.mean(axis=0)",
            "centers",
            "MEAN_FOR_SUM",
            "MEAN_TWICE",
        ),
        fault(
            "the weights' way with the distances",
            "self.grad_weights = self.phi.T @ dout",
            "self.grad_weights = self.d2.T @ dout",
            "weights",
            "OTHER_VALUES",
        ),
        fault(
            "the nearest centre alone",
            "return ddiff.sum(axis=1)",
            "return ddiff[np.arange(len(ddiff)), self.d2.argmin(axis=1)]",
            "X",
            "PART_MISSING",
        ),
    ),
)
