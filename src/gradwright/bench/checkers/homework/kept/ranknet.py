"""Pairs of documents to be ranked, scored by a network with tanh; a document is in many pairs."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault, slip
from gradwright.check import check_gradient

TEXT = """
import numpy as np


def ranknet(W, b, v, X, better, worse, sigma):
    H = np.tanh(X @ W + b)
    s = H @ v
    o = sigma * (s[better] - s[worse])
    cost = np.log(1 + np.exp(-o)).mean()

    lam = -sigma / (1 + np.exp(o)) / len(better)
    ds = np.zeros(len(X))
    np.add.at(ds, better, lam)
    np.subtract.at(ds, worse, lam)
    dv = H.T @ ds
    dA = np.outer(ds, v) * (1 - H ** 2)
    return cost, X.T @ dA, dA.sum(axis=0), dv
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    pairs = np.array([rng.choice(6, 2, replace=False) for _ in range(14)])
    arguments = draw((4, 5)), draw(5), draw(5), draw((6, 4)), *pairs.T, 1.7
    return check_gradient(value_and_grad=code.ranknet, x=arguments, wrt=("W", "b", "v"))


ALL = "W b v"
LAMBDA = "-sigma / (1 + np.exp(o)) / len(better)"
FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "a document's pairs overwrite one another",
            "np.add.at(ds, better, lam)",
            "ds[better] += lam",
            ALL,
            "OVERWRITTEN",
        ),
        fault("the worse ones forgotten", "    np.subtract.at(ds, worse, lam)\n", "", ALL, "BRANCH_DROPPED"),
        fault(
            "the worse ones' sign",
            "np.subtract.at(ds, worse, lam)",
            "np.add.at(ds, worse, lam)",
            ALL,
            "SIGN",
            "BRANCH_WRONG",
        ),
        fault(
            "sigma forgotten", LAMBDA, "-1 / (1 + np.exp(o)) / len(better)", ALL, "FACTOR", "FACTOR_DROPPED"
        ),
        fault(
            "the sign within the sigmoid",
            LAMBDA,
            "-sigma / (1 + np.exp(-o)) / len(better)",
            ALL,
            "OTHER_LOSS",
            "OTHER_VALUES",
            "SIGN",
        ),
        fault("averaged over the documents", "/ len(better)", "/ len(X)", ALL, "FACTOR"),
        fault("tanh not differentiated", " * (1 - H ** 2)", "", "W b", "ACTIVATION_MISSING"),
        fault("the square forgotten", "(1 - H ** 2)", "(1 - H)", "W b", "OTHER_ACTIVATION", "FACTOR_DROPPED"),
        fault(
            "tanh differentiated for the last weights too",
            "dv = H.T @ ds",
            "dv = (H * (1 - H ** 2)).T @ ds",
            "v",
            "ACTIVATION_TWICE",
        ),
        slip("0.9 for 1", "(1 - H ** 2)", "(1 - 0.9 * H ** 2)", "W b", "OTHER_ACTIVATION"),
    ),
)
