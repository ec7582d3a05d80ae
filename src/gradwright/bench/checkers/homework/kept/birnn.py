"""A recurrent layer that reads a sequence both ways, as a class that keeps its states."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_layer

TEXT = """
import numpy as np


class BiRNN:
    def __init__(self, D, H, seed):
        r = np.random.RandomState(seed)
        self.Wf, self.Uf, self.bf = 0.7 * r.randn(D, H), 0.7 * r.randn(H, H), 0.3 * r.randn(H)
        self.Wb, self.Ub, self.bb = 0.7 * r.randn(D, H), 0.7 * r.randn(H, H), 0.3 * r.randn(H)

    def forward(self, X):
        N, T, D = X.shape
        H = len(self.bf)
        self.X = X
        self.F = np.zeros((N, T + 1, H))
        self.B = np.zeros((N, T + 1, H))
        for t in range(T):
            self.F[:, t + 1] = np.tanh(X[:, t] @ self.Wf + self.F[:, t] @ self.Uf + self.bf)
        for t in reversed(range(T)):
            self.B[:, t] = np.tanh(X[:, t] @ self.Wb + self.B[:, t + 1] @ self.Ub + self.bb)
        return np.concatenate([self.F[:, 1:], self.B[:, :-1]], axis=2)

    def backward(self, dY):
        N, T, _ = dY.shape
        H = len(self.bf)
        X, F, B = self.X, self.F, self.B
        dX = np.zeros_like(X)
        self.dWf, self.dUf, self.dbf = np.zeros_like(self.Wf), np.zeros_like(self.Uf), np.zeros_like(self.bf)
        self.dWb, self.dUb, self.dbb = np.zeros_like(self.Wb), np.zeros_like(self.Ub), np.zeros_like(self.bb)
        d = np.zeros((N, H))
        for t in range(T - 1, -1, -1):
            da = (dY[:, t, :H] + d) * (1 - F[:, t + 1] ** 2)
            self.dWf += X[:, t].T @ da
            self.dUf += F[:, t].T @ da
            self.dbf += da.sum(axis=0)
            dX[:, t] += da @ self.Wf.T
            d = da @ self.Uf.T
        e = np.zeros((N, H))
        for t in range(0, T, 1):
            da = (dY[:, t, H:] + e) * (1 - B[:, t] ** 2)
            self.dWb += X[:, t].T @ da
            self.dUb += B[:, t + 1].T @ da
            self.dbb += np.sum(da, axis=0)
            dX[:, t] += da @ self.Wb.T
            e = da @ self.Ub.T
        return dX
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    return check_layer(code.BiRNN(3, 4, seed=5), rng.standard_normal((3, 5, 3)))


AHEAD = "X Wf Uf bf"
BACK = "X Wb Ub bb"
FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the second direction overwrites the first",
            "dX[:, t] += da @ self.Wb.T",
            "dX[:, t] = da @ self.Wb.T",
            "X",
            "OVERWRITTEN",
        ),
        fault(
            "the same half for both directions",
            "dY[:, t, H:] + e",
            "dY[:, t, :H] + e",
            BACK,
            "DOUT_PERMUTED",
            "EXCHANGED",
            "OTHER_VALUES",
        ),
        fault(
            "the second direction gone through as the first",
            "for t in range(0, T, 1):",
            "for t in range(T - 1, -1, -1):",
            BACK,
            "REVERSED",
            "BRANCH_WRONG",
        ),
        fault(
            "truncated in the second direction",
            "dY[:, t, H:] + e",
            "dY[:, t, H:]",
            BACK,
            "TRUNCATED",
            "BRANCH_DROPPED",
        ),
        fault(
            "the state after for that before",
            "self.dUb += B[:, t + 1].T @ da",
            "self.dUb += B[:, t].T @ da",
            "Ub",
            "OFF_BY_ONE",
            "OTHER_VALUES",
        ),
        fault(
            "tanh differentiated at the state before",
            "(1 - F[:, t + 1] ** 2)",
            "(1 - F[:, t] ** 2)",
            AHEAD,
            "OFF_BY_ONE",
            "OTHER_VALUES",
        ),
        fault(
            "the second direction begins with the first one's end",
            "e = np.zeros((N, H))",
            "e = d",
            BACK,
            "EXTRA_TERM",
            "BRANCH_WRONG",
        ),
        fault(
            "a bias averaged over the samples",
            "self.dbf += da.sum(axis=0)",
            "self.dbf += da.mean(axis=0)",
            "bf",
            "MEAN_FOR_SUM",
            "MEAN_TWICE",
        ),
    ),
)
