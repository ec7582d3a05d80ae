"""Squeeze and excitation: channels scaled by gates made of their own means."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_pair

TEXT = """
import numpy as np


def se_forward(x, W1, W2):
    N, C, H, W = x.shape
    s = x.mean(axis=(2, 3))
    z = s @ W1
    e = np.maximum(z, 0)
    g = 1 / (1 + np.exp(-(e @ W2)))
    out = x * g[:, :, None, None]
    return out, (x, s, z, e, g, W1, W2)


def se_backward(dout, cache):
    x, s, z, e, g, W1, W2 = cache
    N, C, H, W = x.shape
    dg = np.sum(dout * x, axis=(2, 3))
    da = dg * g * (1 - g)
    dW2 = e.T @ da
    dz = da @ W2.T * (z > 0)
    dW1 = s.T @ dz
    ds = dz @ W1.T
    dx = dout * g[:, :, None, None] + ds[:, :, None, None] / (H * W)
    return dx, dW1, dW2
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    x = draw((5, 4, 2, 3)) + draw((5, 4, 1, 1))
    return check_pair(code.se_forward, code.se_backward, x=x, W1=draw((4, 5)), W2=draw((5, 4)))


FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the gates held constant",
            " + ds[:, :, None, None] / (H * W)",
            "",
            "x",
            "BRANCH_DROPPED",
            "MOMENT",
        ),
        fault(
            "the way past the gates dropped",
            "dx = dout * g[:, :, None, None] + ds",
            "dx = 0 * x + ds",
            "x",
            "BRANCH_DROPPED",
        ),
        fault(
            "not divided by the area",
            "ds[:, :, None, None] / (H * W)",
            "ds[:, :, None, None]",
            "x",
            "MISSING_MEAN",
            "SUM_FOR_MEAN",
            "FACTOR_INSIDE",
            "BRANCH_WRONG",
        ),
        fault(
            "the gates' mean over the area",
            "dg = np.sum(dout * x, axis=(2, 3))",
            "dg = np.mean(dout * x, axis=(2, 3))",
            "x W1 W2",
            "MEAN_FOR_SUM",
            "FACTOR_INSIDE",
        ),
        fault(
            "x forgotten in the gates",
            "dg = np.sum(dout * x, axis=(2, 3))",
            "dg = np.sum(dout, axis=(2, 3))",
            "x W1 W2",
            "FACTOR_DROPPED",
        ),
        fault("the sigmoid forgotten", "da = dg * g * (1 - g)", "da = dg", "x W1 W2", "ACTIVATION_MISSING"),
        fault(
            "the ReLU forgotten",
            "dz = da @ W2.T * (z > 0)",
            "dz = da @ W2.T",
            "x W1",
            "ACTIVATION_MISSING",
            "MASK_MISSING",
        ),
        fault("the squeezed for the excited", "dW2 = e.T @ da", "dW2 = z.T @ da", "W2", "OTHER_VALUES"),
        fault(
            "the gate not applied on the way on",
            "dx = dout * g[:, :, None, None] + ds",
            "dx = dout + ds",
            "x",
            "FACTOR_DROPPED",
            "BRANCH_WRONG",
        ),
    ),
)
