"""Layers in a loop, samples as columns, caches and grads["dW1"], the sigmoid cross-entropy at the end."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_gradient

TEXT = """
import numpy as np


def sigmoid(Z):
    return 1 / (1 + np.exp(-Z))


def L_model_forward(X, parameters):
    caches = []
    A = X
    L = len(parameters) // 2
    for l in range(1, L):
        A_prev = A
        Z = parameters["W" + str(l)] @ A_prev + parameters["b" + str(l)]
        A = np.tanh(Z)
        caches.append((A_prev, parameters["W" + str(l)], Z))
    Z = parameters["W" + str(L)] @ A + parameters["b" + str(L)]
    caches.append((A, parameters["W" + str(L)], Z))
    return sigmoid(Z), caches


def compute_cost(AL, Y):
    m = Y.shape[1]
    return -np.sum(Y * np.log(AL) + (1 - Y) * np.log(1 - AL)) / m


def linear_backward(dZ, cache):
    A_prev, W, _ = cache
    m = A_prev.shape[1]
    dW = dZ @ A_prev.T / m
    db = np.sum(dZ, axis=1, keepdims=True) / m
    dA_prev = W.T @ dZ
    return dA_prev, dW, db


def L_model_backward(AL, Y, caches):
    grads = {}
    L = len(caches)
    dAL = -(np.divide(Y, AL) - np.divide(1 - Y, 1 - AL))
    dZ = dAL * AL * (1 - AL)
    dA, grads["dW" + str(L)], grads["db" + str(L)] = linear_backward(dZ, caches[L - 1])
    for l in reversed(range(1, L)):
        Z = caches[l - 1][2]
        dZ = dA * (1 - np.tanh(Z) ** 2)
        dA, grads["dW" + str(l)], grads["db" + str(l)] = linear_backward(dZ, caches[l - 1])
    return grads
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    X, Y = rng.standard_normal((3, 8)), rng.integers(2, size=(1, 8))
    sizes = (3, 4, 3, 1)
    parameters = {}
    for k in (1, 2, 3):
        parameters[f"W{k}"] = rng.standard_normal((sizes[k], sizes[k - 1]))
        parameters[f"b{k}"] = rng.standard_normal((sizes[k], 1))

    def cost(parameters: Any) -> Any:
        return code.compute_cost(code.L_model_forward(X, parameters)[0], Y)

    def grads(parameters: Any) -> Any:
        AL, caches = code.L_model_forward(X, parameters)
        return code.L_model_backward(AL, Y, caches)

    return check_gradient(cost, grads, parameters)


ALL = "W1 b1 W2 b2 W3 b3"
BEFORE = "W1 b1 W2 b2"
FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "divided by m on the way too",
            "dA_prev = W.T @ dZ",
            "dA_prev = W.T @ dZ / m",
            BEFORE,
            "MEAN_TWICE",
            "FACTOR",
            "FACTOR_INSIDE",
        ),
        fault(
            "the bias not averaged",
            "db = np.sum(dZ, axis=1, keepdims=True) / m",
            "db = np.sum(dZ, axis=1, keepdims=True)",
            "b1 b2 b3",
            "MISSING_MEAN",
            "SUM_FOR_MEAN",
        ),
        fault(
            "the sigmoid not differentiated",
            "dZ = dAL * AL * (1 - AL)",
            "dZ = dAL",
            ALL,
            "ACTIVATION_MISSING",
        ),
        fault(
            "the sigmoid of the output",
            "dZ = dAL * AL * (1 - AL)",
            "dZ = dAL * sigmoid(AL) * (1 - sigmoid(AL))",
            ALL,
            "ACTIVATION_AT_OUTPUT",
        ),
        fault(
            "the sum of the two quotients",
            "np.divide(Y, AL) - np.divide(1 - Y, 1 - AL)",
            "np.divide(Y, AL) + np.divide(1 - Y, 1 - AL)",
            ALL,
            "SIGN",
            "OTHER_LOSS",
            "FACTOR_INSIDE",
        ),
        fault("ReLU's derivative for tanh's", "(1 - np.tanh(Z) ** 2)", "(Z > 0)", BEFORE, "OTHER_ACTIVATION"),
        fault(
            "tanh's derivative of its input",
            "(1 - np.tanh(Z) ** 2)",
            "(1 - Z ** 2)",
            BEFORE,
            "ACTIVATION_AT_INPUT",
            "OTHER_ACTIVATION",
        ),
        fault(
            "the cache of the layer above",
            "Z = caches[l - 1][2]",
            "Z = caches[1][2] if l == 1 and caches[1][2].shape == caches[0][2].shape else np.roll(caches[l - 1][2], 1, axis=1)",
            BEFORE,
            "OFF_BY_ONE",
            "OTHER_VALUES",
            "ROWS_MIXED",
        ),
        fault(
            "tanh missing in the first layer alone",
            "dZ = dA * (1 - np.tanh(Z) ** 2)",
            "dZ = dA * (1 - np.tanh(Z) ** 2) if l > 1 else dA",
            "W1 b1",
            "ACTIVATION_MISSING",
        ),
    ),
)
