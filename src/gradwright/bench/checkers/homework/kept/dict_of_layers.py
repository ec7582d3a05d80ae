"""A network that holds its layers in an ordered table, with loss and gradient as methods."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_gradient

TEXT = """
import numpy as np
from collections import OrderedDict


class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = dout.sum(axis=0)
        return dout @ self.W.T


class LeakyRelu:
    def __init__(self, slope=0.1):
        self.slope = slope

    def forward(self, x):
        self.mask = x <= 0
        return np.where(self.mask, self.slope * x, x)

    def backward(self, dout):
        return np.where(self.mask, self.slope * dout, dout)


class Net:
    def __init__(self, params, weight_decay):
        self.params, self.weight_decay = params, weight_decay
        self.layers = OrderedDict()
        self.layers["Affine1"] = Affine(params["W1"], params["b1"])
        self.layers["Act1"] = LeakyRelu()
        self.layers["Affine2"] = Affine(params["W2"], params["b2"])

    def predict(self, x):
        for layer in self.layers.values():
            x = layer.forward(x)
        return x

    def loss(self, x, t):
        self.d = self.predict(x) - t
        decay = sum(0.5 * self.weight_decay * np.sum(self.params[k] ** 2) for k in ("W1", "W2"))
        return 0.5 * np.sum(self.d ** 2) / len(x) + decay

    def gradient(self, x, t):
        self.loss(x, t)
        dout = self.d / len(x)
        for layer in reversed(list(self.layers.values())):
            dout = layer.backward(dout)
        grads = {}
        for k in (1, 2):
            affine = self.layers["Affine" + str(k)]
            grads["W" + str(k)] = affine.dW + self.weight_decay * affine.W
            grads["b" + str(k)] = affine.db
        return grads
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    x, t = draw((7, 3)), draw((7, 2))
    params = {"W1": draw((3, 5)), "b1": draw(5), "W2": draw((5, 2)), "b2": draw(2)}
    return check_gradient(
        lambda p: code.Net(p, 0.2).loss(x, t), lambda p: code.Net(p, 0.2).gradient(x, t), params
    )


ALL = "W1 b1 W2 b2"
FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "ReLU's derivative for the leaky one's",
            "np.where(self.mask, self.slope * dout, dout)",
            "np.where(self.mask, 0, dout)",
            "W1 b1",
            "OTHER_ACTIVATION",
        ),
        fault(
            "the slope without dout",
            "np.where(self.mask, self.slope * dout, dout)",
            "np.where(self.mask, self.slope, dout)",
            "W1 b1",
            "COVECTOR_IGNORED",
            "FACTOR_DROPPED",
            "OTHER_ACTIVATION",
            "TERM_ADDED",
        ),
        fault(
            "the mask turned round",
            "np.where(self.mask, self.slope * dout, dout)",
            "np.where(self.mask, dout, self.slope * dout)",
            "W1 b1",
            "WRONG_MASK",
            "OTHER_ACTIVATION",
        ),
        fault(
            "the activation left out",
            "for layer in reversed(list(self.layers.values())):",
            "for layer in (self.layers['Affine2'], self.layers['Affine1']):",
            "W1 b1",
            "ACTIVATION_MISSING",
            "MASK_MISSING",
        ),
        fault(
            "the decay doubled",
            "affine.dW + self.weight_decay * affine.W",
            "affine.dW + 2 * self.weight_decay * affine.W",
            "W1 W2",
            "L2_DOUBLED",
        ),
        fault(
            "the decay in the biases too",
            'grads["b" + str(k)] = affine.db',
            'grads["b" + str(k)] = affine.db + self.weight_decay * affine.b',
            "b1 b2",
            "L2_EXTRA",
        ),
        fault(
            "the decay subtracted",
            "affine.dW + self.weight_decay * affine.W",
            "affine.dW - self.weight_decay * affine.W",
            "W1 W2",
            "LIKE_L2",
            "SIGN",
        ),
        fault("the loss summed", "dout = self.d / len(x)", "dout = self.d", ALL, "MISSING_MEAN"),
        fault(
            "the mean over all entries",
            "dout = self.d / len(x)",
            "dout = self.d / self.d.size",
            ALL,
            "HALF",
            "FACTOR",
            "FACTOR_INSIDE",
        ),
    ),
)
