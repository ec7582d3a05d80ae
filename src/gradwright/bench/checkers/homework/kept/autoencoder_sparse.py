"""An autoencoder of sigmoids with weight decay and a penalty on how often units fire, in columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_gradient

TEXT = """
import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def sparseAutoencoderCost(W1, W2, b1, b2, data, lam, rho, beta):
    m = data.shape[1]
    a2 = sigmoid(W1 @ data + b1)
    a3 = sigmoid(W2 @ a2 + b2)
    rhoHat = a2.mean(axis=1, keepdims=True)
    kl = rho * np.log(rho / rhoHat) + (1 - rho) * np.log((1 - rho) / (1 - rhoHat))
    cost = 0.5 * np.sum((a3 - data) ** 2) / m + beta * np.sum(kl)
    cost += lam / 2 * (np.sum(W1 ** 2) + np.sum(W2 ** 2))

    delta3 = (a3 - data) * a3 * (1 - a3)
    sparsity = beta * (-rho / rhoHat + (1 - rho) / (1 - rhoHat))
    delta2 = (W2.T @ delta3 + sparsity) * a2 * (1 - a2)
    W1grad = delta2 @ data.T / m + lam * W1
    W2grad = delta3 @ a2.T / m + lam * W2
    b1grad = delta2.sum(axis=1, keepdims=True) / m
    b2grad = np.sum(delta3, axis=1, keepdims=True) / m
    return cost, W1grad, W2grad, b1grad, b2grad
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    weights = draw((3, 6)), draw((6, 3)), draw((3, 1)), draw((6, 1))
    arguments = (*weights, rng.uniform(0.1, 0.9, (6, 12)), 0.03, 0.1, 0.5)
    return check_gradient(
        value_and_grad=code.sparseAutoencoderCost, x=arguments, wrt=("W1", "W2", "b1", "b2")
    )


FIRST = "W1 b1"
DELTA2 = "(W2.T @ delta3 + sparsity) * a2 * (1 - a2)"
FAMILY = Family(
    TEXT,
    check,
    (
        fault("sparsity forgotten", "(W2.T @ delta3 + sparsity)", "(W2.T @ delta3)", FIRST, "BRANCH_DROPPED"),
        fault(
            "sparsity added behind the derivative",
            DELTA2,
            "W2.T @ delta3 * a2 * (1 - a2) + sparsity",
            FIRST,
            "ACTIVATION_MISSING",
            "BRANCH_WRONG",
        ),
        fault(
            "sparsity averaged twice",
            "delta3 + sparsity)",
            "delta3 + sparsity / m)",
            FIRST,
            "MEAN_TWICE",
            "BRANCH_WRONG",
        ),
        fault(
            "the output's sigmoid not differentiated",
            " * a3 * (1 - a3)",
            "",
            "W1 W2 b1 b2",
            "ACTIVATION_MISSING",
            "OTHER_LOSS",
        ),
        fault(
            "a sign of the divergence",
            "(-rho / rhoHat + (1 - rho)",
            "(-rho / rhoHat - (1 - rho)",
            FIRST,
            "SIGN",
            "BRANCH_WRONG",
        ),
        fault("weight decay forgotten", " + lam * W1\n", "\n", "W1", "L2_MISSING"),
        fault(
            "the derivative of tanh",
            "sparsity) * a2 * (1 - a2)",
            "sparsity) * (1 - a2 ** 2)",
            FIRST,
            "OTHER_ACTIVATION",
        ),
        fault(
            "a bias averaged twice",
            "np.sum(delta3, axis=1, keepdims=True) / m",
            "np.mean(delta3, axis=1, keepdims=True) / m",
            "b2",
            "MEAN_TWICE",
            "MEAN_FOR_SUM",
        ),
        fault(
            "decay of both weights by the first",
            "a2.T / m + lam * W2",
            "a2.T / m + lam * W1.T",
            "W2",
            "OTHER_VALUES",
            "OTHER_PENALTY",
            "EXCHANGED",
            "BRANCH_WRONG",
        ),
    ),
)
