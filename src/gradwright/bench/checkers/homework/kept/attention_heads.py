"""Attention with one matrix for each head in a loop, the positions as columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_pair

TEXT = """
import numpy as np


def attend(X, Wq, Wk, Wv, Wo):
    d = Wq.shape[1]
    out = 0
    saved = []
    for h in range(len(Wq)):
        q, k, v = Wq[h] @ X, Wk[h] @ X, Wv[h] @ X
        s = k.T @ q / np.sqrt(d)
        a = np.exp(s - s.max(axis=0))
        a = a / a.sum(axis=0)
        o = v @ a
        out = out + Wo[h] @ o
        saved.append((q, k, v, a, o))
    return out, (X, Wq, Wk, Wv, Wo, saved)


def attend_back(dout, cache):
    X, Wq, Wk, Wv, Wo, saved = cache
    d = Wq.shape[1]
    dX = np.zeros_like(X)
    dWq, dWk, dWv, dWo = (np.zeros_like(W) for W in (Wq, Wk, Wv, Wo))
    for h, (q, k, v, a, o) in enumerate(saved):
        dWo[h] = dout @ o.T
        do = Wo[h].T @ dout
        dv = do @ a.T
        da = v.T @ do
        ds = a * (da - (a * da).sum(axis=0))
        ds /= np.sqrt(d)
        dq = k @ ds
        dk = q @ ds.T
        dWq[h] = dq @ X.T
        dWk[h] = dk @ X.T
        dWv[h] = dv @ X.T
        dX += Wq[h].T @ dq + Wk[h].T @ dk + Wv[h].T @ dv
    return dX, dWq, dWk, dWv, dWo
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    Wq, Wk, Wv = (0.7 * draw((2, 3, 4)) for _ in range(3))
    return check_pair(code.attend, code.attend_back, X=draw((4, 5)), Wq=Wq, Wk=Wk, Wv=Wv, Wo=draw((2, 4, 3)))


SCORES = "X Wq Wk"
SOFTMAX = "ds = a * (da - (a * da).sum(axis=0))"
FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the scale forgotten", "        ds /= np.sqrt(d)\n", "", SCORES, "FACTOR_INSIDE", "FACTOR_DROPPED"
        ),
        fault("the last head's alone", "dX += Wq[h].T", "dX = Wq[h].T", "X", "OVERWRITTEN"),
        fault(
            "the softmax's sum along the queries",
            "(a * da).sum(axis=0)",
            "(a * da).sum(axis=1)",
            SCORES,
            "OTHER_AXIS",
        ),
        fault("only the softmax's diagonal", SOFTMAX, "ds = a * (1 - a) * da", SCORES, "SOFTMAX_DIAGONAL"),
        fault("the weights not transposed", "dv = do @ a.T", "dv = do @ a", "X Wv", "TRANSPOSED_INSIDE"),
        fault("the scores not transposed", "dk = q @ ds.T", "dk = q @ ds", "X Wk", "TRANSPOSED_INSIDE"),
        fault(
            "the keys' way to the input forgotten",
            "Wq[h].T @ dq + Wk[h].T @ dk + Wv",
            "Wq[h].T @ dq + Wv",
            "X",
            "BRANCH_DROPPED",
        ),
        fault(
            "the values before they are mixed",
            "dout @ o.T",
            "dout @ v.T",
            "Wo",
            "OTHER_VALUES",
            "FACTOR_DROPPED",
        ),
        fault(
            "queries and keys in another order",
            "return dX, dWq, dWk,",
            "return dX, dWk, dWq,",
            "Wq Wk",
            "EXCHANGED",
        ),
    ),
)
