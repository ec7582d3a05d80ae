"""A block with layer normalisation, a GELU layer and a skip, then a linear read-out."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault, slip
from gradwright.check import check_pair

TEXT = """
import numpy as np

C = np.sqrt(2 / np.pi)


def gelu(a):
    return 0.5 * a * (1 + np.tanh(C * (a + 0.044715 * a ** 3)))


def gelu_prime(a):
    t = np.tanh(C * (a + 0.044715 * a ** 3))
    return 0.5 * (1 + t) + 0.5 * a * (1 - t ** 2) * C * (1 + 3 * 0.044715 * a ** 2)


def block_forward(x, W1, b1, W2, b2):
    mu = x.mean(-1, keepdims=True)
    s = np.sqrt(((x - mu) ** 2).mean(-1, keepdims=True) + 1e-3)
    n = (x - mu) / s
    a = n @ W1 + b1
    g = gelu(a)
    y = x + g @ W2 + b2
    return y, (n, s, a, g, W1, W2)


def block_backward(dy, cache):
    n, s, a, g, W1, W2 = cache
    dW2 = g.T @ dy
    db2 = dy.sum(0)
    dg = dy @ W2.T
    da = dg * gelu_prime(a)
    dW1 = n.T @ da
    db1 = da.sum(0)
    dn = da @ W1.T
    dx = (dn - dn.mean(-1, keepdims=True) - n * (dn * n).mean(-1, keepdims=True)) / s
    dx = dx + dy
    return dx, dW1, db1, dW2, db2
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    x, W1, W2 = 2 * draw((4, 5)), draw((5, 7)), draw((7, 5))
    return check_pair(code.block_forward, code.block_backward, x=x, W1=W1, b1=draw(7), W2=W2, b2=draw(5))


FAMILY = Family(
    TEXT,
    check,
    (
        fault("the skip forgotten", "    dx = dx + dy\n", "", "x", "BRANCH_DROPPED"),
        fault("the block's way dropped", "dx = dx + dy", "dx = dy", "x", "BRANCH_DROPPED"),
        fault("GELU forgotten", "da = dg * gelu_prime(a)", "da = dg", "x W1 b1", "ACTIVATION_MISSING"),
        fault(
            "GELU's second term forgotten",
            " + 0.5 * a * (1 - t ** 2) * C * (1 + 3 * 0.044715 * a ** 2)",
            "",
            "x W1 b1",
            "OTHER_ACTIVATION",
            "PART_MISSING",
        ),
        fault(
            "GELU at its output",
            "da = dg * gelu_prime(a)",
            "da = dg * gelu_prime(g)",
            "x W1 b1",
            "ACTIVATION_AT_OUTPUT",
        ),
        fault(
            "the normalisation skipped",
            "dx = (dn - dn.mean(-1, keepdims=True) - n * (dn * n).mean(-1, keepdims=True)) / s",
            "dx = dn",
            "x",
            "STRAIGHT_THROUGH",
            "MOMENT",
            "ACTIVATION_MISSING",
        ),
        fault(
            "the deviation held constant",
            "dx = (dn - dn.mean(-1, keepdims=True) - n * (dn * n).mean(-1, keepdims=True)) / s",
            "dx = (dn - dn.mean(-1, keepdims=True)) / s",
            "x",
            "MOMENT",
        ),
        fault("W1's with a in place of n", "dW1 = n.T @ da", "dW1 = (n * s).T @ da", "W1", "OTHER_VALUES"),
        slip(
            "another cubic coefficient",
            "(1 + 3 * 0.044715 * a ** 2)",
            "(1 + 3 * 0.04 * a ** 2)",
            "x W1 b1",
            "OTHER_ACTIVATION",
        ),
    ),
)
