"""Affine, ReLU, inverted dropout with a mask that is drawn by a seed, affine."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_pair

TEXT = """
import numpy as np


def dropout_forward(x, param):
    rng = np.random.RandomState(param["seed"])
    p = param["p"]
    mask = (rng.rand(*x.shape) < p) / p
    return x * mask, mask


def forward(x, W1, b1, W2, b2, param):
    z1 = x @ W1 + b1
    a1 = np.maximum(z1, 0)
    d1, mask = dropout_forward(a1, param)
    out = d1 @ W2 + b2
    return out, (x, W1, z1, a1, d1, mask, W2, param)


def backward(dout, cache):
    x, W1, z1, a1, d1, mask, W2, param = cache
    dW2 = d1.T @ dout
    db2 = dout.sum(0)
    dd1 = dout @ W2.T
    da1 = dd1 * mask
    dz1 = da1 * (z1 > 0)
    dW1 = x.T @ dz1
    db1 = dz1.sum(0)
    dx = dz1 @ W1.T
    return dx, dW1, db1, dW2, db2
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    x, W1, W2 = draw((6, 5)), draw((5, 8)), draw((8, 3))
    param = {"p": 0.6, "seed": 4}
    return check_pair(code.forward, code.backward, x=x, W1=W1, b1=draw(8), W2=W2, b2=draw(3), param=param)


FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the mask forgotten",
            "da1 = dd1 * mask",
            "da1 = dd1",
            "x W1 b1",
            "FACTOR_DROPPED",
            "MASK_MISSING",
            "FACTOR_DROPPED",
            "MASK_MISSING",
        ),
        fault(
            "not divided by p on the way back",
            "da1 = dd1 * mask",
            "da1 = dd1 * (mask > 0)",
            "x W1 b1",
            "FACTOR",
            "FACTOR_INSIDE",
        ),
        fault(
            "divided by p twice",
            "da1 = dd1 * mask",
            "da1 = dd1 * mask / param['p']",
            "x W1 b1",
            "FACTOR",
            "FACTOR_INSIDE",
        ),
        fault(
            "another mask drawn",
            "da1 = dd1 * mask",
            "da1 = dropout_forward(dd1, {**param, 'seed': 5})[0]",
            "x W1 b1",
            "WRONG_MASK",
        ),
        fault(
            "a mask drawn at each call",
            "da1 = dd1 * mask",
            "da1 = dd1 * (np.random.default_rng().random(dd1.shape) < param['p']) / param['p']",
            "x W1 b1",
            "RANDOM",
        ),
        fault(
            "the activation before dropout",
            "dW2 = d1.T @ dout",
            "dW2 = a1.T @ dout",
            "W2",
            "OTHER_VALUES",
            "FACTOR_DROPPED",
            "MASK_MISSING",
        ),
        fault(
            "the kept turned round",
            "da1 = dd1 * mask",
            "da1 = dd1 * (mask == 0) / param['p']",
            "x W1 b1",
            "WRONG_MASK",
        ),
        fault(
            "the ReLU forgotten",
            "dz1 = da1 * (z1 > 0)",
            "dz1 = da1",
            "x W1 b1",
            "ACTIVATION_MISSING",
            "MASK_MISSING",
        ),
    ),
)
