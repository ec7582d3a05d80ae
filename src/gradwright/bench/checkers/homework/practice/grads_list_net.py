"""Layers with params and grads as lists, Sigmoid, Affine and SoftmaxWithLoss, a network that collects them."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_layer

TEXT = """
import numpy as np


def softmax(x):
    x = x - x.max(axis=-1, keepdims=True)
    x = np.exp(x)
    return x / x.sum(axis=-1, keepdims=True)


class Affine:
    def __init__(self, W, b):
        self.params = [W, b]
        self.grads = [np.zeros_like(W), np.zeros_like(b)]
        self.x = None

    def forward(self, x):
        W, b = self.params
        self.x = x
        return np.dot(x, W) + b

    def backward(self, dout):
        W, b = self.params
        dx = np.dot(dout, W.T)
        dW = np.dot(self.x.T, dout)
        db = np.sum(dout, axis=0)
        self.grads[0][...] = dW
        self.grads[1][...] = db
        return dx


class Sigmoid:
    def __init__(self):
        self.params, self.grads = [], []
        self.out = None

    def forward(self, x):
        self.out = 1 / (1 + np.exp(-x))
        return self.out

    def backward(self, dout):
        return dout * (1.0 - self.out) * self.out


class SoftmaxWithLoss:
    def __init__(self):
        self.params, self.grads = [], []

    def forward(self, x, t):
        self.t = t
        self.y = softmax(x)
        batch_size = self.y.shape[0]
        return -np.sum(np.log(self.y[np.arange(batch_size), t])) / batch_size

    def backward(self, dout=1):
        batch_size = self.t.shape[0]
        dx = self.y.copy()
        dx[np.arange(batch_size), self.t] -= 1
        dx *= dout
        dx = dx / batch_size
        return dx


class TwoLayerNet:
    def __init__(self, I, H, O):
        rng = np.random.RandomState(0)
        W1, b1 = rng.randn(I, H), rng.randn(H)
        W2, b2 = rng.randn(H, O), rng.randn(O)
        self.layers = [Affine(W1, b1), Sigmoid(), Affine(W2, b2)]
        self.loss_layer = SoftmaxWithLoss()

    def forward(self, x, t):
        for layer in self.layers:
            x = layer.forward(x)
        return self.loss_layer.forward(x, t)

    def backward(self, dout=1):
        dout = self.loss_layer.backward(dout)
        for layer in reversed(self.layers):
            dout = layer.backward(dout)
        return dout
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    return check_layer(code.TwoLayerNet(3, 5, 4), rng.standard_normal((6, 3)), rng.integers(4, size=6))


W1, B1, W2, B2 = (f"layers[{i}].params[{j}]" for i in (0, 2) for j in (0, 1))
FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the sigmoid forgotten",
            "dout * (1.0 - self.out) * self.out",
            "dout",
            f"x {W1} {B1}",
            "ACTIVATION_MISSING",
        ),
        fault(
            "half of the sigmoid's derivative",
            "dout * (1.0 - self.out) * self.out",
            "dout * (1.0 - self.out)",
            f"x {W1} {B1}",
            "OTHER_ACTIVATION",
            "FACTOR_DROPPED",
        ),
        fault(
            "tanh's derivative",
            "dout * (1.0 - self.out) * self.out",
            "dout * (1.0 - self.out ** 2)",
            f"x {W1} {B1}",
            "OTHER_ACTIVATION",
        ),
        fault(
            "the sigmoid's derivative at its output",
            "        return dout * (1.0 - self.out) * self.out",
            "        s = 1 / (1 + np.exp(-self.out))\n        return dout * (1.0 - s) * s",
            f"x {W1} {B1}",
            "ACTIVATION_AT_OUTPUT",
        ),
        fault(
            "added to the grads of before",
            "self.grads[0][...] = dW",
            "self.grads[0][...] += dW",
            f"{W1} {W2}",
            "ACCUMULATES",
        ),
        fault(
            "not divided by the batch size",
            "        dx = dx / batch_size\n",
            "",
            f"x {W1} {B1} {W2} {B2}",
            "MISSING_MEAN",
        ),
        fault("dout is not used", "        dx *= dout\n", "", f"x {W1} {B1} {W2} {B2}", "COVECTOR_IGNORED"),
        fault(
            "the loss layer's labels of the row before",
            "dx[np.arange(batch_size), self.t] -= 1",
            "dx[np.arange(batch_size) - 1, self.t] -= 1",
            f"x {W1} {B1} {W2}",
            "WRONG_CLASS",
            "ROWS_MIXED",
        ),
        fault(
            "grads of another layer of the same shape",
            "        self.grads[1][...] = db\n",
            "        self.grads[1][...] = dW.sum(axis=0)\n",
            f"{B1} {B2}",
            "OTHER_VALUES",
            "EXCHANGED",
        ),
    ),
)
