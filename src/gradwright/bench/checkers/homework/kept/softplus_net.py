"""A network with softplus beside a linear way, log-cosh loss, and absolute values as a penalty."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault, slip
from gradwright.check import check_gradient

TEXT = """
import numpy as np


class Net:
    def __init__(self, X, t, mu):
        self.X, self.t, self.mu = X, t, mu

    def out(self, p):
        A, a, B, c, V = p
        z = self.X @ A + a
        h = np.log(1 + np.exp(z))
        return z, h, h @ B + self.X @ V + c

    def L(self, p):
        r = self.out(p)[2] - self.t
        return np.log(np.cosh(r)).mean() + self.mu * np.abs(p[4]).sum()

    def dL(self, p):
        A, a, B, c, V = p
        z, h, y = self.out(p)
        r = y - self.t
        g = np.tanh(r) / r.size
        dB = h.T @ g
        dc = g.sum(0)
        dV = self.X.T @ g + self.mu * np.sign(V)
        gz = g @ B.T / (1 + np.exp(-z))
        dA = self.X.T @ gz
        da = gz.sum(0)
        return dA, da, dB, dc, dV
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    net = code.Net(draw((8, 4)), 2 * draw((8, 3)), 0.1)
    p = draw((4, 5)), draw(5), 0.5 * draw((5, 3)), draw(3), draw((4, 3))
    return check_gradient(net.L, net.dL, p, names=("A", "a", "B", "c", "V"))


ALL = "A a B c V"
SOFTPLUS = "g @ B.T / (1 + np.exp(-z))"
FAMILY = Family(
    TEXT,
    check,
    (
        fault("the gradient of squares", "g = np.tanh(r) /", "g = r /", ALL, "OTHER_LOSS"),
        fault("averaged over the rows alone", "/ r.size", "/ len(r)", ALL, "FACTOR", "SUM_FOR_MEAN"),
        fault("softplus not differentiated", SOFTPLUS, "g @ B.T", "A a", "ACTIVATION_MISSING"),
        fault(
            "softplus differentiated at its output",
            SOFTPLUS,
            "g @ B.T / (1 + np.exp(-h))",
            "A a",
            "ACTIVATION_AT_OUTPUT",
        ),
        fault("the derivative of a ReLU", SOFTPLUS, "g @ B.T * (z > 0)", "A a", "OTHER_ACTIVATION"),
        fault(
            "the penalty forgotten",
            " + self.mu * np.sign(V)",
            "",
            "V",
            "OTHER_PENALTY",
            "BRANCH_DROPPED",
        ),
        fault(
            "the gradient of a squared penalty",
            "self.mu * np.sign(V)",
            "self.mu * 2 * V",
            "V",
            "OTHER_PENALTY",
            "BRANCH_WRONG",
        ),
        fault("a bias averaged", "dc = g.sum(0)", "dc = g.mean(0)", "c", "MEAN_FOR_SUM", "MEAN_TWICE"),
        slip(
            "1.1 for 1", SOFTPLUS, "g @ B.T / (1.1 + np.exp(-z))", "A a", "OTHER_ACTIVATION", "OTHER_VALUES"
        ),
    ),
)
