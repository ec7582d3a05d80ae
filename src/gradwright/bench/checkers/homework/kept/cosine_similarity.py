"""A contrastive loss of normalised embeddings: cosines of all pairs of two views over a temperature, one right partner each."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_gradient

TEXT = """
import numpy as np


def normalize(Z):
    norm = np.linalg.norm(Z, axis=1, keepdims=True)
    return Z / norm, norm


def info_nce(Z1, Z2, tau):
    U, nu = normalize(Z1)
    V, nv = normalize(Z2)
    S = U @ V.T / tau
    P = np.exp(S - S.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    n = len(S)
    loss = -np.mean(np.log(np.diag(P)))
    dS = (P - np.eye(n)) / n
    dU = dS @ V / tau
    dV = dS.T @ U / tau
    dZ1 = (dU - U * np.sum(dU * U, axis=1, keepdims=True)) / nu
    dZ2 = (dV - V * np.sum(dV * V, axis=1, keepdims=True)) / nv
    return loss, dZ1, dZ2
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    Z1, Z2 = rng.standard_normal((5, 4)), rng.standard_normal((5, 4))
    return check_gradient(value_and_grad=code.info_nce, x=(Z1, Z2, 0.3), wrt=("Z1", "Z2"))


FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the norm held constant",
            "dZ1 = (dU - U * np.sum(dU * U, axis=1, keepdims=True)) / nu",
            "dZ1 = dU / nu",
            "Z1",
            "MOMENT",
            "BRANCH_DROPPED",
            "PART_MISSING",
        ),
        fault(
            "the normalisation forgotten",
            "dZ1 = (dU - U * np.sum(dU * U, axis=1, keepdims=True)) / nu",
            "dZ1 = dU",
            "Z1",
            "STRAIGHT_THROUGH",
            "ACTIVATION_MISSING",
            "FACTOR_DROPPED",
        ),
        fault("not divided by the norm", "keepdims=True)) / nv", "keepdims=True))", "Z2", "FACTOR_DROPPED"),
        fault(
            "the temperature forgotten", "dU = dS @ V / tau", "dU = dS @ V", "Z1", "FACTOR", "FACTOR_INSIDE"
        ),
        fault(
            "the other view's way dropped",
            "    dV = dS.T @ U / tau\n",
            "    dV = 0 * dS.T @ U / tau\n",
            "Z2",
            "ZERO",
        ),
        fault(
            "the scores not transposed", "dV = dS.T @ U / tau", "dV = dS @ U / tau", "Z2", "TRANSPOSED_INSIDE"
        ),
        fault(
            "the projection over the other axis",
            "V * np.sum(dV * V, axis=1, keepdims=True)",
            "V * np.sum(dV * V, axis=0, keepdims=True)",
            "Z2",
            "OTHER_AXIS",
        ),
        fault(
            "the partners of the next row",
            "dS = (P - np.eye(n)) / n",
            "dS = (P - np.roll(np.eye(n), 1, axis=1)) / n",
            "Z1 Z2",
            "WRONG_CLASS",
            "ROWS_MIXED",
        ),
        fault("not averaged", "dS = (P - np.eye(n)) / n", "dS = P - np.eye(n)", "Z1 Z2", "MISSING_MEAN"),
    ),
)
