"""A classifier with batch normalisation and a penalty on its weights, samples as columns, in a dictionary."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault, slip
from gradwright.check import check_gradient

TEXT = """
import numpy as np

EPS = 0.01


def EvaluateClassifier(X, P):
    S = P["W1"] @ X
    mu = S.mean(axis=1, keepdims=True)
    v = ((S - mu) ** 2).mean(axis=1, keepdims=True)
    Shat = (S - mu) / np.sqrt(v + EPS)
    H = np.maximum(0, P["gamma"] * Shat + P["beta"])
    Z = P["W2"] @ H + P["b2"]
    E = np.exp(Z - Z.max(axis=0))
    return S, mu, v, Shat, H, E / E.sum(axis=0)


def ComputeCost(X, Y, P, lam):
    Pr = EvaluateClassifier(X, P)[-1]
    return -np.mean(np.log(np.sum(Y * Pr, axis=0))) + lam * (np.sum(P["W1"] ** 2) + np.sum(P["W2"] ** 2))


def ComputeGradients(X, Y, P, lam):
    n = X.shape[1]
    S, mu, v, Shat, H, Pr = EvaluateClassifier(X, P)
    grads = {}
    G = (Pr - Y) / n
    grads["W2"] = G @ H.T + 2 * lam * P["W2"]
    grads["b2"] = G.sum(axis=1, keepdims=True)
    G = P["W2"].T @ G
    G = G * (H > 0)
    grads["gamma"] = (G * Shat).sum(axis=1, keepdims=True)
    grads["beta"] = G.sum(axis=1, keepdims=True)
    G = G * P["gamma"]
    G1 = G / np.sqrt(v + EPS)
    G2 = G * (v + EPS) ** -1.5
    D = S - mu
    c = (G2 * D).sum(axis=1, keepdims=True)
    G = G1 - G1.mean(axis=1, keepdims=True) - D * c / n
    grads["W1"] = G @ X.T + 2 * lam * P["W1"]
    return grads
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    X, Y = draw((3, 9)), np.eye(3)[:, np.arange(9) % 3]
    shapes = {"W1": (5, 3), "gamma": (5, 1), "beta": (5, 1), "W2": (3, 5), "b2": (3, 1)}
    P = {name: 0.7 * draw(shape) for name, shape in shapes.items()}
    return check_gradient(
        lambda p: code.ComputeCost(X, Y, p, 0.05), lambda p: code.ComputeGradients(X, Y, p, 0.05), P
    )


MOMENTS = "G = G1 - G1.mean(axis=1, keepdims=True) - D * c / n"
FAMILY = Family(
    TEXT,
    check,
    (
        fault("mean and variance held constant", MOMENTS, "G = G1", "W1", "MOMENT"),
        fault(
            "the variance held constant",
            MOMENTS,
            "G = G1 - G1.mean(axis=1, keepdims=True)",
            "W1",
            "MOMENT",
        ),
        fault("gamma forgotten", '    G = G * P["gamma"]\n', "", "W1", "FACTOR_DROPPED"),
        fault(
            "the epsilon outside the root",
            "G1 = G / np.sqrt(v + EPS)",
            "G1 = G / (np.sqrt(v) + EPS)",
            "W1",
            "EPSILON",
        ),
        fault(
            "the mean over the features",
            "G1.mean(axis=1, keepdims=True)",
            "G1.mean(axis=0, keepdims=True)",
            "W1",
            "OTHER_AXIS",
        ),
        fault("the penalty of the first layer forgotten", ' + 2 * lam * P["W1"]', "", "W1", "L2_MISSING"),
        fault(
            "the mask before scale and shift",
            "G * (H > 0)",
            "G * (Shat > 0)",
            "W1 gamma beta",
            "WRONG_MASK",
            "OTHER_VALUES",
        ),
        fault(
            "the root's derivative without its power",
            "G2 = G * (v + EPS) ** -1.5",
            "G2 = G * (v + EPS) ** -0.5",
            "W1",
            "MOMENT",
            "FACTOR_DROPPED",
            "OTHER_VALUES",
        ),
        fault(
            "the variance's mean forgotten",
            "D * c / n",
            "D * c",
            "W1",
            "SUM_FOR_MEAN",
            "MISSING_MEAN",
            "MOMENT",
            "BRANCH_WRONG",
        ),
        slip("0.2 for 2", '2 * lam * P["W2"]', '0.2 * lam * P["W2"]', "W2", "LIKE_L2", "FACTOR_INSIDE"),
    ),
)
