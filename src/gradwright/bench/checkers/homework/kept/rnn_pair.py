"""A plain recurrent network with tanh, the step and the loop over time."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_pair

TEXT = """
import numpy as np


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(x.dot(Wx) + prev_h.dot(Wh) + b)
    return next_h, (x, prev_h, Wx, Wh, next_h)


def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    dz = (1 - next_h * next_h) * dnext_h
    dx = dz.dot(Wx.T)
    dprev_h = dz.dot(Wh.T)
    dWx = x.T.dot(dz)
    dWh = prev_h.T.dot(dz)
    db = dz.sum(axis=0)
    return dx, dprev_h, dWx, dWh, db


def rnn_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    h = np.zeros((N, T, h0.shape[1]))
    cache = []
    prev = h0
    for t in range(T):
        h[:, t, :], step = rnn_step_forward(x[:, t, :], prev, Wx, Wh, b)
        prev = h[:, t, :]
        cache.append(step)
    return h, cache


def rnn_backward(dh, cache):
    N, T, H = dh.shape
    x0, _, Wx, Wh, _ = cache[0]
    dx = np.zeros((N, T, x0.shape[1]))
    dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(H)
    dprev = np.zeros((N, H))
    for t in reversed(range(T)):
        dcurrent = dh[:, t, :] + dprev
        dx_t, dprev, dWx_t, dWh_t, db_t = rnn_step_backward(dcurrent, cache[t])
        dx[:, t, :] = dx_t
        dWx += dWx_t
        dWh += dWh_t
        db += db_t
    return dx, dprev, dWx, dWh, db
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    x, h0, Wx, Wh = draw((3, 5, 4)), draw((3, 6)), 0.5 * draw((4, 6)), 0.5 * draw((6, 6))
    return check_pair(code.rnn_forward, code.rnn_backward, x=x, h0=h0, Wx=Wx, Wh=Wh, b=draw(6))


ALL = "x h0 Wx Wh b"
FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "truncated through time",
            "dcurrent = dh[:, t, :] + dprev",
            "dcurrent = dh[:, t, :]",
            ALL,
            "TRUNCATED",
            "BRANCH_DROPPED",
        ),
        fault(
            "from the last step alone",
            "dcurrent = dh[:, t, :] + dprev",
            "dcurrent = dprev if t < T - 1 else dh[:, t, :]",
            ALL,
            "PART_MISSING",
            "BRANCH_DROPPED",
        ),
        fault(
            "tanh forgotten",
            "dz = (1 - next_h * next_h) * dnext_h",
            "dz = dnext_h",
            ALL,
            "ACTIVATION_MISSING",
        ),
        fault(
            "tanh at the output",
            "dz = (1 - next_h * next_h) * dnext_h",
            "dz = (1 - np.tanh(next_h) ** 2) * dnext_h",
            ALL,
            "ACTIVATION_AT_OUTPUT",
        ),
        fault(
            "Wh not transposed", "dprev_h = dz.dot(Wh.T)", "dprev_h = dz.dot(Wh)", ALL, "TRANSPOSED_INSIDE"
        ),
        fault(
            "the bias of the first step alone",
            "db += db_t",
            "db = db_t",
            "b",
            "OVERWRITTEN",
            "PART_MISSING",
            "TRUNCATED",
        ),
        fault(
            "the new state in place of the old",
            "dWh = prev_h.T.dot(dz)",
            "dWh = next_h.T.dot(dz)",
            "Wh",
            "OTHER_VALUES",
            "OFF_BY_ONE",
        ),
        fault(
            "dx in the order of the loop", "dx[:, t, :] = dx_t", "dx[:, T - 1 - t, :] = dx_t", "x", "REVERSED"
        ),
        fault(
            "averaged over time",
            "    return dx, dprev, dWx, dWh, db",
            "    return dx, dprev, dWx / T, dWh / T, db / T",
            "Wx Wh b",
            "MEAN_TWICE",
            "FACTOR",
        ),
    ),
)
