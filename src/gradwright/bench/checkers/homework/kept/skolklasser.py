"""Softmax regression with a penalty, samples as columns, in Swedish."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_gradient

TEXT = """
import numpy as np


def mjukmax(S):
    E = np.exp(S - S.max(axis=0))
    return E / E.sum(axis=0)


def kostnad(X, Y, W, b, lam):
    P = mjukmax(W @ X + b)
    n = X.shape[1]
    return -np.sum(Y * np.log(P)) / n + lam * np.sum(W ** 2)


def gradienter(X, Y, W, b, lam):
    n = X.shape[1]
    P = mjukmax(np.dot(W, X) + b)
    G = P - Y
    grad_W = G @ X.T / n + 2 * lam * W
    grad_b = np.sum(G, axis=1, keepdims=True) / n
    return grad_W, grad_b
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    X, Y = rng.standard_normal((6, 11)), np.eye(4)[:, rng.integers(4, size=11)]
    point = {"X": X, "Y": Y, "W": rng.standard_normal((4, 6)), "b": rng.standard_normal((4, 1)), "lam": 0.15}
    return check_gradient(code.kostnad, code.gradienter, point, wrt=("W", "b"))


FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the labels counted from 1", "G = P - Y", "G = P - np.roll(Y, 1, axis=0)", "W b", "WRONG_CLASS"
        ),
        fault(
            "the mean forgotten for the weights",
            "X.T / n",
            "X.T",
            "W",
            "MISSING_MEAN",
            "SUM_FOR_MEAN",
            "BRANCH_WRONG",
        ),
        fault("the penalty's 2 forgotten", "+ 2 * lam * W", "+ lam * W", "W", "L2_HALVED"),
        fault("the penalty forgotten", " + 2 * lam * W", "", "W", "L2_MISSING"),
        fault(
            "the bias penalised as well",
            "keepdims=True) / n",
            "keepdims=True) / n + 2 * lam * b",
            "b",
            "L2_EXTRA",
        ),
        fault(
            "normalised over the samples",
            "P = mjukmax(np.dot(W, X) + b)",
            "P = mjukmax((np.dot(W, X) + b).T).T",
            "W b",
            "OTHER_AXIS",
            "OTHER_VALUES",
        ),
        fault(
            "the bias averaged twice",
            "np.sum(G, axis=1, keepdims=True) / n",
            "np.mean(G, axis=1, keepdims=True) / n",
            "b",
            "MEAN_TWICE",
            "MEAN_FOR_SUM",
        ),
        fault("labels minus probabilities", "G = P - Y", "G = Y - P", "W b", "SIGN"),
        fault(
            "the bias forgotten in the gradient's scores",
            "np.dot(W, X) + b",
            "np.dot(W, X)",
            "W b",
            "OTHER_VALUES",
            "BRANCH_DROPPED",
        ),
    ),
)
