"""An elastic net for several targets, with an intercept."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_gradient

TEXT = """
import numpy as np


def elastic_net(W, c, X, Y, l1, l2):
    n = X.shape[0]
    E = X @ W + c - Y
    return np.sum(E ** 2) / (2 * n) + l1 * np.abs(W).sum() + 0.5 * l2 * np.sum(W ** 2)


def elastic_net_grad(W, c, X, Y, l1, l2):
    n = X.shape[0]
    E = X @ W + c - Y
    dW = X.T @ E / n + l1 * np.sign(W) + l2 * W
    dc = E.sum(axis=0) / n
    return dW, dc
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    arguments = draw((5, 2)), draw(2), draw((11, 5)), draw((11, 2)), 0.2, 0.7
    return check_gradient(code.elastic_net, code.elastic_net_grad, arguments, wrt=("W", "c"))


FAMILY = Family(
    TEXT,
    check,
    (
        fault("the sign forgotten in l1", "l1 * np.sign(W)", "l1", "W", "FACTOR_DROPPED", "OTHER_PENALTY"),
        fault(
            "l1 forgotten",
            " + l1 * np.sign(W)",
            "",
            "W",
            "PART_MISSING",
            "BRANCH_DROPPED",
        ),
        fault("l2 forgotten", " + l2 * W\n", "\n", "W", "L2_MISSING"),
        fault("l2 doubled", " + l2 * W\n", " + 2 * l2 * W\n", "W", "L2_DOUBLED"),
        fault(
            "the absolute value for its derivative",
            "l1 * np.sign(W)",
            "l1 * np.abs(W)",
            "W",
            "OTHER_PENALTY",
            "OTHER_VALUES",
        ),
        fault("the 2 of n kept", "dW = X.T @ E / n", "dW = X.T @ E / (2 * n)", "W", "FACTOR_INSIDE", "HALF"),
        fault(
            "the intercept forgotten in the error",
            "    E = X @ W + c - Y\n    dW",
            "    E = X @ W - Y\n    dW",
            "W c",
            "PART_MISSING",
            "OTHER_LOSS",
        ),
        fault(
            "the intercept penalised",
            "dc = E.sum(axis=0) / n",
            "dc = E.sum(axis=0) / n + l2 * c",
            "c",
            "L2_EXTRA",
        ),
        fault(
            "the intercept's sum",
            "dc = E.sum(axis=0) / n",
            "dc = E.sum(axis=0)",
            "c",
            "MISSING_MEAN",
            "SUM_FOR_MEAN",
        ),
    ),
)
