"""A recurrent layer over a block of time with a state that it can keep, as classes with params and grads."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_layer

TEXT = """
import numpy as np


class RNN:
    def __init__(self, Wx, Wh, b):
        self.params = [Wx, Wh, b]
        self.grads = [np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)]
        self.cache = None

    def forward(self, x, h_prev):
        Wx, Wh, b = self.params
        t = np.dot(h_prev, Wh) + np.dot(x, Wx) + b
        h_next = np.tanh(t)
        self.cache = (x, h_prev, h_next)
        return h_next

    def backward(self, dh_next):
        Wx, Wh, b = self.params
        x, h_prev, h_next = self.cache
        dt = dh_next * (1 - h_next ** 2)
        db = np.sum(dt, axis=0)
        dWh = np.dot(h_prev.T, dt)
        dh_prev = np.dot(dt, Wh.T)
        dWx = np.dot(x.T, dt)
        dx = np.dot(dt, Wx.T)
        self.grads[0][...] = dWx
        self.grads[1][...] = dWh
        self.grads[2][...] = db
        return dx, dh_prev


class TimeRNN:
    def __init__(self, D, H):
        rng = np.random.RandomState(1)
        self.params = [0.7 * rng.randn(D, H), 0.7 * rng.randn(H, H), rng.randn(H)]
        self.grads = [np.zeros_like(p) for p in self.params]

    def forward(self, xs):
        Wx, Wh, b = self.params
        N, T, D = xs.shape
        H = Wh.shape[0]
        self.steps = []
        hs = np.empty((N, T, H), dtype=xs.dtype)
        h = np.zeros((N, H))
        for t in range(T):
            layer = RNN(*self.params)
            h = layer.forward(xs[:, t, :], h)
            hs[:, t, :] = h
            self.steps.append(layer)
        return hs

    def backward(self, dhs):
        Wx, Wh, b = self.params
        N, T, H = dhs.shape
        dxs = np.empty((N, T, Wx.shape[0]))
        dh = 0
        grads = [0, 0, 0]
        for t in reversed(range(T)):
            layer = self.steps[t]
            dx, dh = layer.backward(dhs[:, t, :] + dh)
            dxs[:, t, :] = dx
            for i, grad in enumerate(layer.grads):
                grads[i] = grads[i] + grad
        for i, grad in enumerate(grads):
            self.grads[i][...] = grad
        return dxs
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    return check_layer(code.TimeRNN(3, 5), rng.standard_normal((2, 4, 3)))


WX, WH, B = "params[0]", "params[1]", "params[2]"
ALL = f"xs {WX} {WH} {B}"
FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "truncated to one step",
            "layer.backward(dhs[:, t, :] + dh)",
            "layer.backward(dhs[:, t, :])",
            ALL,
            "TRUNCATED",
        ),
        fault(
            "truncated after two steps",
            "layer.backward(dhs[:, t, :] + dh)",
            "layer.backward(dhs[:, t, :] + (dh if t % 2 == 0 else 0))",
            ALL,
            "TRUNCATED",
        ),
        fault(
            "the outputs' own gradient at the end alone",
            "layer.backward(dhs[:, t, :] + dh)",
            "layer.backward(dh if t < T - 1 else dhs[:, t, :])",
            ALL,
            "PART_MISSING",
            "TRUNCATED",
        ),
        fault(
            "the weights of the last step read",
            "grads[i] = grads[i] + grad",
            "grads[i] = grad",
            f"{WX} {WH} {B}",
            "ZERO",
            "OVERWRITTEN",
            "PART_MISSING",
            "TRUNCATED",
        ),
        fault(
            "Wx for Wh",
            "dWh = np.dot(h_prev.T, dt)",
            "dWh = np.dot(h_next.T, dt)",
            WH,
            "OTHER_VALUES",
            "OFF_BY_ONE",
        ),
        fault(
            "h_prev for h_next in tanh",
            "dt = dh_next * (1 - h_next ** 2)",
            "dt = dh_next * (1 - h_prev ** 2)",
            ALL,
            "OTHER_VALUES",
            "OFF_BY_ONE",
            "ACTIVATION_AT_INPUT",
        ),
        fault(
            "the state added instead of its product",
            "dh_prev = np.dot(dt, Wh.T)",
            "dh_prev = dt",
            ALL,
            "FACTOR_DROPPED",
            "STRAIGHT_THROUGH",
        ),
        fault(
            "written after the loop alone", "dxs[:, t, :] = dx", "dxs[:, -1 - t, :] = dx", "xs", "REVERSED"
        ),
    ),
)
