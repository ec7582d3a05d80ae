"""Highway layers: a gate between what a layer makes and what it was given, stacked twice with the same weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_layer

TEXT = """
import numpy as np


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


class Highway:
    def __init__(self, dim, depth=2, seed=0):
        rng = np.random.RandomState(seed)
        self.depth = depth
        self.params = {
            "WH": rng.randn(dim, dim) / np.sqrt(dim),
            "bH": 0.1 * rng.randn(dim),
            "WT": rng.randn(dim, dim) / np.sqrt(dim),
            "bT": 0.1 * rng.randn(dim) - 1,
        }

    def forward(self, x):
        p = self.params
        self.stack = []
        for _ in range(self.depth):
            h = np.tanh(x @ p["WH"] + p["bH"])
            t = sigmoid(x @ p["WT"] + p["bT"])
            self.stack.append((x, h, t))
            x = h * t + x * (1 - t)
        return x

    def backward(self, dy):
        p = self.params
        self.grads = {name: np.zeros_like(value) for name, value in p.items()}
        for x, h, t in reversed(self.stack):
            dh = dy * t * (1 - h ** 2)
            dt = dy * (h - x) * t * (1 - t)
            self.grads["WH"] += x.T @ dh
            self.grads["bH"] += dh.sum(axis=0)
            self.grads["WT"] += x.T @ dt
            self.grads["bT"] += dt.sum(axis=0)
            dy = dy * (1 - t) + dh @ p["WH"].T + dt @ p["WT"].T
        return dy
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    return check_layer(code.Highway(4, seed=1), rng.standard_normal((5, 4)))


WH, BH, WT, BT = (f"params.{name}" for name in ("WH", "bH", "WT", "bT"))
ALL = f"x {WH} {BH} {WT} {BT}"
FAMILY = Family(
    TEXT,
    check,
    (
        fault("what is carried forgotten", "dy = dy * (1 - t) + dh", "dy = dh", ALL, "BRANCH_DROPPED"),
        fault("the way through the gate dropped", ' + dt @ p["WT"].T', "", ALL, "BRANCH_DROPPED"),
        fault(
            "the carried part of the gate forgotten",
            "dt = dy * (h - x) * t * (1 - t)",
            "dt = dy * h * t * (1 - t)",
            ALL,
            "PART_MISSING",
            "BRANCH_DROPPED",
        ),
        fault(
            "the gate turned round",
            "dh = dy * t * (1 - h ** 2)",
            "dh = dy * (1 - t) * (1 - h ** 2)",
            ALL,
            "OTHER_VALUES",
        ),
        fault(
            "the gate's sigmoid forgotten",
            "dt = dy * (h - x) * t * (1 - t)",
            "dt = dy * (h - x)",
            ALL,
            "ACTIVATION_MISSING",
        ),
        fault(
            "shared weights of the last layer alone",
            'self.grads["WH"] += x.T @ dh',
            'self.grads["WH"] = x.T @ dh',
            WH,
            "OVERWRITTEN",
        ),
        fault("tanh as the sigmoid", "(1 - h ** 2)", "h * (1 - h)", ALL, "OTHER_ACTIVATION"),
        fault(
            "the gradients of earlier calls kept",
            "        self.grads = {name: np.zeros_like(value) for name, value in p.items()}\n",
            "        self.grads = getattr(self, 'grads', {name: np.zeros_like(value) for name, value in p.items()})\n",
            f"{WH} {BH} {WT} {BT}",
            "ACCUMULATES",
        ),
    ),
)
