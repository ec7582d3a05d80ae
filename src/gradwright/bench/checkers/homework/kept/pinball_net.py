"""Three quantiles at once by a network with ELU: value and gradients from one function."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_gradient

TEXT = """
import numpy as np


def pinballLoss(X, y, taus, W1, b1, W2, b2):
    z = X @ W1 + b1
    h = np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1)
    q = h @ W2 + b2
    u = y[:, None] - q
    loss = np.mean(np.maximum(taus * u, (taus - 1) * u))
    dq = np.where(u > 0, -taus, 1 - taus) / u.size
    dW2 = h.T @ dq
    db2 = dq.sum(axis=0)
    dz = dq @ W2.T * np.where(z > 0, 1, h + 1)
    dW1 = X.T @ dz
    db1 = dz.sum(axis=0)
    return loss, (dW1, db1, dW2, db2)
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    data = draw((10, 4)), 2 * draw(10), np.array([0.1, 0.5, 0.8])
    weights = draw((4, 6)), draw(6), 0.5 * draw((6, 3)), draw(3)
    return check_gradient(value_and_grad=code.pinballLoss, x=(*data, *weights), wrt=("W1", "b1", "W2", "b2"))


ALL = "W1 b1 W2 b2"
SLOPE = "np.where(u > 0, -taus, 1 - taus)"
ELU = " * np.where(z > 0, 1, h + 1)"
FAMILY = Family(
    TEXT,
    check,
    (
        fault("averaged over the rows alone", "/ u.size", "/ len(u)", ALL, "FACTOR", "SUM_FOR_MEAN"),
        fault(
            "the quantiles the other way round",
            SLOPE,
            "np.where(u > 0, taus - 1, taus)",
            ALL,
            "OTHER_LOSS",
            "OTHER_VALUES",
        ),
        fault("the slope of absolute values", SLOPE, "-np.sign(u)", ALL, "OTHER_LOSS", "FACTOR_DROPPED"),
        fault(
            "ELU differentiated at its output",
            ELU,
            " * np.where(z > 0, 1, np.exp(h))",
            "W1 b1",
            "ACTIVATION_AT_OUTPUT",
        ),
        fault("the derivative of a ReLU", ELU, " * (z > 0)", "W1 b1", "OTHER_ACTIVATION"),
        fault(
            "ELU's 1 forgotten", ELU, " * np.where(z > 0, 1, h)", "W1 b1", "OTHER_ACTIVATION", "PART_MISSING"
        ),
        fault("ELU not differentiated", ELU, "", "W1 b1", "ACTIVATION_MISSING"),
        fault(
            "a bias averaged",
            "db1 = dz.sum(axis=0)",
            "db1 = dz.mean(axis=0)",
            "b1",
            "MEAN_FOR_SUM",
            "MEAN_TWICE",
        ),
        fault("before the activation", "dW2 = h.T @ dq", "dW2 = z.T @ dq", "W2", "OTHER_VALUES"),
    ),
)
