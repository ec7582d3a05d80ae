"""A layer whose weights are a direction times a length, with a softplus behind it."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_layer

TEXT = """
import numpy as np


class WeightNormLinear:
    def __init__(self, v, g, b):
        self.v, self.g, self.b = v, g, b

    def forward(self, x):
        self.x = x
        self.norm = np.sqrt(np.sum(self.v ** 2, axis=0))
        self.w = self.g * self.v / self.norm
        self.a = x @ self.w + self.b
        return np.log1p(np.exp(self.a))

    def backward(self, dy):
        da = dy / (1 + np.exp(-self.a))
        dw = self.x.T @ da
        self.db = da.sum(axis=0)
        self.dg = np.sum(dw * self.v, axis=0) / self.norm
        self.dv = self.g / self.norm * dw - self.g * self.dg / self.norm ** 2 * self.v
        return da @ self.w.T
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    return check_layer(code.WeightNormLinear(draw((4, 3)), 1 + rng.random(3), draw(3)), draw((5, 4)))


FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the norm held constant",
            "self.dv = self.g / self.norm * dw - self.g * self.dg / self.norm ** 2 * self.v",
            "self.dv = self.g / self.norm * dw",
            "v",
            "MOMENT",
            "BRANCH_DROPPED",
        ),
        fault(
            "the norm not squared",
            "self.g * self.dg / self.norm ** 2 * self.v",
            "self.g * self.dg / self.norm * self.v",
            "v",
            "MOMENT",
            "OTHER_VALUES",
        ),
        fault(
            "g not divided by the norm",
            "np.sum(dw * self.v, axis=0) / self.norm",
            "np.sum(dw * self.v, axis=0)",
            "g v",
            "FACTOR_DROPPED",
        ),
        fault(
            "w in place of v",
            "self.dg = np.sum(dw * self.v, axis=0) / self.norm",
            "self.dg = np.sum(dw * self.w, axis=0) / self.norm",
            "g v",
            "OTHER_VALUES",
        ),
        fault(
            "v in place of w on the way on",
            "return da @ self.w.T",
            "return da @ self.v.T",
            "x",
            "OTHER_VALUES",
        ),
        fault(
            "softplus not differentiated",
            "da = dy / (1 + np.exp(-self.a))",
            "da = dy",
            "x v g b",
            "ACTIVATION_MISSING",
        ),
        fault(
            "the sigmoid's own derivative",
            "        da = dy / (1 + np.exp(-self.a))\n",
            "        s = 1 / (1 + np.exp(-self.a))\n        da = dy * s * (1 - s)\n",
            "x v g b",
            "OTHER_ACTIVATION",
        ),
        fault(
            "the sigmoid of the other sign",
            "da = dy / (1 + np.exp(-self.a))",
            "da = dy / (1 + np.exp(self.a))",
            "x v g b",
            "OTHER_ACTIVATION",
            "SIGN",
        ),
    ),
)
