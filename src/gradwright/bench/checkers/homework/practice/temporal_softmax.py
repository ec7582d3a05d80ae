"""Affine at every step and the masked softmax loss over a sequence, as for captions."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_gradient

TEXT = """
import numpy as np


def loss_and_grads(W, b, x, y, mask):
    N, T, D = x.shape
    scores = x.reshape(N * T, D) @ W + b
    labels = y.reshape(N * T)
    m = mask.reshape(N * T)
    probs = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    probs /= np.sum(probs, axis=1, keepdims=True)
    loss = -np.sum(m * np.log(probs[np.arange(N * T), labels])) / N
    dscores = probs.copy()
    dscores[np.arange(N * T), labels] -= 1
    dscores /= N
    dscores *= m[:, None]
    dW = x.reshape(N * T, D).T @ dscores
    db = dscores.sum(axis=0)
    dx = (dscores @ W.T).reshape(N, T, D)
    return loss, dW, db, dx
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    x, y, mask = draw((3, 4, 5)), rng.integers(6, size=(3, 4)), rng.random((3, 4)) < 0.7
    return check_gradient(
        value_and_grad=code.loss_and_grads, x=(draw((5, 6)), draw(6), x, y, mask), wrt=("W", "b", "x")
    )


FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the mask forgotten",
            "    dscores *= m[:, None]\n",
            "",
            "W b x",
            "FACTOR_DROPPED",
            "MASK_MISSING",
            "FACTOR_DROPPED",
            "MASK_MISSING",
        ),
        fault(
            "the mask turned round",
            "dscores *= m[:, None]",
            "dscores *= ~m[:, None]",
            "W b x",
            "WRONG_MASK",
        ),
        fault("divided by N T", "dscores /= N\n", "dscores /= N * T\n", "W b x", "FACTOR", "MEAN_TWICE"),
        fault("not divided", "    dscores /= N\n", "", "W b x", "MISSING_MEAN", "FACTOR"),
        fault(
            "the labels not subtracted",
            "    dscores[np.arange(N * T), labels] -= 1\n",
            "",
            "W b x",
            "RIGHT_CLASS",
            "OTHER_TARGET",
            "OTHER_LOSS",
        ),
        fault(
            "labels of the next step",
            "dscores[np.arange(N * T), labels] -= 1",
            "dscores[np.arange(N * T), np.roll(labels, 1)] -= 1",
            "W b x",
            "WRONG_CLASS",
            "ROWS_MIXED",
        ),
        fault(
            "dx in another order",
            "(dscores @ W.T).reshape(N, T, D)",
            "(dscores @ W.T).reshape(T, N, D).transpose(1, 0, 2)",
            "x",
            "FLATTENED",
            "ROWS_MIXED",
        ),
        fault(
            "the bias averaged",
            "db = dscores.sum(axis=0)",
            "db = dscores.mean(axis=0)",
            "b",
            "MEAN_FOR_SUM",
            "MEAN_TWICE",
            "FACTOR",
        ),
    ),
)
