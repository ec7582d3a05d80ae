"""Scaled dot-product attention of one head, queries, keys and values from the same sequence."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_layer

TEXT = """
import numpy as np


class SelfAttention:
    def __init__(self, d_model, d_k, seed=0):
        rng = np.random.default_rng(seed)
        self.Wq = rng.normal(size=(d_model, d_k))
        self.Wk = rng.normal(size=(d_model, d_k))
        self.Wv = rng.normal(size=(d_model, d_k))

    def forward(self, X):
        self.X = X
        self.Q, self.K, self.V = X @ self.Wq, X @ self.Wk, X @ self.Wv
        scores = self.Q @ self.K.T / np.sqrt(self.Q.shape[1])
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        self.A = e / e.sum(axis=1, keepdims=True)
        return self.A @ self.V

    def backward(self, dO):
        dV = self.A.T @ dO
        dA = dO @ self.V.T
        dS = self.A * (dA - (dA * self.A).sum(axis=1, keepdims=True))
        dS = dS / np.sqrt(self.Q.shape[1])
        dQ = dS @ self.K
        dK = dS.T @ self.Q
        self.dWq = self.X.T @ dQ
        self.dWk = self.X.T @ dK
        self.dWv = self.X.T @ dV
        dX = dQ @ self.Wq.T + dK @ self.Wk.T + dV @ self.Wv.T
        return dX
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    return check_layer(code.SelfAttention(5, 3, seed=2), 0.7 * rng.standard_normal((6, 5)))


FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "only the diagonal of the softmax",
            "dS = self.A * (dA - (dA * self.A).sum(axis=1, keepdims=True))",
            "dS = self.A * (1 - self.A) * dA",
            "X Wq Wk",
            "SOFTMAX_DIAGONAL",
        ),
        fault(
            "the softmax not differentiated",
            "dS = self.A * (dA - (dA * self.A).sum(axis=1, keepdims=True))",
            "dS = dA",
            "X Wq Wk",
            "ACTIVATION_MISSING",
        ),
        fault(
            "summed over the queries",
            "(dA * self.A).sum(axis=1, keepdims=True)",
            "(dA * self.A).sum(axis=0, keepdims=True)",
            "X Wq Wk",
            "OTHER_AXIS",
        ),
        fault(
            "the scale forgotten",
            "dS = dS / np.sqrt(self.Q.shape[1])",
            "dS = dS",
            "X Wq Wk",
            "FACTOR_INSIDE",
            "FACTOR",
        ),
        fault(
            "the scale without its root",
            "dS = dS / np.sqrt(self.Q.shape[1])",
            "dS = dS / self.Q.shape[1]",
            "X Wq Wk",
            "FACTOR_INSIDE",
            "FACTOR",
        ),
        fault(
            "the way through the keys dropped",
            "dQ @ self.Wq.T + dK @ self.Wk.T + dV @ self.Wv.T",
            "dQ @ self.Wq.T + dV @ self.Wv.T",
            "X",
            "BRANCH_DROPPED",
        ),
        fault(
            "the scores not transposed for the keys",
            "dK = dS.T @ self.Q",
            "dK = dS @ self.Q",
            "X Wk",
            "TRANSPOSED",
            "TRANSPOSED_INSIDE",
        ),
        fault(
            "queries and keys exchanged",
            "self.dWq = self.X.T @ dQ\n        self.dWk = self.X.T @ dK",
            "self.dWq = self.X.T @ dK\n        self.dWk = self.X.T @ dQ",
            "Wq Wk",
            "EXCHANGED",
        ),
        fault(
            "A not transposed for the values",
            "dV = self.A.T @ dO",
            "dV = self.A @ dO",
            "X Wv",
            "TRANSPOSED",
            "TRANSPOSED_INSIDE",
        ),
    ),
)
