"""A residual block of two layers with swish, the parameters before the input, as a pair of functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_pair

TEXT = """
import numpy as np


def block_fwd(W1, b1, W2, b2, x):
    z = x @ W1 + b1
    s = 1 / (1 + np.exp(-z))
    h = z * s
    out = x + h @ W2 + b2
    return out, (x, z, s, h, W1, W2)


def block_bwd(dy, cache):
    x, z, s, h, W1, W2 = cache
    db2 = dy.sum(0)
    dW2 = h.T @ dy
    dh = dy @ W2.T
    dz = dh * (s + z * s * (1 - s))
    dW1 = x.T @ dz
    db1 = dz.sum(0)
    dx = dy + dz @ W1.T
    return dW1, db1, dW2, db2, dx
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    W1, W2, x = draw((4, 4)), draw((4, 4)), draw((7, 4))
    return check_pair(code.block_fwd, code.block_bwd, W1=W1, b1=draw(4), W2=W2, b2=draw(4), x=x)


SWISH = "dh * (s + z * s * (1 - s))"
INNER = "W1 b1 x"
FAMILY = Family(
    TEXT,
    check,
    (
        fault("the residual way dropped", "dx = dy + dz @ W1.T", "dx = dz @ W1.T", "x", "BRANCH_DROPPED"),
        fault(
            "a term of the product rule dropped", SWISH, "dh * s", INNER, "BRANCH_DROPPED", "OTHER_ACTIVATION"
        ),
        fault("the derivative of a sigmoid", SWISH, "dh * s * (1 - s)", INNER, "OTHER_ACTIVATION"),
        fault("the derivative of a ReLU", SWISH, "dh * (z > 0)", INNER, "OTHER_ACTIVATION"),
        fault("swish not differentiated", SWISH, "dh", INNER, "ACTIVATION_MISSING"),
        fault("before the activation", "dW2 = h.T @ dy", "dW2 = z.T @ dy", "W2", "OTHER_VALUES"),
        fault(
            "the residual way twice",
            "dx = dy + dz @ W1.T",
            "dx = dy + dz @ W1.T + dy",
            "x",
            "BRANCH_TWICE",
            "BRANCH_WRONG",
            "FACTOR_INSIDE",
            "DOUBLE",
        ),
        fault(
            "the residual way through the first layer",
            "dx = dy + dz @ W1.T",
            "dx = (dy + dz) @ W1.T",
            "x",
            "BRANCH_WRONG",
        ),
        fault("a bias averaged", "db1 = dz.sum(0)", "db1 = dz.mean(0)", "b1", "MEAN_FOR_SUM", "MEAN_TWICE"),
        fault(
            "the output's gradient added to in place",
            "    dx = dy + dz @ W1.T\n",
            "    dx = dy\n    dx += dz @ W1.T\n    db2 = dy.sum(0)\n",
            "b2",
            "EXTRA_TERM",
            "OTHER_VALUES",
        ),
    ),
)
