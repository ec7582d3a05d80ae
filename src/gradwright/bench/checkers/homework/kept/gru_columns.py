"""A gated recurrent unit whose reset comes after the product, samples as columns, time first."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_pair

TEXT = """
import numpy as np


def sig(v):
    return 1 / (1 + np.exp(-v))


def gru(xs, h0, W, U, b, c):
    k = len(h0)
    h = h0
    hs, tape = [], []
    for x in xs:
        a = W @ x + b
        g = U @ h + c
        r = sig(a[:k] + g[:k])
        z = sig(a[k:2 * k] + g[k:2 * k])
        m = g[2 * k:]
        n = np.tanh(a[2 * k:] + r * m)
        tape.append((x, h, r, z, m, n))
        h = (1 - z) * n + z * h
        hs.append(h)
    return np.stack(hs), (tape, W, U)


def gru_back(dhs, cache):
    tape, W, U = cache
    dW, dU = np.zeros_like(W), np.zeros_like(U)
    db, dc = np.zeros((len(W), 1)), np.zeros((len(U), 1))
    dxs = []
    dh = 0
    for dy, (x, h, r, z, m, n) in zip(dhs[::-1], tape[::-1]):
        dh = dh + dy
        dn = dh * (1 - z) * (1 - n ** 2)
        dz = dh * (h - n) * z * (1 - z)
        dr = dn * m * r * (1 - r)
        da = np.vstack([dr, dz, dn])
        dg = np.vstack([dr, dz, dn * r])
        dW += da @ x.T
        dU += dg @ h.T
        db += da.sum(axis=1, keepdims=True)
        dc += dg.sum(axis=1, keepdims=True)
        dxs.append(W.T @ da)
        dh = dh * z + U.T @ dg
    return np.stack(dxs[::-1]), dh, dW, dU, db, dc
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    W, U, b, c = draw((9, 2)), draw((9, 3)), draw((9, 1)), draw((9, 1))
    return check_pair(code.gru, code.gru_back, xs=draw((4, 2, 3)), h0=draw((3, 3)), W=W, U=U, b=b, c=c)


ALL = "xs h0 W U b c"
FAMILY = Family(
    TEXT,
    check,
    (
        fault("the reset gate forgotten", "dn * r])", "dn])", ALL, "FACTOR_DROPPED"),
        fault(
            "the sign of the update gate",
            "dz = dh * (h - n)",
            "dz = dh * (n - h)",
            ALL,
            "SIGN",
            "BRANCH_WRONG",
        ),
        fault(
            "the state's direct way dropped",
            "dh = dh * z + U.T @ dg",
            "dh = U.T @ dg",
            ALL,
            "BRANCH_DROPPED",
            "TRUNCATED",
        ),
        fault("tanh not differentiated", " * (1 - n ** 2)", "", ALL, "ACTIVATION_MISSING"),
        fault("inputs in the order of the loop", "np.stack(dxs[::-1])", "np.stack(dxs)", "xs", "REVERSED"),
        fault(
            "gates in another order",
            "da = np.vstack([dr, dz, dn])",
            "da = np.vstack([dz, dr, dn])",
            "xs W b",
            "EXCHANGED",
        ),
        fault("the candidate for the state", "dU += dg @ h.T", "dU += dg @ n.T", "U", "OTHER_VALUES"),
        fault("the candidate's factor of the reset gate", "dr = dn * m", "dr = dn * n", ALL, "OTHER_VALUES"),
        fault("the first step's alone", "dW += da @ x.T", "dW = da @ x.T", "W", "OVERWRITTEN", "TRUNCATED"),
        fault(
            "the second bias never filled",
            "        dc += dg.sum(axis=1, keepdims=True)\n",
            "",
            "c",
            "ZERO",
            "PART_MISSING",
        ),
    ),
)
