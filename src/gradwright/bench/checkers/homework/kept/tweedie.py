"""A Tweedie regression with logarithmic link, exposure and sample weights, as insurers use it."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault, slip
from gradwright.check import check_gradient

TEXT = """
import numpy as np


def tweedie_objective(beta, intercept, X, y, exposure, weight, p, alpha):
    eta = X @ beta + intercept + np.log(exposure)
    mu = np.exp(eta)
    total = weight.sum()
    deviance = mu ** (2 - p) / (2 - p) - y * mu ** (1 - p) / (1 - p)
    value = np.sum(weight * deviance) / total + 0.5 * alpha * beta @ beta

    deta = weight * (mu ** (2 - p) - y * mu ** (1 - p))
    deta = deta / total
    dbeta = X.T @ deta + alpha * beta
    dintercept = np.array([deta.sum()])
    return value, dbeta, dintercept
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    n = 13
    X, y = rng.standard_normal((n, 4)), rng.gamma(1.0, 2.0, n) * (rng.random(n) < 0.6)
    exposure, weight = rng.uniform(0.2, 1.0, n), rng.uniform(0.5, 3.0, n)
    arguments = (0.5 * rng.standard_normal(4), np.array([0.3]), X, y, exposure, weight, 1.4, 0.2)
    return check_gradient(value_and_grad=code.tweedie_objective, x=arguments, wrt=("beta", "intercept"))


BOTH = "beta intercept"
DETA = "weight * (mu ** (2 - p) - y * mu ** (1 - p))"
FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the link not differentiated",
            DETA,
            "weight * (mu ** (1 - p) - y * mu ** -p)",
            BOTH,
            "ACTIVATION_MISSING",
        ),
        fault("the weights forgotten", DETA, "(mu ** (2 - p) - y * mu ** (1 - p))", BOTH, "FACTOR_DROPPED"),
        fault("divided by the samples", "deta / total", "deta / len(y)", BOTH, "FACTOR"),
        fault("Poisson's gradient", DETA, "weight * (mu - y)", BOTH, "OTHER_LOSS", "FACTOR_DROPPED"),
        fault(
            "the exposure forgotten in the gradient",
            f"    deta = {DETA}",
            f"    mu = np.exp(X @ beta + intercept)\n    deta = {DETA}",
            BOTH,
            "OTHER_VALUES",
            "FACTOR_DROPPED",
            "BRANCH_DROPPED",
        ),
        fault("the penalty doubled", "+ alpha * beta\n", "+ 2 * alpha * beta\n", "beta", "L2_DOUBLED"),
        fault("the penalty forgotten", " + alpha * beta\n", "\n", "beta", "L2_MISSING"),
        fault(
            "the intercept averaged",
            "deta.sum()",
            "deta.mean()",
            "intercept",
            "MEAN_FOR_SUM",
            "MEAN_TWICE",
        ),
        fault(
            "a sign between the terms",
            DETA,
            "weight * (mu ** (2 - p) + y * mu ** (1 - p))",
            BOTH,
            "SIGN",
            "BRANCH_WRONG",
        ),
        slip("an exponent written out", DETA, "weight * (mu ** 0.5 - y * mu ** (1 - p))", BOTH, "OTHER_LOSS"),
    ),
)
