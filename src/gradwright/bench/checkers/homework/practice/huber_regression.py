"""Robust regression by Huber's loss, with weights and intercept in one vector."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_gradient

TEXT = """
import numpy as np


def huber_objective(params, X, y, delta, lam):
    w, b = params[:-1], params[-1]
    r = X @ w + b - y
    small = np.abs(r) <= delta
    loss = np.where(small, 0.5 * r ** 2, delta * (np.abs(r) - 0.5 * delta))
    value = loss.sum() + lam * np.dot(w, w)
    psi = np.where(small, r, delta * np.sign(r))
    grad = np.zeros_like(params)
    grad[:-1] = X.T @ psi + 2 * lam * w
    grad[-1] = psi.sum()
    return value, grad
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    X, y = rng.standard_normal((15, 5)), 2 * rng.standard_normal(15)
    return check_gradient(
        value_and_grad=code.huber_objective, x=(rng.standard_normal(6), X, y, 1.2, 0.4), wrt="params"
    )


FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "squared everywhere",
            "psi = np.where(small, r, delta * np.sign(r))",
            "psi = r",
            "params",
            "OTHER_LOSS",
        ),
        fault(
            "absolute everywhere",
            "psi = np.where(small, r, delta * np.sign(r))",
            "psi = delta * np.sign(r)",
            "params",
            "OTHER_LOSS",
        ),
        fault(
            "delta forgotten in the tails",
            "psi = np.where(small, r, delta * np.sign(r))",
            "psi = np.where(small, r, np.sign(r))",
            "params",
            "FACTOR_DROPPED",
            "OTHER_LOSS",
        ),
        fault(
            "the sign forgotten in the tails",
            "psi = np.where(small, r, delta * np.sign(r))",
            "psi = np.where(small, r, delta)",
            "params",
            "FACTOR_DROPPED",
            "OTHER_LOSS",
        ),
        fault(
            "the intercept forgotten", "    grad[-1] = psi.sum()\n", "", "params", "ONE_ENTRY", "PART_MISSING"
        ),
        fault(
            "the intercept averaged",
            "grad[-1] = psi.sum()",
            "grad[-1] = psi.mean()",
            "params",
            "ONE_ENTRY",
            "MEAN_FOR_SUM",
        ),
        fault(
            "the intercept is penalised",
            "    grad[-1] = psi.sum()\n",
            "    grad[-1] = psi.sum() + 2 * lam * b\n",
            "params",
            "ONE_ENTRY",
            "L2_EXTRA",
        ),
        fault("the penalty halved", "2 * lam * w\n", "lam * w\n", "params", "L2_HALVED", "LIKE_L2"),
        fault(
            "the penalty of absolute values", "2 * lam * w\n", "lam * np.sign(w)\n", "params", "OTHER_PENALTY"
        ),
    ),
)
