"""Two layers with ReLU and softmax loss, params and grads in tables."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_gradient

TEXT = """
import numpy as np


class TwoLayerNet:
    def __init__(self, input_size, hidden_size, output_size, std=0.5, seed=0):
        rng = np.random.RandomState(seed)
        self.params = {}
        self.params["W1"] = std * rng.randn(input_size, hidden_size)
        self.params["b1"] = std * rng.randn(hidden_size)
        self.params["W2"] = std * rng.randn(hidden_size, output_size)
        self.params["b2"] = std * rng.randn(output_size)

    def loss(self, X, y, reg=0.0):
        W1, b1 = self.params["W1"], self.params["b1"]
        W2, b2 = self.params["W2"], self.params["b2"]
        N, D = X.shape
        hidden = np.maximum(0, X.dot(W1) + b1)
        scores = hidden.dot(W2) + b2
        shifted = scores - np.max(scores, axis=1, keepdims=True)
        probs = np.exp(shifted) / np.sum(np.exp(shifted), axis=1, keepdims=True)
        loss = -np.sum(np.log(probs[np.arange(N), y])) / N
        loss += reg * (np.sum(W1 * W1) + np.sum(W2 * W2))

        grads = {}
        dscores = probs.copy()
        dscores[np.arange(N), y] -= 1
        dscores /= N
        grads["W2"] = hidden.T.dot(dscores) + 2 * reg * W2
        grads["b2"] = np.sum(dscores, axis=0)
        dhidden = dscores.dot(W2.T)
        dhidden[hidden <= 0] = 0
        grads["W1"] = X.T.dot(dhidden) + 2 * reg * W1
        grads["b1"] = np.sum(dhidden, axis=0)
        return loss, grads
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    net = code.TwoLayerNet(4, 10, 3, seed=5)
    X, y = rng.standard_normal((7, 4)), rng.integers(3, size=7)

    def loss(params: Any) -> Any:
        net.params = params
        return net.loss(X, y, reg=0.05)

    return check_gradient(value_and_grad=loss, x=net.params)


FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the penalty's 2 forgotten in W1",
            "X.T.dot(dhidden) + 2 * reg * W1",
            "X.T.dot(dhidden) + reg * W1",
            "W1",
            "L2_HALVED",
        ),
        fault(
            "the other layer's penalty",
            "X.T.dot(dhidden) + 2 * reg * W1",
            "X.T.dot(dhidden) + 2 * reg * W1.mean() ",
            "W1",
            "OTHER_VALUES",
            "L2_MISSING",
            "LIKE_L2",
        ),
        fault(
            "the penalty twice",
            "hidden.T.dot(dscores) + 2 * reg * W2",
            "hidden.T.dot(dscores) + 4 * reg * W2",
            "W2",
            "L2_DOUBLED",
        ),
        fault(
            "the ReLU forgotten",
            "        dhidden[hidden <= 0] = 0\n",
            "",
            "W1 b1",
            "ACTIVATION_MISSING",
            "MASK_MISSING",
        ),
        fault(
            "where hidden is active",
            "dhidden[hidden <= 0] = 0",
            "dhidden[hidden > 0] = 0",
            "W1 b1",
            "WRONG_MASK",
        ),
        fault(
            "the mask of dhidden",
            "dhidden[hidden <= 0] = 0",
            "dhidden[dhidden <= 0] = 0",
            "W1 b1",
            "MASK_OF_GRADIENT",
        ),
        fault(
            "divided only for the last layer's weights",
            '        dscores /= N\n        grads["W2"] = hidden.T.dot(dscores) +',
            '        grads["W2"] = hidden.T.dot(dscores) / N +',
            "W1 b1 b2",
            "MISSING_MEAN",
        ),
        fault(
            "b1 with the scores of W1's shape",
            'grads["b1"] = np.sum(dhidden, axis=0)',
            'grads["b1"] = np.sum(dhidden) * np.ones_like(b1)',
            "b1",
            "BIAS_AXIS",
        ),
        fault(
            "the labels subtracted after the way back",
            "        dscores[np.arange(N), y] -= 1\n        dscores /= N\n",
            "        dscores /= N\n        dscores[np.arange(N), y] -= 1\n",
            "W1 b1 W2 b2",
            "MISSING_MEAN",
            "OTHER_LOSS",
        ),
    ),
)
