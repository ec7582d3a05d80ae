"""Each map of each sample normalised by itself, channels last, as a pair of functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault, slip
from gradwright.check import check_pair

TEXT = """
import numpy as np


def instnorm_forward(x, scale, shift, eps=1e-3):
    m = x.mean(axis=(1, 2), keepdims=True)
    v = ((x - m) ** 2).mean(axis=(1, 2), keepdims=True)
    istd = (v + eps) ** -0.5
    n = (x - m) * istd
    return n * scale + shift, (n, istd, scale)


def instnorm_backward(dy, cache):
    n, istd, scale = cache
    area = (1, 2)
    dshift = dy.sum(axis=(0, 1, 2))
    dscale = (dy * n).sum(axis=(0, 1, 2))
    dn = dy * scale
    mean_dn = dn.mean(axis=area, keepdims=True)
    mean_dn_n = (dn * n).mean(axis=(1, 2), keepdims=True)
    dx = istd * (dn - mean_dn - n * mean_dn_n)
    return dx, dscale, dshift
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    x, scale, shift = 1 + 2 * draw((3, 4, 4, 2)), draw(2), draw(2)
    return check_pair(code.instnorm_forward, code.instnorm_backward, x=x, scale=scale, shift=shift)


DX = "istd * (dn - mean_dn - n * mean_dn_n)"
FAMILY = Family(
    TEXT,
    check,
    (
        fault("the mean held constant", DX, "istd * (dn - n * mean_dn_n)", "x", "MOMENT"),
        fault("the variance held constant", DX, "istd * (dn - mean_dn)", "x", "MOMENT"),
        fault("the mean over the samples too", "area = (1, 2)", "area = (0, 1, 2)", "x", "OTHER_AXIS"),
        fault(
            "the mean over the rows alone",
            "(dn * n).mean(axis=(1, 2), keepdims=True)",
            "(dn * n).mean(axis=1, keepdims=True)",
            "x",
            "OTHER_AXIS",
            "SUM_MISSING",
        ),
        fault(
            "scale's by what is not normalised",
            "(dy * n).sum",
            "(dy * n / istd).sum",
            "scale",
            "OTHER_VALUES",
            "FACTOR_DROPPED",
        ),
        fault("scale forgotten on the way back", "dn = dy * scale", "dn = dy", "x", "FACTOR_DROPPED"),
        fault("the deviation forgotten", DX, "dn - mean_dn - n * mean_dn_n", "x", "FACTOR_DROPPED"),
        fault(
            "before the scale",
            "(dn * n).mean",
            "(dy * n).mean",
            "x",
            "OTHER_VALUES",
            "FACTOR_DROPPED",
            "MOMENT",
        ),
        fault("shift averaged", "dshift = dy.sum", "dshift = dy.mean", "shift", "MEAN_FOR_SUM", "MEAN_TWICE"),
        slip("half of the mean", DX, "istd * (dn - 0.5 * mean_dn - n * mean_dn_n)", "x", "MOMENT", "HALF"),
    ),
)
