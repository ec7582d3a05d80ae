"""A linear layer with tanh behind it, as classes with dLdW and dLdb, weights as outputs by inputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_layer

TEXT = """
import numpy as np


class Linear:
    def __init__(self, in_features, out_features, seed=0):
        rng = np.random.RandomState(seed)
        self.W = rng.randn(out_features, in_features) * 0.5
        self.b = rng.randn(out_features, 1) * 0.1

    def forward(self, A):
        self.A = A
        self.N = A.shape[0]
        self.Ones = np.ones((self.N, 1))
        Z = A @ self.W.T + self.Ones @ self.b.T
        return Z

    def backward(self, dLdZ):
        dLdA = dLdZ @ self.W
        self.dLdW = dLdZ.T @ self.A
        self.dLdb = dLdZ.T @ self.Ones
        return dLdA


class Tanh:
    def forward(self, Z):
        self.A = np.tanh(Z)
        return self.A

    def backward(self, dLdA):
        return dLdA * (1 - self.A ** 2)


class MLP:
    def __init__(self):
        self.layers = [Linear(3, 4, seed=1), Tanh(), Linear(4, 2, seed=2)]

    def forward(self, A):
        for layer in self.layers:
            A = layer.forward(A)
        return A

    def backward(self, dLdA):
        for layer in reversed(self.layers):
            dLdA = layer.backward(dLdA)
        return dLdA
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    return check_layer(code.MLP(), rng.standard_normal((5, 3)))


W1, B1, W2, B2 = (f"layers[{i}].{name}" for i in (0, 2) for name in "Wb")
FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "tanh's derivative at the output",
            "(1 - self.A ** 2)",
            "(1 - np.tanh(self.A) ** 2)",
            f"A {W1} {B1}",
            "ACTIVATION_AT_OUTPUT",
        ),
        fault(
            "the sigmoid's derivative",
            "(1 - self.A ** 2)",
            "self.A * (1 - self.A)",
            f"A {W1} {B1}",
            "OTHER_ACTIVATION",
        ),
        fault(
            "the square forgotten", "(1 - self.A ** 2)", "(1 - self.A)", f"A {W1} {B1}", "OTHER_ACTIVATION"
        ),
        fault(
            "tanh's derivative forgotten",
            "dLdA * (1 - self.A ** 2)",
            "dLdA",
            f"A {W1} {B1}",
            "ACTIVATION_MISSING",
        ),
        fault(
            "divided by N once more",
            "self.dLdW = dLdZ.T @ self.A",
            "self.dLdW = dLdZ.T @ self.A / self.N",
            f"{W1} {W2}",
            "MEAN_TWICE",
        ),
        fault(
            "the bias averaged",
            "dLdZ.T @ self.Ones",
            "dLdZ.T @ self.Ones / self.N",
            f"{B1} {B2}",
            "MEAN_TWICE",
            "MEAN_FOR_SUM",
        ),
        fault(
            "added up over the calls",
            "self.dLdW = dLdZ.T @ self.A",
            "self.dLdW = dLdZ.T @ self.A + getattr(self, 'dLdW', 0)",
            f"{W1} {W2}",
            "ACCUMULATES",
        ),
        fault(
            "the weights moved within backward",
            "        dLdA = dLdZ @ self.W\n        self.dLdW = dLdZ.T @ self.A\n",
            "        self.dLdW = dLdZ.T @ self.A\n        self.W -= 0.1 * self.dLdW\n        dLdA = dLdZ @ self.W\n",
            f"A {W1} {B1}",
            "UPDATE_ORDER",
        ),
    ),
)
