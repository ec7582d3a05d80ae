"""A small network learns from a larger one's softened answers and from labels, as two functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_gradient

TEXT = """
import numpy as np


def softened(z, T=1.0):
    e = np.exp((z - z.max(axis=1, keepdims=True)) / T)
    return e / e.sum(axis=1, keepdims=True)


def objective(net, X, teacher, y, T, alpha):
    z = np.maximum(X @ net["W1"], 0) @ net["W2"] + net["b"]
    hard = -np.log(softened(z)[np.arange(len(y)), y]).mean()
    soft = -(softened(teacher, T) * np.log(softened(z, T))).sum(axis=1).mean()
    return alpha * hard + (1 - alpha) * T ** 2 * soft


def gradient(net, X, teacher, y, T, alpha):
    n = len(y)
    H = np.maximum(X @ net["W1"], 0)
    z = H @ net["W2"] + net["b"]
    p, pT = softened(z), softened(z, T)
    q = softened(teacher, T)
    onehot = np.eye(z.shape[1])[y]
    dz = (alpha * (p - onehot) + (1 - alpha) * T * (pT - q)) / n
    dH = dz @ net["W2"].T
    dH = dH * (H > 0)
    return {"W1": X.T @ dH, "W2": H.T @ dz, "b": dz.sum(axis=0)}
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    X, teacher, y = draw((9, 5)), 3 * draw((9, 4)), rng.integers(4, size=9)
    net = {"W1": draw((5, 6)), "W2": draw((6, 4)), "b": draw(4)}
    settings = X, teacher, y, 2.5, 0.3
    return check_gradient(lambda p: code.objective(p, *settings), lambda p: code.gradient(p, *settings), net)


ALL = "W1 W2 b"
FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the temperature's square kept",
            "T * (pT - q)",
            "T ** 2 * (pT - q)",
            ALL,
            "FACTOR_INSIDE",
            "BRANCH_WRONG",
        ),
        fault(
            "the temperature forgotten",
            "T * (pT - q)",
            "(pT - q)",
            ALL,
            "FACTOR_INSIDE",
            "FACTOR_DROPPED",
            "BRANCH_WRONG",
        ),
        fault(
            "the labels' part dropped",
            "(alpha * (p - onehot) + (1 - alpha) * T * (pT - q))",
            "(1 - alpha) * T * (pT - q)",
            ALL,
            "BRANCH_DROPPED",
        ),
        fault(
            "the teacher not softened",
            "q = softened(teacher, T)",
            "q = softened(teacher)",
            ALL,
            "OTHER_TARGET",
            "OTHER_VALUES",
        ),
        fault("the student not softened", "(pT - q)", "(p - q)", ALL, "OTHER_VALUES"),
        fault("the mean forgotten", "(pT - q)) / n", "(pT - q))", ALL, "MISSING_MEAN", "SUM_FOR_MEAN"),
        fault(
            "the label not weighted",
            "alpha * (p - onehot)",
            "(alpha * p - onehot)",
            ALL,
            "FACTOR_DROPPED",
            "OTHER_TARGET",
        ),
        fault(
            "the ReLU not differentiated",
            "    dH = dH * (H > 0)\n",
            "",
            "W1",
            "ACTIVATION_MISSING",
            "MASK_MISSING",
        ),
        fault(
            "the sign of the gradient decides",
            "dH = dH * (H > 0)",
            "dH = dH * (dH > 0)",
            "W1",
            "MASK_OF_GRADIENT",
            "WRONG_MASK",
        ),
    ),
)
