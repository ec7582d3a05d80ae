"""Two layers with samples as columns, ReLU and softmax, ComputeGradients as in DD2424."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_gradient

TEXT = """
import numpy as np


def softmax(s):
    e = np.exp(s - np.max(s, axis=0))
    return e / np.sum(e, axis=0)


def evaluate_classifier(X, W1, b1, W2, b2):
    s1 = W1 @ X + b1
    H = np.maximum(s1, 0)
    return H, softmax(W2 @ H + b2)


def compute_cost(X, Y, W1, b1, W2, b2, lam):
    H, P = evaluate_classifier(X, W1, b1, W2, b2)
    n = X.shape[1]
    loss = -np.sum(Y * np.log(P)) / n
    return loss + lam * (np.sum(W1 ** 2) + np.sum(W2 ** 2))


def compute_gradients(X, Y, W1, b1, W2, b2, lam):
    H, P = evaluate_classifier(X, W1, b1, W2, b2)
    n = X.shape[1]
    G = -(Y - P)
    grad_W2 = G @ H.T / n + 2 * lam * W2
    grad_b2 = np.sum(G, axis=1, keepdims=True) / n
    G = W2.T @ G
    G = G * (H > 0)
    grad_W1 = G @ X.T / n + 2 * lam * W1
    grad_b1 = np.sum(G, axis=1, keepdims=True) / n
    return {"W1": grad_W1, "b1": grad_b1, "W2": grad_W2, "b2": grad_b2}
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    X, Y = draw((6, 9)), np.eye(4)[rng.integers(4, size=9)].T
    point = {"W1": 0.5 * draw((5, 6)), "b1": draw((5, 1)), "W2": 0.5 * draw((4, 5)), "b2": draw((4, 1))}
    return check_gradient(
        lambda p: code.compute_cost(X, Y, **p, lam=0.1),
        lambda p: code.compute_gradients(X, Y, **p, lam=0.1),
        point,
    )


FAMILY = Family(
    TEXT,
    check,
    (
        fault("L2 without its 2 in both", "2 * lam * W2\n", "lam * W2\n", "W2", "L2_HALVED"),
        fault("L2 forgotten in the first layer", " / n + 2 * lam * W1", " / n", "W1", "L2_MISSING"),
        fault(
            "L2 in the bias too",
            "grad_b2 = np.sum(G, axis=1, keepdims=True) / n",
            "grad_b2 = np.sum(G, axis=1, keepdims=True) / n + 2 * lam * b2",
            "b2",
            "L2_EXTRA",
        ),
        fault(
            "L2 divided by n too",
            "grad_W2 = G @ H.T / n + 2 * lam * W2",
            "grad_W2 = (G @ H.T + 2 * lam * W2) / n",
            "W2",
            "LIKE_L2",
        ),
        fault("not divided by n", "grad_W1 = G @ X.T / n", "grad_W1 = G @ X.T", "W1", "MISSING_MEAN"),
        fault(
            "b1 not divided by n",
            "grad_b1 = np.sum(G, axis=1, keepdims=True) / n",
            "grad_b1 = np.sum(G, axis=1, keepdims=True)",
            "b1",
            "MISSING_MEAN",
            "SUM_FOR_MEAN",
        ),
        fault(
            "the mask of G in place of H", "G = G * (H > 0)", "G = G * (G > 0)", "W1 b1", "MASK_OF_GRADIENT"
        ),
        fault(
            "the ReLU forgotten",
            "G = G * (H > 0)",
            "G = G * 1.0",
            "W1 b1",
            "ACTIVATION_MISSING",
            "MASK_MISSING",
        ),
        fault("Y - P", "G = -(Y - P)", "G = Y - P", "W1 b1 W2 b2", "SIGN"),
        fault(
            "the labels of the next sample",
            "G = -(Y - P)",
            "G = -(np.roll(Y, 1, axis=1) - P)",
            "W1 b1 W2",
            "WRONG_CLASS",
            "ROWS_MIXED",
        ),
    ),
)
