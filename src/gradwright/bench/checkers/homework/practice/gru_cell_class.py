"""A GRU cell with six matrices, as a class with a derivative for each."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_layer

TEXT = """
import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


class GRUCell:
    def __init__(self, d, h, seed=0):
        draw = np.random.RandomState(seed).randn
        self.Wrx, self.Wzx, self.Wnx = draw(h, d), draw(h, d), draw(h, d)
        self.Wrh, self.Wzh, self.Wnh = draw(h, h), draw(h, h), draw(h, h)
        self.bn = draw(h)

    def forward(self, x, h_prev_t):
        self.x, self.hidden = x, h_prev_t
        self.r = sigmoid(self.Wrx @ x + self.Wrh @ h_prev_t)
        self.z = sigmoid(self.Wzx @ x + self.Wzh @ h_prev_t)
        self.inner = self.Wnh @ h_prev_t + self.bn
        self.n = np.tanh(self.Wnx @ x + self.r * self.inner)
        return (1 - self.z) * self.n + self.z * h_prev_t

    def backward(self, delta):
        dz = delta * (self.hidden - self.n)
        dn = delta * (1 - self.z)
        dh = delta * self.z
        dn_in = dn * (1 - self.n ** 2)
        dr = dn_in * self.inner
        dinner = dn_in * self.r
        dr_in = dr * self.r * (1 - self.r)
        dz_in = dz * self.z * (1 - self.z)
        self.dWnx = np.outer(dn_in, self.x)
        self.dWnh = np.outer(dinner, self.hidden)
        self.dbn = dinner
        self.dWrx, self.dWrh = np.outer(dr_in, self.x), np.outer(dr_in, self.hidden)
        self.dWzx, self.dWzh = np.outer(dz_in, self.x), np.outer(dz_in, self.hidden)
        dx = self.Wnx.T @ dn_in + self.Wrx.T @ dr_in + self.Wzx.T @ dz_in
        dh = dh + self.Wnh.T @ dinner + self.Wrh.T @ dr_in + self.Wzh.T @ dz_in
        return dx, dh
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    return check_layer(code.GRUCell(3, 4, seed=3), rng.standard_normal(3), rng.standard_normal(4))


FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the update gate turned round",
            "dn = delta * (1 - self.z)",
            "dn = delta * self.z",
            "x h_prev_t Wrx Wnx Wrh Wnh bn",
            "OTHER_VALUES",
            "EXCHANGED",
        ),
        fault("h not passed on", "dh = delta * self.z", "dh = 0 * delta", "h_prev_t", "BRANCH_DROPPED"),
        fault(
            "tanh forgotten",
            "dn_in = dn * (1 - self.n ** 2)",
            "dn_in = dn",
            "x h_prev_t Wrx Wnx Wrh Wnh bn",
            "ACTIVATION_MISSING",
        ),
        fault(
            "the reset gate not applied",
            "dinner = dn_in * self.r",
            "dinner = dn_in",
            "h_prev_t Wnh bn",
            "FACTOR_DROPPED",
        ),
        fault(
            "the sign of the update gate",
            "dz = delta * (self.hidden - self.n)",
            "dz = delta * (self.n - self.hidden)",
            "x h_prev_t Wzx Wzh",
            "SIGN",
            "FACTOR_INSIDE",
        ),
        fault(
            "the old state's part left out",
            "dz = delta * (self.hidden - self.n)",
            "dz = -delta * self.n",
            "x h_prev_t Wzx Wzh",
            "BRANCH_DROPPED",
            "PART_MISSING",
        ),
        fault(
            "x's and h's gates exchanged",
            "self.dWrx, self.dWrh = np.outer(dr_in, self.x), np.outer(dr_in, self.hidden)",
            "self.dWrx, self.dWrh = np.outer(dz_in, self.x), np.outer(dz_in, self.hidden)",
            "Wrx Wrh",
            "EXCHANGED",
            "OTHER_VALUES",
        ),
        fault("the way through the reset gate dropped", " + self.Wrx.T @ dr_in", "", "x", "BRANCH_DROPPED"),
        fault(
            "the reset gate's sigmoid as tanh",
            "dr_in = dr * self.r * (1 - self.r)",
            "dr_in = dr * (1 - self.r ** 2)",
            "x h_prev_t Wrx Wrh",
            "OTHER_ACTIVATION",
        ),
    ),
)
