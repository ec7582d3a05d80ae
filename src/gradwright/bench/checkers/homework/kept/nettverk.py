"""Layers of tanh in a loop, weights and biases in two lists, squared error, in Norwegian."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_gradient

TEXT = """
import numpy as np


def fremover(vekter, skjevheter, x):
    a = [x]
    for i in range(len(vekter)):
        z = a[-1] @ vekter[i] + skjevheter[i]
        a.append(z if i == len(vekter) - 1 else np.tanh(z))
    return a


def tap(parametre, x, y):
    a = fremover(*parametre, x)
    return np.sum((a[-1] - y) ** 2) / len(x)


def bakover(parametre, x, y):
    vekter, skjevheter = parametre
    a = fremover(vekter, skjevheter, x)
    antall = len(vekter)
    dW, db = [None] * antall, [None] * antall
    delta = 2 * (a[-1] - y) / len(x)
    for i in reversed(range(antall)):
        dW[i] = a[i].T @ delta
        db[i] = delta.sum(axis=0)
        if i > 0:
            delta = (delta @ vekter[i].T) * (1 - a[i] ** 2)
    return [dW, db]
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    x, y = rng.standard_normal((7, 3)), rng.standard_normal((7, 5))
    W = [0.6 * rng.standard_normal(shape) for shape in ((3, 5), (5, 5), (5, 5))]
    b = [0.3 * rng.standard_normal(5) for _ in W]
    names = ("W0", "W1", "W2", "b0", "b1", "b2")
    return check_gradient(lambda p: code.tap(p, x, y), lambda p: code.bakover(p, x, y), [W, b], names=names)


BELOW = "W0 W1 b0 b1"
ALL = "W0 W1 W2 b0 b1 b2"
STEP = "(delta @ vekter[i].T) * (1 - a[i] ** 2)"
FAMILY = Family(
    TEXT,
    check,
    (
        fault("the weights not transposed", "vekter[i].T", "vekter[i]", BELOW, "TRANSPOSED_INSIDE"),
        fault(
            "tanh's derivative of the layer above",
            "(1 - a[i] ** 2)",
            "(1 - a[i + 1] ** 2)",
            BELOW,
            "OTHER_VALUES",
            "OFF_BY_ONE",
        ),
        fault("tanh not differentiated", STEP, "delta @ vekter[i].T", BELOW, "ACTIVATION_MISSING"),
        fault(
            "biases averaged",
            "delta.sum(axis=0)",
            "delta.mean(axis=0)",
            "b0 b1 b2",
            "MEAN_FOR_SUM",
            "MEAN_TWICE",
        ),
        fault(
            "tanh differentiated at the linear output too",
            "delta = 2 * (a[-1] - y) / len(x)",
            "delta = 2 * (a[-1] - y) / len(x) * (1 - a[-1] ** 2)",
            ALL,
            "ACTIVATION_TWICE",
        ),
        fault("the square's 2 forgotten", "delta = 2 * (a[-1] - y)", "delta = (a[-1] - y)", ALL, "HALF"),
        fault(
            "weights updated within the loop",
            "        if i > 0:",
            "        vekter[i] = vekter[i] - 0.1 * dW[i]\n        if i > 0:",
            BELOW,
            "UPDATE_ORDER",
            "OTHER_VALUES",
        ),
        fault("a sigmoid's derivative", "(1 - a[i] ** 2)", "a[i] * (1 - a[i])", BELOW, "OTHER_ACTIVATION"),
    ),
)
