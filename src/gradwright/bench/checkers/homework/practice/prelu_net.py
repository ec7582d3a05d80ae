"""Leaky units whose slope is learnt for each channel, between two linear layers without bias."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_pair

TEXT = """
import numpy as np


def prelu_net_forward(x, W1, alpha, W2):
    z = x @ W1
    h = np.where(z > 0, z, alpha * z)
    return h @ W2, (x, W1, alpha, W2, z, h)


def prelu_net_backward(dout, cache):
    x, W1, alpha, W2, z, h = cache
    dW2 = h.T @ dout
    dh = dout @ W2.T
    dalpha = np.sum(dh * np.minimum(z, 0), axis=0)
    dz = dh * np.where(z > 0, 1, alpha)
    dW1 = x.T @ dz
    dx = dz @ W1.T
    return dx, dW1, dalpha, dW2
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    x, W1, alpha, W2 = draw((8, 4)), draw((4, 6)), 0.2 + 0.3 * rng.random(6), draw((6, 3))
    return check_pair(code.prelu_net_forward, code.prelu_net_backward, x=x, W1=W1, alpha=alpha, W2=W2)


FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "a fixed slope",
            "dz = dh * np.where(z > 0, 1, alpha)",
            "dz = dh * np.where(z > 0, 1, 0.01)",
            "x W1",
            "OTHER_ACTIVATION",
        ),
        fault(
            "ReLU's derivative",
            "dz = dh * np.where(z > 0, 1, alpha)",
            "dz = dh * (z > 0)",
            "x W1",
            "OTHER_ACTIVATION",
        ),
        fault(
            "the activation forgotten",
            "dz = dh * np.where(z > 0, 1, alpha)",
            "dz = dh",
            "x W1",
            "ACTIVATION_MISSING",
        ),
        fault("the slope's with all of z", "np.minimum(z, 0)", "z", "alpha", "MASK_MISSING", "OTHER_VALUES"),
        fault("the slope's with h", "np.minimum(z, 0)", "np.minimum(h, 0)", "alpha", "OTHER_VALUES"),
        fault(
            "the slope's mean",
            "dalpha = np.sum(dh * np.minimum(z, 0), axis=0)",
            "dalpha = np.mean(dh * np.minimum(z, 0), axis=0)",
            "alpha",
            "MEAN_FOR_SUM",
            "MEAN_TWICE",
        ),
        fault(
            "the slope of one for all channels",
            "dalpha = np.sum(dh * np.minimum(z, 0), axis=0)",
            "dalpha = np.sum(dh * np.minimum(z, 0)) * np.ones_like(alpha)",
            "alpha",
            "BIAS_AXIS",
            "OTHER_AXIS",
        ),
        fault("z in place of h", "dW2 = h.T @ dout", "dW2 = z.T @ dout", "W2", "OTHER_VALUES"),
    ),
)
