"""Capsules with learned coupling and the squash by their length, as a pair of functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_pair

TEXT = """
import numpy as np


def capsules(u, W, b):
    uhat = np.einsum("nid,idoe->nioe", u, W)
    e = np.exp(b)
    c = e / e.sum(axis=1, keepdims=True)
    s = np.einsum("io,nioe->noe", c, uhat)
    q = (s ** 2).sum(axis=-1, keepdims=True)
    k = np.sqrt(q) / (1 + q)
    return k * s, (u, W, uhat, c, s, q, k)


def capsules_vjp(dv, cache):
    u, W, uhat, c, s, q, k = cache
    dk = (dv * s).sum(axis=-1, keepdims=True)
    dq = dk * (1 - q) / (2 * np.sqrt(q) * (1 + q) ** 2)
    ds = k * dv + 2 * s * dq
    dc = np.einsum("noe,nioe->io", ds, uhat)
    db = c * (dc - (c * dc).sum(axis=1, keepdims=True))
    duhat = np.einsum("io,noe->nioe", c, ds)
    dW = np.einsum("nid,nioe->idoe", u, duhat)
    du = np.einsum("nioe,idoe->nid", duhat, W)
    return du, dW, db
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    return check_pair(
        code.capsules, code.capsules_vjp, u=draw((3, 4, 2)), W=0.7 * draw((4, 2, 3, 3)), b=draw((4, 3))
    )


ALL = "u W b"
SQUASH = "ds = k * dv + 2 * s * dq"
FAMILY = Family(
    TEXT,
    check,
    (
        fault("the length held constant", SQUASH, "ds = k * dv", ALL, "MOMENT", "BRANCH_DROPPED"),
        fault("the direct way dropped", SQUASH, "ds = 2 * s * dq", ALL, "BRANCH_DROPPED"),
        fault(
            "the square's 2 forgotten", SQUASH, "ds = k * dv + s * dq", ALL, "HALF", "MOMENT", "BRANCH_WRONG"
        ),
        fault(
            "not summed over a capsule's entries",
            "dk = (dv * s).sum(axis=-1, keepdims=True)",
            "dk = dv * s",
            ALL,
            "SUM_MISSING",
            "DIAGONAL",
            "BRANCH_WRONG",
        ),
        fault(
            "only the diagonal of the coupling",
            "db = c * (dc - (c * dc).sum(axis=1, keepdims=True))",
            "db = c * (1 - c) * dc",
            "b",
            "SOFTMAX_DIAGONAL",
        ),
        fault(
            "the coupling summed over the other axis",
            "(c * dc).sum(axis=1, keepdims=True)",
            "(c * dc).sum(axis=0, keepdims=True)",
            "b",
            "OTHER_AXIS",
        ),
        fault(
            "the coupling not differentiated",
            "db = c * (dc - (c * dc).sum(axis=1, keepdims=True))",
            "db = dc",
            "b",
            "ACTIVATION_MISSING",
        ),
        fault(
            "the quotient's square forgotten",
            "(1 + q) ** 2)",
            "(1 + q))",
            ALL,
            "FACTOR_DROPPED",
            "BRANCH_WRONG",
            "MOMENT",
        ),
        fault(
            "the coupling forgotten on the way back",
            '"io,noe->nioe", c, ds',
            '"io,noe->nioe", np.ones_like(c), ds',
            "u W",
            "FACTOR_DROPPED",
        ),
        fault(
            "dout forgotten on the direct way",
            SQUASH,
            "ds = k + 2 * s * dq",
            ALL,
            "FACTOR_DROPPED",
            "TERM_ADDED",
            "NOT_LINEAR_IN_DOUT",
            "BRANCH_WRONG",
        ),
    ),
)
