"""A factorisation machine for regression: bias, linear part, pairs by the sum-of-squares identity."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_gradient

TEXT = """
import numpy as np


def predict(w0, w, V, X):
    linear = w0 + X @ w
    XV = X @ V
    pairs = 0.5 * np.sum(XV ** 2 - (X ** 2) @ (V ** 2), axis=1)
    return linear + pairs


def cost(w0, w, V, X, y):
    return np.mean((predict(w0, w, V, X) - y) ** 2)


def gradient(w0, w, V, X, y):
    n = len(y)
    e = 2 * (predict(w0, w, V, X) - y) / n
    g_w0 = np.array([e.sum()])
    g_w = X.T @ e
    XV = X @ V
    g_V = X.T @ (e[:, None] * XV) - V * ((X ** 2).T @ e)[:, None]
    return g_w0, g_w, g_V
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    X, y = draw((9, 5)), draw(9)
    point = (np.array([0.4]), draw(5), 0.6 * draw((5, 3)))
    return check_gradient(
        lambda p: code.cost(*p, X, y), lambda p: code.gradient(*p, X, y), point, names=("w0", "w", "V")
    )


ALL = "w0 w V"
FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the squares' part forgotten",
            " - V * ((X ** 2).T @ e)[:, None]",
            "",
            "V",
            "BRANCH_DROPPED",
            "PART_MISSING",
        ),
        fault(
            "X not squared", "V * ((X ** 2).T @ e)[:, None]", "V * (X.T @ e)[:, None]", "V", "OTHER_VALUES"
        ),
        fault("V squared", "- V * ((X ** 2).T @ e)", "- V ** 2 * ((X ** 2).T @ e)", "V", "OTHER_VALUES"),
        fault(
            "the one half kept",
            "g_V = X.T @ (e[:, None] * XV) - V",
            "g_V = 0.5 * X.T @ (e[:, None] * XV) - V",
            "V",
            "FACTOR_INSIDE",
            "HALF",
        ),
        fault("the 2 of the square forgotten", "e = 2 * (predict", "e = (predict", ALL, "HALF"),
        fault("not averaged", "- y) / n", "- y)", ALL, "MISSING_MEAN"),
        fault(
            "the error's sign",
            "e = 2 * (predict(w0, w, V, X) - y) / n",
            "e = 2 * (y - predict(w0, w, V, X)) / n",
            ALL,
            "SIGN",
        ),
        fault(
            "the bias of the mean",
            "g_w0 = np.array([e.sum()])",
            "g_w0 = np.array([e.mean()])",
            "w0",
            "MEAN_FOR_SUM",
            "MEAN_TWICE",
        ),
        fault(
            "the linear error alone",
            "    e = 2 * (predict(w0, w, V, X) - y) / n",
            "    e = 2 * (w0 + X @ w - y) / n",
            ALL,
            "OTHER_LOSS",
            "PART_MISSING",
        ),
    ),
)
