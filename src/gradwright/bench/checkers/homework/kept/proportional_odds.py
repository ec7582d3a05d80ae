"""Ordered classes by cumulated logits, thresholds kept in order by exponentials."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_gradient

TEXT = """
import numpy as np


def cumulated(beta, a, X):
    theta = np.cumsum(np.concatenate([a[:1], np.exp(a[1:])]))
    return 1 / (1 + np.exp(X @ beta[:, None] - theta))


def nll(beta, a, X, y):
    cum = cumulated(beta, a, X)
    n = len(y)
    full = np.hstack([np.zeros((n, 1)), cum, np.ones((n, 1))])
    rows = np.arange(n)
    return -np.log(full[rows, y + 1] - full[rows, y]).sum()


def nll_grad(beta, a, X, y):
    cum = cumulated(beta, a, X)
    n, m = cum.shape
    rows = np.arange(n)
    zero = np.zeros((n, 1))
    full = np.hstack([zero, cum, zero + 1])
    p = full[rows, y + 1] - full[rows, y]
    d = cum * (1 - cum)
    slopes = np.hstack([zero, d, zero])
    upper = slopes[rows, y + 1]
    lower = slopes[rows, y]
    dbeta = X.T @ ((upper - lower) / p)
    dtheta = np.zeros(m)
    for k in range(m):
        below, above = y == k, y == k + 1
        dtheta[k] = np.sum(lower[above] / p[above]) - np.sum(upper[below] / p[below])
    da = np.cumsum(dtheta[::-1])[::-1]
    da[1:] *= np.exp(a[1:])
    return dbeta, da
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    X, y = rng.standard_normal((14, 3)), rng.permutation(np.arange(14) % 5)
    point = rng.standard_normal(3), np.append(-1.5, 0.5 * rng.standard_normal(3))
    return check_gradient(code.nll, code.nll_grad, (*point, X, y), wrt=("beta", "a"))


FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the exponential not differentiated",
            "    da[1:] *= np.exp(a[1:])\n",
            "",
            "a",
            "ACTIVATION_MISSING",
        ),
        fault(
            "later thresholds forgotten",
            "da = np.cumsum(dtheta[::-1])[::-1]",
            "da = dtheta.copy()",
            "a",
            "PART_MISSING",
            "DIAGONAL",
        ),
        fault(
            "cumulated from the wrong side",
            "da = np.cumsum(dtheta[::-1])[::-1]",
            "da = np.cumsum(dtheta)",
            "a",
            "REVERSED",
            "TRANSPOSED_INSIDE",
        ),
        fault("the sign of the slope", "(upper - lower)", "(lower - upper)", "beta", "SIGN"),
        fault("the lower bound forgotten", "((upper - lower) / p)", "(upper / p)", "beta", "BRANCH_DROPPED"),
        fault(
            "half of the sigmoid's derivative",
            "d = cum * (1 - cum)",
            "d = cum",
            "beta a",
            "FACTOR_DROPPED",
            "OTHER_ACTIVATION",
        ),
        fault(
            "the logarithm not differentiated",
            "((upper - lower) / p)",
            "(upper - lower)",
            "beta",
            "ACTIVATION_MISSING",
            "OTHER_LOSS",
        ),
        fault(
            "the class above is the class itself",
            "below, above = y == k, y == k + 1",
            "below, above = y == k, y == k",
            "a",
            "OFF_BY_ONE",
            "WRONG_CLASS",
            "OTHER_VALUES",
        ),
    ),
)
