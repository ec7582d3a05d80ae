"""Ratings as products of factors, with biases of users and items and a penalty, by a closure over the data."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_gradient

TEXT = """
import numpy as np


def make_model(u, i, r, lam):
    mu = r.mean()

    def loss(P, Q, bu, bi):
        guess = mu + bu[u] + bi[i] + (P[u] * Q[i]).sum(axis=1)
        reg = (P ** 2).sum() + (Q ** 2).sum() + (bu ** 2).sum() + (bi ** 2).sum()
        return ((r - guess) ** 2).sum() + lam * reg

    def grads(P, Q, bu, bi):
        e = r - mu - bu[u] - bi[i] - (P[u] * Q[i]).sum(axis=1)
        dP = 2 * lam * P
        dQ = 2 * lam * Q
        dbu = 2 * lam * bu
        dbi = 2 * lam * bi
        np.add.at(dP, u, -2 * e[:, None] * Q[i])
        np.add.at(dQ, i, -2 * e[:, None] * P[u])
        np.add.at(dbu, u, -2 * e)
        np.add.at(dbi, i, -2 * e)
        return dP, dQ, dbu, dbi

    return loss, grads
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    u, i, r = rng.integers(5, size=18), rng.integers(5, size=18), rng.uniform(1, 5, size=18)
    u[:5], i[-5:] = range(5), range(5)
    loss, grads = code.make_model(u, i, r, 0.3)
    draw = rng.standard_normal
    point = draw((5, 3)), draw((5, 3)), draw(5), draw(5)
    return check_gradient(loss, grads, point, wrt=("P", "Q", "bu", "bi"))


FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "a user's ratings overwrite one another",
            "np.add.at(dP, u, -2 * e[:, None] * Q[i])",
            "dP[u] += -2 * e[:, None] * Q[i]",
            "P",
            "OVERWRITTEN",
        ),
        fault(
            "the factors of users updated first",
            "-2 * e[:, None] * P[u]",
            "-2 * e[:, None] * (P - 0.05 * dP)[u]",
            "Q",
            "UPDATE_ORDER",
            "OTHER_VALUES",
        ),
        fault("its own factors", "-2 * e[:, None] * P[u]", "-2 * e[:, None] * Q[i]", "Q", "OTHER_VALUES"),
        fault(
            "the sign of a bias",
            "np.add.at(dbu, u, -2 * e)",
            "np.add.at(dbu, u, 2 * e)",
            "bu",
            "SIGN",
            "BRANCH_WRONG",
        ),
        fault(
            "the mean rating forgotten",
            "e = r - mu - bu[u]",
            "e = r - bu[u]",
            "P Q bu bi",
            "OTHER_VALUES",
            "OTHER_TARGET",
            "BRANCH_DROPPED",
        ),
        fault("the penalty forgotten", "dQ = 2 * lam * Q", "dQ = np.zeros_like(Q)", "Q", "L2_MISSING"),
        fault("the penalty's 2 forgotten", "dP = 2 * lam * P", "dP = lam * P", "P", "L2_HALVED"),
        fault(
            "the square's 2 forgotten",
            "-2 * e[:, None] * P[u]",
            "-e[:, None] * P[u]",
            "Q",
            "HALF",
            "BRANCH_WRONG",
        ),
        fault(
            "biases in another order",
            "return dP, dQ, dbu, dbi",
            "return dP, dQ, dbi, dbu",
            "bu bi",
            "EXCHANGED",
        ),
    ),
)
