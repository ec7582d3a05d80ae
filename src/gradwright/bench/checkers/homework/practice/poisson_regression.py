"""Poisson regression with an offset and a ridge penalty."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_gradient

TEXT = """
import numpy as np


def neg_log_likelihood(beta, X, y, exposure, alpha):
    eta = X @ beta + np.log(exposure)
    mu = np.exp(eta)
    return np.mean(mu - y * eta) + 0.5 * alpha * beta @ beta


def score(beta, X, y, exposure, alpha):
    mu = exposure * np.exp(X @ beta)
    return X.T @ (mu - y) / len(y) + alpha * beta
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    X, y = 0.5 * rng.standard_normal((20, 4)), rng.poisson(2.0, 20)
    exposure = rng.integers(1, 5, size=20)
    return check_gradient(
        code.neg_log_likelihood, code.score, (rng.standard_normal(4), X, y, exposure, 0.3), wrt="beta"
    )


FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the exposure forgotten",
            "mu = exposure * np.exp(X @ beta)",
            "mu = np.exp(X @ beta)",
            "beta",
            "FACTOR_DROPPED",
            "OTHER_LOSS",
        ),
        fault(
            "the exponential forgotten",
            "mu = exposure * np.exp(X @ beta)",
            "mu = X @ beta + np.log(exposure)",
            "beta",
            "OTHER_LOSS",
            "OTHER_VALUES",
        ),
        fault(
            "the sigmoid for the exponential",
            "mu = exposure * np.exp(X @ beta)",
            "mu = exposure / (1 + np.exp(-X @ beta))",
            "beta",
            "OTHER_LOSS",
            "OTHER_ACTIVATION",
        ),
        fault("y - mu", "X.T @ (mu - y)", "X.T @ (y - mu)", "beta", "SIGN", "FACTOR_INSIDE"),
        fault("the sum", "X.T @ (mu - y) / len(y)", "X.T @ (mu - y)", "beta", "MISSING_MEAN"),
        fault(
            "the penalty divided too",
            "X.T @ (mu - y) / len(y) + alpha * beta",
            "(X.T @ (mu - y) + alpha * beta) / len(y)",
            "beta",
            "LIKE_L2",
        ),
        fault("the penalty doubled", "+ alpha * beta\n", "+ 2 * alpha * beta\n", "beta", "L2_DOUBLED"),
        fault(
            "the counts of the next row",
            "(mu - y) / len(y)",
            "(mu - np.roll(y, 1)) / len(y)",
            "beta",
            "OTHER_TARGET",
            "ROWS_MIXED",
            "OTHER_LOSS",
        ),
    ),
)
