"""A neural differential equation by Euler's method, squared distance at the end, by the discrete adjoint."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_gradient

TEXT = """
import numpy as np


def solve(W, b, z0, h, steps):
    zs = [z0]
    for _ in range(steps):
        z = zs[-1]
        zs.append(z + h * np.tanh(z @ W + b))
    return zs


def loss(params, z0, target, h, steps):
    zT = solve(params["W"], params["b"], z0, h, steps)[-1]
    return 0.5 * np.sum((zT - target) ** 2)


def loss_grad(params, z0, target, h, steps):
    W, b = params["W"], params["b"]
    zs = solve(W, b, z0, h, steps)
    a = zs[-1] - target
    dW, db = np.zeros_like(W), np.zeros_like(b)
    for z in reversed(zs[:-1]):
        s = np.tanh(z @ W + b)
        ds = h * a * (1 - s ** 2)
        dW += z.T @ ds
        db += ds.sum(axis=0)
        a = a + ds @ W.T
    return {"W": dW, "b": db}
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    z0, target = draw((4, 3)), draw((4, 3))
    params = {"W": draw((3, 3)), "b": draw(3)}
    return check_gradient(
        lambda p: code.loss(p, z0, target, 0.25, 5), lambda p: code.loss_grad(p, z0, target, 0.25, 5), params
    )


FAMILY = Family(
    TEXT,
    check,
    (
        fault("the skip dropped", "a = a + ds @ W.T", "a = ds @ W.T", "W b", "OVERWRITTEN", "BRANCH_DROPPED"),
        fault(
            "the adjoint held constant",
            "        a = a + ds @ W.T\n",
            "",
            "W b",
            "TRUNCATED",
            "BRANCH_DROPPED",
        ),
        fault(
            "the step forgotten",
            "ds = h * a * (1 - s ** 2)",
            "ds = a * (1 - s ** 2)",
            "W b",
            "FACTOR_DROPPED",
            "FACTOR_INSIDE",
        ),
        fault(
            "tanh not differentiated", "ds = h * a * (1 - s ** 2)", "ds = h * a", "W b", "ACTIVATION_MISSING"
        ),
        fault(
            "the sign of the adjoint",
            "a = a + ds @ W.T",
            "a = a - ds @ W.T",
            "W b",
            "SIGN",
            "FACTOR_INSIDE",
            "BRANCH_WRONG",
        ),
        fault(
            "the state after the step",
            "for z in reversed(zs[:-1]):",
            "for z in reversed(zs[1:]):",
            "W b",
            "OFF_BY_ONE",
            "OTHER_VALUES",
        ),
        fault(
            "the last step alone",
            "dW += z.T @ ds",
            "dW = z.T @ ds",
            "W",
            "OVERWRITTEN",
            "PART_MISSING",
            "TRUNCATED",
        ),
        fault(
            "the continuous adjoint at the old adjoint",
            "dW += z.T @ ds",
            "dW += z.T @ (h * (a + ds @ W.T) * (1 - s ** 2))",
            "W",
            "EXTRA_TERM",
            "OFF_BY_ONE",
            "OTHER_VALUES",
        ),
        fault("W not transposed", "ds @ W.T", "ds @ W", "W b", "TRANSPOSED_INSIDE"),
    ),
)
