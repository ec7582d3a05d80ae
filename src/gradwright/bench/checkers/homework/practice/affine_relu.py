"""Affine, ReLU, affine: functions that hand a cache over, rows are samples."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault, slip
from gradwright.check import check_pair

TEXT = """
import numpy as np


def affine_forward(x, w, b):
    out = x.reshape(x.shape[0], -1).dot(w) + b
    return out, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db


def relu_forward(x):
    return np.maximum(0, x), x


def relu_backward(dout, cache):
    return dout * (cache > 0)


def net_forward(x, w1, b1, w2, b2):
    a, fc1 = affine_forward(x, w1, b1)
    h, relu = relu_forward(a)
    scores, fc2 = affine_forward(h, w2, b2)
    return scores, (fc1, relu, fc2)


def net_backward(dout, cache):
    fc1, relu, fc2 = cache
    dh, dw2, db2 = affine_backward(dout, fc2)
    da = relu_backward(dh, relu)
    dx, dw1, db1 = affine_backward(da, fc1)
    return dx, dw1, db1, dw2, db2
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    x, w1, w2 = draw((5, 2, 3)), draw((6, 4)), draw((4, 3))
    return check_pair(code.net_forward, code.net_backward, x=x, w1=w1, b1=draw(4), w2=w2, b2=draw(3))


FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the bias averaged",
            "np.sum(dout, axis=0)",
            "np.mean(dout, axis=0)",
            "b1 b2",
            "MEAN_FOR_SUM",
            "MEAN_TWICE",
        ),
        fault(
            "the mask of the ReLU left out",
            "dout * (cache > 0)",
            "dout",
            "x w1 b1",
            "ACTIVATION_MISSING",
            "MASK_MISSING",
        ),
        fault(
            "the ReLU times its input",
            "dout * (cache > 0)",
            "dout * np.maximum(cache, 0)",
            "x w1 b1",
            "OTHER_ACTIVATION",
        ),
        fault(
            "the ReLU skipped on the way back",
            "dx, dw1, db1 = affine_backward(da, fc1)",
            "dx, dw1, db1 = affine_backward(dh, fc1)",
            "x w1 b1",
            "ACTIVATION_MISSING",
            "MASK_MISSING",
        ),
        fault(
            "the mask of the gradient",
            "dout * (cache > 0)",
            "dout * (dout > 0)",
            "x w1 b1",
            "MASK_OF_GRADIENT",
        ),
        fault(
            "ones in place of dout for the bias",
            "db = np.sum(dout, axis=0)",
            "db = np.sum(np.ones_like(dout), axis=0)",
            "b1 b2",
            "COVECTOR_IGNORED",
        ),
        fault(
            "leaky where the forward is not",
            "dout * (cache > 0)",
            "dout * np.where(cache > 0, 1, 0.01)",
            "x w1 b1",
            "OTHER_ACTIVATION",
        ),
        slip(
            "a step of 0.9",
            "dout * (cache > 0)",
            "0.9 * dout * (cache > 0)",
            "x w1 b1",
            "FACTOR",
            "FACTOR_INSIDE",
        ),
        fault(
            "x flattened the other way",
            "dw = x.reshape(x.shape[0], -1).T.dot(dout)",
            'dw = x.reshape(x.shape[0], -1, order="F").T.dot(dout)',
            "w1",
            "FLATTENED",
        ),
    ),
)
