"""Logistic regression with an intercept and a ridge penalty that spares it, labels 0 and 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_gradient

TEXT = """
import numpy as np


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def cost(theta, intercept, X, y, lmbda):
    m = len(y)
    h = sigmoid(X @ theta + intercept)
    J = -(y @ np.log(h) + (1 - y) @ np.log(1 - h)) / m
    J = J + lmbda / (2 * m) * np.sum(theta ** 2)
    return J


def gradient(theta, intercept, X, y, lmbda):
    m = len(y)
    h = sigmoid(X @ theta + intercept)
    error = h - y
    grad = X.T @ error / m
    grad = grad + lmbda / m * theta
    return grad, np.sum(error) / m
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    X, y = rng.standard_normal((12, 5)), rng.integers(2, size=12)
    point = {"theta": rng.standard_normal(5), "intercept": np.array([0.3])}

    def f(p: Any) -> Any:
        return code.cost(p["theta"], p["intercept"][0], X, y, 1.5)

    def grad(p: Any) -> Any:
        theta, intercept = code.gradient(p["theta"], p["intercept"][0], X, y, 1.5)
        return {"theta": theta, "intercept": np.array([intercept])}

    return check_gradient(f, grad, point)


FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the sigmoid's derivative once more",
            "error = h - y",
            "error = (h - y) * h * (1 - h)",
            "theta intercept",
            "OTHER_LOSS",
            "ACTIVATION_TWICE",
        ),
        fault(
            "y - h",
            "error = h - y",
            "error = y - h",
            "theta intercept",
            "SIGN",
        ),
        fault(
            "the penalty not divided by m",
            "lmbda / m * theta",
            "lmbda * theta",
            "theta",
            "LIKE_L2",
        ),
        fault("the penalty doubled", "lmbda / m * theta", "2 * lmbda / m * theta", "theta", "L2_DOUBLED"),
        fault("no penalty", "grad = grad + lmbda / m * theta", "grad = grad", "theta", "L2_MISSING"),
        fault("not divided by m", "grad = X.T @ error / m", "grad = X.T @ error", "theta", "MISSING_MEAN"),
        fault(
            "the labels taken for -1 and 1",
            "error = h - y",
            "error = h - (2 * y - 1)",
            "theta intercept",
            "OTHER_TARGET",
            "OTHER_LOSS",
        ),
        fault(
            "an l1 penalty",
            "lmbda / m * theta",
            "lmbda / m * np.sign(theta)",
            "theta",
            "OTHER_PENALTY",
        ),
        fault(
            "the decision for the probability",
            "error = h - y",
            "error = (h > 0.5) - y",
            "theta intercept",
            "OTHER_LOSS",
        ),
    ),
)
