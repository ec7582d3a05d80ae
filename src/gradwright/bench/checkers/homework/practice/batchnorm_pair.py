"""Batch normalisation in training, its backward step by step as in a computation graph."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault, slip
from gradwright.check import check_pair

TEXT = """
import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get("eps", 1e-5)
    mu = np.mean(x, axis=0)
    xmu = x - mu
    var = np.mean(xmu ** 2, axis=0)
    sqrtvar = np.sqrt(var + eps)
    ivar = 1.0 / sqrtvar
    xhat = xmu * ivar
    out = gamma * xhat + beta
    cache = (xhat, gamma, xmu, ivar, sqrtvar, var, eps)
    return out, cache


def batchnorm_backward(dout, cache):
    xhat, gamma, xmu, ivar, sqrtvar, var, eps = cache
    N, D = dout.shape
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dxhat = dout * gamma
    divar = np.sum(dxhat * xmu, axis=0)
    dxmu1 = dxhat * ivar
    dsqrtvar = -1.0 / (sqrtvar ** 2) * divar
    dvar = 0.5 * 1.0 / np.sqrt(var + eps) * dsqrtvar
    dsq = 1.0 / N * np.ones((N, D)) * dvar
    dxmu2 = 2 * xmu * dsq
    dx1 = dxmu1 + dxmu2
    dmu = -1 * np.sum(dxmu1 + dxmu2, axis=0)
    dx2 = 1.0 / N * np.ones((N, D)) * dmu
    dx = dx1 + dx2
    return dx, dgamma, dbeta
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    x = 2.0 + 3.0 * rng.standard_normal((6, 4))
    gamma, beta = rng.standard_normal(4), rng.standard_normal(4)
    return check_pair(
        code.batchnorm_forward,
        code.batchnorm_backward,
        x=x,
        gamma=gamma,
        beta=beta,
        bn_param={"mode": "train"},
    )


FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the variance held constant",
            "dx1 = dxmu1 + dxmu2",
            "dx1 = dxmu1",
            "x",
            "MOMENT",
            "BRANCH_DROPPED",
        ),
        fault("the mean held constant", "dx = dx1 + dx2", "dx = dx1", "x", "MOMENT", "BRANCH_DROPPED"),
        fault("mean and variance held constant", "dx = dx1 + dx2", "dx = dxmu1", "x", "MOMENT"),
        fault(
            "gamma forgotten on the way back",
            "dxhat = dout * gamma",
            "dxhat = dout",
            "x",
            "FACTOR_DROPPED",
        ),
        fault(
            "the 2 of the square forgotten",
            "dxmu2 = 2 * xmu * dsq",
            "dxmu2 = xmu * dsq",
            "x",
            "MOMENT",
            "FACTOR_INSIDE",
        ),
        fault(
            "gamma's with x - mean in place of xhat",
            "dgamma = np.sum(dout * xhat, axis=0)",
            "dgamma = np.sum(dout * xmu, axis=0)",
            "gamma",
            "OTHER_VALUES",
        ),
        fault(
            "beta averaged",
            "dbeta = np.sum(dout, axis=0)",
            "dbeta = np.mean(dout, axis=0)",
            "beta",
            "MEAN_FOR_SUM",
            "MEAN_TWICE",
        ),
        fault(
            "the power of the root's derivative",
            "dsqrtvar = -1.0 / (sqrtvar ** 2) * divar",
            "dsqrtvar = -1.0 / sqrtvar * divar",
            "x",
            "MOMENT",
            "OTHER_VALUES",
        ),
        slip(
            "0.5 for 1 / N",
            "dx2 = 1.0 / N * np.ones((N, D)) * dmu",
            "dx2 = 0.5 * np.ones((N, D)) * dmu",
            "x",
            "MOMENT",
        ),
    ),
)
