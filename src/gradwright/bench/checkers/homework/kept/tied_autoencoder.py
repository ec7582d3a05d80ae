"""An autoencoder whose decoder has the encoder's weights transposed, squared error."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_gradient

TEXT = """
import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def autoencoder(W, b, c, X, weight_decay):
    n = X.shape[0]
    H = sigmoid(X @ W + b)
    R = H @ W.T + c
    E = R - X
    cost = 0.5 * np.sum(E ** 2) / n + 0.5 * weight_decay * np.sum(W ** 2)
    dR = E / n
    dc = dR.sum(axis=0)
    dH = dR @ W
    dA = dH * H * (1 - H)
    db = dA.sum(axis=0)
    dW = X.T @ dA + dR.T @ H + weight_decay * W
    return cost, (dW, db, dc)
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    arguments = (draw((6, 3)), draw(3), draw(6), draw((8, 6)), 0.1)
    return check_gradient(value_and_grad=code.autoencoder, x=arguments, wrt=("W", "b", "c"))


FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the decoder's part forgotten",
            "X.T @ dA + dR.T @ H + weight_decay * W",
            "X.T @ dA + weight_decay * W",
            "W",
            "BRANCH_DROPPED",
            "PART_MISSING",
        ),
        fault(
            "the encoder's part forgotten",
            "X.T @ dA + dR.T @ H + weight_decay * W",
            "dR.T @ H + weight_decay * W",
            "W",
            "BRANCH_DROPPED",
            "PART_MISSING",
        ),
        fault("a 2 of the square", "dR = E / n", "dR = 2 * E / n", "W b c", "DOUBLE", "FACTOR_INSIDE"),
        fault("the decay divided by n", "+ weight_decay * W\n", "+ weight_decay * W / n\n", "W", "LIKE_L2"),
        fault(
            "the sigmoid not differentiated", "dA = dH * H * (1 - H)", "dA = dH", "W b", "ACTIVATION_MISSING"
        ),
        fault(
            "H (1 + H)", "dA = dH * H * (1 - H)", "dA = dH * H * (1 + H)", "W b", "SIGN", "OTHER_ACTIVATION"
        ),
        fault(
            "the parts averaged",
            "X.T @ dA + dR.T @ H + weight_decay * W",
            "0.5 * (X.T @ dA + dR.T @ H) + weight_decay * W",
            "W",
            "HALF",
            "FACTOR_INSIDE",
        ),
        fault(
            "the error turned round",
            "E = R - X\n    cost",
            "E = X - R\n    cost",
            "W b c",
            "SIGN",
            "FACTOR_INSIDE",
        ),
        fault(
            "the input in place of the code",
            "dR.T @ H + weight",
            "dR.T @ (X @ W + b) + weight",
            "W",
            "OTHER_VALUES",
        ),
    ),
)
