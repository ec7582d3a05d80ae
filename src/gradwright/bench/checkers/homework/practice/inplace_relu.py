"""Two layers whose backward works in place, a penalty, gradients collected in a list."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_gradient

TEXT = """
import numpy as np


def network_loss(W1, b1, W2, b2, X, Y):
    Z = X @ W1 + b1
    A = np.maximum(Z, 0)
    D = A @ W2 + b2 - Y
    return 0.5 * np.sum(D * D) / len(X)


def network_grads(W1, b1, W2, b2, X, Y):
    Z = X @ W1 + b1
    A = np.maximum(Z, 0)
    D = A @ W2 + b2 - Y
    D /= len(X)
    gW2 = A.T @ D
    gb2 = D.sum(axis=0)
    G = D @ W2.T
    G[Z < 0] = 0
    gW1 = X.T @ G
    gb1 = G.sum(axis=0)
    return [gW1, gb1, gW2, gb2]
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    arguments = draw((4, 6)), draw(6), draw((6, 3)), draw(3), draw((9, 4)), draw((9, 3))
    return check_gradient(code.network_loss, code.network_grads, arguments, wrt=("W1", "b1", "W2", "b2"))


FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "divided after the last layer's weights",
            "    D /= len(X)\n    gW2 = A.T @ D\n",
            "    gW2 = A.T @ D\n    D /= len(X)\n",
            "W2",
            "MISSING_MEAN",
        ),
        fault(
            "the ReLU's mask in A, then used",
            "    gW2 = A.T @ D\n",
            "    A[A > 0] = 1\n    gW2 = A.T @ D\n",
            "W2",
            "OTHER_VALUES",
        ),
        fault(
            "A emptied before its product",
            "    gW2 = A.T @ D\n",
            "    A[Z < 1] = 0\n    gW2 = A.T @ D\n",
            "W2",
            "OTHER_VALUES",
            "WRONG_MASK",
        ),
        fault(
            "W2 moved before it is used",
            "    G = D @ W2.T\n",
            "    W2 = W2 - 0.5 * gW2\n    G = D @ W2.T\n",
            "W1 b1",
            "UPDATE_ORDER",
        ),
        fault(
            "W2 moved in place",
            "    G = D @ W2.T\n",
            "    W2 -= 0.5 * gW2\n    G = D @ W2.T\n",
            "W1 b1",
            "UPDATE_ORDER",
        ),
        fault(
            "the mask left out for the bias",
            "    G[Z < 0] = 0\n    gW1 = X.T @ G\n    gb1 = G.sum(axis=0)\n",
            "    gb1 = G.sum(axis=0)\n    G[Z < 0] = 0\n    gW1 = X.T @ G\n",
            "b1",
            "ACTIVATION_MISSING",
            "MASK_MISSING",
        ),
        fault(
            "clipped by size",
            "    return [gW1, gb1, gW2, gb2]",
            "    return [np.clip(g, -0.1, 0.1) for g in (gW1, gb1, gW2, gb2)]",
            "W1 b1 W2 b2",
            "CLIPPED",
        ),
        fault(
            "clipped by norm",
            "    return [gW1, gb1, gW2, gb2]",
            "    grads = [gW1, gb1, gW2, gb2]\n    norm = np.sqrt(sum(np.sum(g * g) for g in grads))\n    return [g * min(1.0, 1.0 / norm) for g in grads]",
            "W1 b1 W2 b2",
            "CLIPPED",
            "FACTOR",
        ),
    ),
)
