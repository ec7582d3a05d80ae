"""Networks of k layers as lists of Ws and bs, samples as columns, ReLU, softmax, penalty."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_gradient

TEXT = """
import numpy as np


def EvaluateClassifier(X, Ws, bs):
    Hs = [X]
    for W, b in zip(Ws[:-1], bs[:-1]):
        Hs.append(np.maximum(0, W @ Hs[-1] + b))
    s = Ws[-1] @ Hs[-1] + bs[-1]
    P = np.exp(s) / np.sum(np.exp(s), axis=0)
    return Hs, P


def ComputeCost(X, Y, Ws, bs, lmbda):
    Hs, P = EvaluateClassifier(X, Ws, bs)
    penalty = sum(np.sum(W ** 2) for W in Ws)
    return -np.sum(np.log(np.sum(Y * P, axis=0))) / X.shape[1] + lmbda * penalty


def ComputeGradients(X, Y, Ws, bs, lmbda):
    Hs, P = EvaluateClassifier(X, Ws, bs)
    n = X.shape[1]
    k = len(Ws)
    grad_Ws, grad_bs = [None] * k, [None] * k
    G = P - Y
    for i in range(k - 1, 0, -1):
        grad_Ws[i] = G @ Hs[i].T / n + 2 * lmbda * Ws[i]
        grad_bs[i] = G @ np.ones((n, 1)) / n
        G = Ws[i].T @ G
        G = G * np.where(Hs[i] > 0, 1, 0)
    grad_Ws[0] = G @ X.T / n + 2 * lmbda * Ws[0]
    grad_bs[0] = G @ np.ones((n, 1)) / n
    return grad_Ws, grad_bs
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw, sizes = rng.standard_normal, (5, 6, 4, 3)
    X, Y = draw((5, 11)), np.eye(3)[:, rng.integers(3, size=11)]
    Ws = [draw((b, a)) / np.sqrt(a) for a, b in pairwise(sizes)]
    bs = [0.5 * draw((b, 1)) for b in sizes[1:]]

    def grads(p: Any) -> Any:
        Ws, bs = code.ComputeGradients(X, Y, p["Ws"], p["bs"], 0.01)
        return {"Ws": Ws, "bs": bs}

    return check_gradient(
        lambda p: code.ComputeCost(X, Y, p["Ws"], p["bs"], 0.01), grads, {"Ws": Ws, "bs": bs}
    )


BEFORE = "Ws[0] bs[0] Ws[1] bs[1]"
FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the penalty of the first layer forgotten",
            "G @ X.T / n + 2 * lmbda * Ws[0]",
            "G @ X.T / n",
            "Ws[0]",
            "L2_MISSING",
        ),
        fault(
            "the penalty of another layer's size",
            "G @ Hs[i].T / n + 2 * lmbda * Ws[i]",
            "(G @ Hs[i].T + 2 * lmbda * Ws[i]) / n",
            "Ws[1] Ws[2]",
            "LIKE_L2",
        ),
        fault(
            "the ReLU forgotten between",
            "        G = G * np.where(Hs[i] > 0, 1, 0)\n",
            "",
            BEFORE,
            "ACTIVATION_MISSING",
            "MASK_MISSING",
        ),
        fault(
            "the mask of the layer before",
            "np.where(Hs[i] > 0, 1, 0)",
            "np.where(np.roll(Hs[i], 1, axis=0) > 0, 1, 0)",
            BEFORE,
            "WRONG_MASK",
        ),
        fault(
            "W updated before it is used",
            "        G = Ws[i].T @ G\n",
            "        G = (Ws[i] - 0.1 * grad_Ws[i]).T @ G\n",
            BEFORE,
            "UPDATE_ORDER",
        ),
        fault(
            "Y - P",
            "    G = P - Y\n",
            "    G = Y - P\n",
            BEFORE + " Ws[2] bs[2]",
            "SIGN",
            "FACTOR_INSIDE",
        ),
        fault(
            "the bias averaged over the classes",
            "        grad_bs[i] = G @ np.ones((n, 1)) / n",
            "        grad_bs[i] = np.ones_like(bs[i]) * G.mean(axis=0).sum() / n",
            "bs[1] bs[2]",
            "BIAS_AXIS",
            "OTHER_AXIS",
        ),
        fault(
            "a ReLU in the last layer too",
            "    G = P - Y\n",
            "    G = (P - Y) * (P > 0.3)\n",
            BEFORE + " Ws[2] bs[2]",
            "OTHER_LOSS",
            "WRONG_MASK",
            "PART_MISSING",
        ),
        fault(
            "divided in the loop too",
            "        G = Ws[i].T @ G\n",
            "        G = Ws[i].T @ G / n\n",
            BEFORE,
            "MEAN_TWICE",
            "FACTOR_INSIDE",
        ),
    ),
)
