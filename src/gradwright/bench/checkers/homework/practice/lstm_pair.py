"""One step of an LSTM and the loop over time, the gates in one product."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_pair

TEXT = """
import numpy as np


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    H = prev_h.shape[1]
    a = x @ Wx + prev_h @ Wh + b
    i, f, o = sigmoid(a[:, :H]), sigmoid(a[:, H:2 * H]), sigmoid(a[:, 2 * H:3 * H])
    g = np.tanh(a[:, 3 * H:])
    next_c = f * prev_c + i * g
    tanh_c = np.tanh(next_c)
    next_h = o * tanh_c
    return next_h, next_c, (x, prev_h, prev_c, Wx, Wh, i, f, o, g, tanh_c)


def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, tanh_c = cache
    do = dnext_h * tanh_c
    dc = dnext_c + dnext_h * o * (1 - tanh_c ** 2)
    df = dc * prev_c
    dprev_c = dc * f
    di = dc * g
    dg = dc * i
    da = np.hstack((di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g ** 2)))
    dx = da @ Wx.T
    dprev_h = da @ Wh.T
    dWx = x.T @ da
    dWh = prev_h.T @ da
    db = da.sum(axis=0)
    return dx, dprev_h, dprev_c, dWx, dWh, db


def lstm_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    h, c = h0, np.zeros_like(h0)
    hs, caches = [], []
    for t in range(T):
        h, c, cache = lstm_step_forward(x[:, t], h, c, Wx, Wh, b)
        hs.append(h)
        caches.append(cache)
    return np.stack(hs, axis=1), caches


def lstm_backward(dh, caches):
    N, T, H = dh.shape
    D = caches[0][0].shape[1]
    dx = np.zeros((N, T, D))
    dWx, dWh, db = np.zeros((D, 4 * H)), np.zeros((H, 4 * H)), np.zeros(4 * H)
    dprev_h, dprev_c = np.zeros((N, H)), np.zeros((N, H))
    for t in reversed(range(T)):
        step = lstm_step_backward(dh[:, t] + dprev_h, dprev_c, caches[t])
        dx[:, t], dprev_h, dprev_c, dWx_t, dWh_t, db_t = step
        dWx += dWx_t
        dWh += dWh_t
        db += db_t
    dh0 = dprev_h
    return dx, dh0, dWx, dWh, db
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    x, h0, Wx, Wh = draw((2, 4, 3)), draw((2, 3)), draw((3, 12)), draw((3, 12))
    return check_pair(code.lstm_forward, code.lstm_backward, x=x, h0=h0, Wx=Wx, Wh=Wh, b=draw(12))


ALL = "x h0 Wx Wh b"
FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "truncated: nothing comes back through h",
            "dh[:, t] + dprev_h, dprev_c",
            "dh[:, t], dprev_c",
            ALL,
            "TRUNCATED",
            "BRANCH_DROPPED",
        ),
        fault(
            "the cell's own way back dropped",
            "dh[:, t] + dprev_h, dprev_c, caches",
            "dh[:, t] + dprev_h, 0 * dprev_c, caches",
            ALL,
            "TRUNCATED",
            "BRANCH_DROPPED",
        ),
        fault(
            "the forget gate not passed on",
            "dprev_c = dc * f",
            "dprev_c = dc",
            ALL,
            "FACTOR_DROPPED",
        ),
        fault(
            "tanh of the cell not differentiated",
            "dc = dnext_c + dnext_h * o * (1 - tanh_c ** 2)",
            "dc = dnext_c + dnext_h * o",
            ALL,
            "ACTIVATION_MISSING",
        ),
        fault("the candidate as a sigmoid", "dg * (1 - g ** 2)", "dg * g * (1 - g)", ALL, "OTHER_ACTIVATION"),
        fault(
            "gates in another order",
            "np.hstack((di * i * (1 - i), df * f * (1 - f),",
            "np.hstack((df * f * (1 - f), di * i * (1 - i),",
            ALL,
            "EXCHANGED",
        ),
        fault("the output gate not squashed", "do * o * (1 - o)", "do", ALL, "ACTIVATION_MISSING"),
        fault(
            "the weights of the last step alone",
            "dWh += dWh_t",
            "dWh = dWh_t",
            "Wh",
            "OVERWRITTEN",
            "TRUNCATED",
            "PART_MISSING",
        ),
        fault("the input gate's factor of the candidate", "di = dc * g", "di = dc * i", ALL, "OTHER_VALUES"),
    ),
)
