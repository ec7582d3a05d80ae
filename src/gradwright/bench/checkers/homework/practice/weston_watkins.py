"""The structured hinge of Crammer and Singer: the worst wrong class alone, columns are samples."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_gradient

TEXT = """
import numpy as np


def crammer_singer(W, X, y, C):
    d, n = X.shape
    S = W.T @ X
    right = S[y, np.arange(n)]
    M = S - right + 1
    M[y, np.arange(n)] = 0
    worst = np.argmax(M, axis=0)
    margin = M[worst, np.arange(n)]
    loss = 0.5 * np.sum(W ** 2) + C * margin.sum() / n
    G = np.zeros_like(S)
    G[worst, np.arange(n)] += 1
    G[y, np.arange(n)] -= 1
    dW = W + C * X @ G.T / n
    return loss, dW
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    W, X, y = 0.5 * rng.standard_normal((4, 5)), rng.standard_normal((4, 12)), rng.integers(5, size=12)
    return check_gradient(value_and_grad=code.crammer_singer, x=(W, X, y, 3.0), wrt="W")


FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the right class not lowered",
            "    G[y, np.arange(n)] -= 1\n",
            "",
            "W",
            "RIGHT_CLASS",
            "PART_MISSING",
        ),
        fault("the worst class not raised", "    G[worst, np.arange(n)] += 1\n", "", "W", "PART_MISSING"),
        fault(
            "all classes beyond the margin",
            "    G[worst, np.arange(n)] += 1\n",
            "    G += M > 0\n",
            "W",
            "OTHER_LOSS",
            "SELECTION",
            "NOT_ARGMAX",
        ),
        fault(
            "the class of the least margin",
            "G[worst, np.arange(n)] += 1",
            "G[np.argmin(M, axis=0), np.arange(n)] += 1",
            "W",
            "SELECTION",
        ),
        fault(
            "C forgotten", "W + C * X @ G.T / n", "W + X @ G.T / n", "W", "FACTOR_INSIDE", "FACTOR_DROPPED"
        ),
        fault("not averaged", "C * X @ G.T / n", "C * X @ G.T", "W", "MISSING_MEAN"),
        fault("the penalty's derivative with a 2", "dW = W + C", "dW = 2 * W + C", "W", "L2_DOUBLED"),
        fault("no penalty", "dW = W + C", "dW = C", "W", "L2_MISSING"),
        fault(
            "G's signs",
            "G[worst, np.arange(n)] += 1\n    G[y, np.arange(n)] -= 1",
            "G[worst, np.arange(n)] -= 1\n    G[y, np.arange(n)] += 1",
            "W",
            "SIGN",
            "FACTOR_INSIDE",
        ),
    ),
)
