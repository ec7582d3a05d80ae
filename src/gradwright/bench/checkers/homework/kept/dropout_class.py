"""A layer, ReLU and dropout as classes that remember masks between forward and backward."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_layer

TEXT = """
import numpy as np


class Linear:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = dout.sum(axis=0)
        return dout @ self.W.T


class ReLU:
    def __init__(self):
        self.mask = None

    def forward(self, x):
        self.mask = x <= 0
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout):
        dx = dout.copy()
        dx[self.mask] = 0
        return dx


class Dropout:
    def __init__(self, ratio):
        self.ratio = ratio
        self.mask = None

    def forward(self, x, train_flg=True):
        if train_flg:
            self.mask = np.random.rand(*x.shape) > self.ratio
            return x * self.mask
        return x * (1.0 - self.ratio)

    def backward(self, dout):
        return dout * self.mask


class Net:
    def __init__(self, W1, b1, W2, b2):
        self.first, self.relu, self.dropout = Linear(W1, b1), ReLU(), Dropout(0.3)
        self.last = Linear(W2, b2)

    def forward(self, x):
        h = self.dropout.forward(self.relu.forward(self.first.forward(x)))
        return self.last.forward(h)

    def backward(self, dout):
        dh = self.last.backward(dout)
        return self.first.backward(self.relu.backward(self.dropout.backward(dh)))
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    return check_layer(code.Net(draw((4, 7)), draw(7), draw((7, 3)), draw(3)), draw((6, 4)))


FIRST = "x first.W first.b"
FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the ReLU's mask of the first call",
            "        self.mask = x <= 0\n        out = x.copy()\n        out[self.mask] = 0\n",
            "        self.mask = x <= 0 if self.mask is None else self.mask\n        out = np.maximum(x, 0)\n",
            FIRST,
            "KEPT",
            "STALE_CACHE",
            "WRONG_MASK",
        ),
        fault(
            "dropout's mask not applied",
            "return dout * self.mask",
            "return dout",
            FIRST,
            "MASK_MISSING",
            "FACTOR_DROPPED",
        ),
        fault(
            "dropout's mask drawn again in backward",
            "return dout * self.mask",
            "return dout * (np.random.rand(*dout.shape) > self.ratio)",
            FIRST,
            "RANDOM",
            "WRONG_MASK",
        ),
        fault(
            "dropout as in evaluation",
            "return dout * self.mask",
            "return dout * (1.0 - self.ratio)",
            FIRST,
            "MASK_MISSING",
            "WRONG_MASK",
            "FACTOR_DROPPED",
        ),
        fault(
            "the ReLU's mask turned round",
            "dx[self.mask] = 0",
            "dx[~self.mask] = 0",
            FIRST,
            "OTHER_ACTIVATION",
            "WRONG_MASK",
        ),
        fault(
            "the input of the first call",
            "        self.x = x\n",
            "        self.x = getattr(self, 'x', x)\n",
            "first.W last.W",
            "KEPT",
            "STALE_CACHE",
            "OTHER_VALUES",
        ),
        fault(
            "the weights' gradient kept for ever",
            "        self.dW = self.x.T @ dout\n",
            "        if not hasattr(self, 'dW'):\n            self.dW = self.x.T @ dout\n",
            "first.W last.W",
            "FROZEN",
            "KEPT",
            "STALE_CACHE",
        ),
        fault(
            "half of the gradient of before",
            "self.db = dout.sum(axis=0)",
            "self.db = dout.sum(axis=0) + 0.5 * getattr(self, 'db', 0)",
            "first.b last.b",
            "ACCUMULATES",
            "STALE_CACHE",
        ),
    ),
)
