"""Group normalisation of maps, with gamma and beta for each channel."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_pair

TEXT = """
import numpy as np


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    eps = gn_param.get("eps", 1e-5)
    N, C, H, W = x.shape
    xg = x.reshape(N, G, C // G, H, W)
    mean = xg.mean(axis=(2, 3, 4), keepdims=True)
    var = xg.var(axis=(2, 3, 4), keepdims=True)
    istd = 1 / np.sqrt(var + eps)
    x_hat = ((xg - mean) * istd).reshape(N, C, H, W)
    return gamma * x_hat + beta, (G, x_hat, istd, gamma)


def spatial_groupnorm_backward(dout, cache):
    G, x_hat, istd, gamma = cache
    N, C, H, W = dout.shape
    dbeta = dout.sum(axis=(0, 2, 3), keepdims=True)
    dgamma = (dout * x_hat).sum(axis=(0, 2, 3), keepdims=True)
    dx_hat = (dout * gamma).reshape(N, G, C // G, H, W)
    xg = x_hat.reshape(N, G, C // G, H, W)
    m = C // G * H * W
    s1 = dx_hat.sum(axis=(2, 3, 4), keepdims=True)
    s2 = (dx_hat * xg).sum(axis=(2, 3, 4), keepdims=True)
    dx = istd / m * (m * dx_hat - s1 - xg * s2)
    return dx.reshape(N, C, H, W), dgamma, dbeta
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    x, gamma, beta = 1 + 2 * draw((2, 6, 3, 2)), draw((1, 6, 1, 1)), draw((1, 6, 1, 1))
    return check_pair(
        code.spatial_groupnorm_forward,
        code.spatial_groupnorm_backward,
        x=x,
        gamma=gamma,
        beta=beta,
        G=3,
        gn_param={"eps": 1e-2},
    )


FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the variance held constant", "(m * dx_hat - s1 - xg * s2)", "(m * dx_hat - s1)", "x", "MOMENT"
        ),
        fault(
            "the mean held constant", "(m * dx_hat - s1 - xg * s2)", "(m * dx_hat - xg * s2)", "x", "MOMENT"
        ),
        fault("both held constant", "(m * dx_hat - s1 - xg * s2)", "(m * dx_hat)", "x", "MOMENT"),
        fault(
            "the number of one channel",
            "m = C // G * H * W",
            "m = H * W",
            "x",
            "FACTOR_INSIDE",
            "MOMENT",
            "OTHER_VALUES",
        ),
        fault(
            "sums over each channel alone",
            "s1 = dx_hat.sum(axis=(2, 3, 4), keepdims=True)\n    s2 = (dx_hat * xg).sum(axis=(2, 3, 4), keepdims=True)",
            "s1 = dx_hat.sum(axis=(3, 4), keepdims=True)\n    s2 = (dx_hat * xg).sum(axis=(3, 4), keepdims=True)",
            "x",
            "MOMENT",
            "OTHER_AXIS",
            "SUM_MISSING",
        ),
        fault(
            "gamma forgotten",
            "dx_hat = (dout * gamma).reshape",
            "dx_hat = dout.reshape",
            "x",
            "FACTOR_DROPPED",
        ),
        fault(
            "beta for the first sample alone",
            "dbeta = dout.sum(axis=(0, 2, 3), keepdims=True)",
            "dbeta = dout[:1].sum(axis=(2, 3), keepdims=True)",
            "beta",
            "PART_MISSING",
        ),
        fault(
            "gamma's averaged over the map",
            "dgamma = (dout * x_hat).sum(axis=(0, 2, 3), keepdims=True)",
            "dgamma = (dout * x_hat).mean(axis=(2, 3), keepdims=True).sum(axis=0, keepdims=True)",
            "gamma",
            "MEAN_FOR_SUM",
            "MEAN_TWICE",
            "FACTOR",
        ),
    ),
)
