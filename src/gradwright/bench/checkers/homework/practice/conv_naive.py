"""A convolution in four loops with stride and padding."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_pair

TEXT = """
import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    Ho = 1 + (H + 2 * pad - HH) // stride
    Wo = 1 + (W + 2 * pad - WW) // stride
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, Ho, Wo))
    for n in range(N):
        for f in range(F):
            for i in range(Ho):
                for j in range(Wo):
                    window = xp[n, :, i * stride:i * stride + HH, j * stride:j * stride + WW]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    return out, (x, w, b, conv_param)


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, F, Ho, Wo = dout.shape
    HH, WW = w.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp = np.zeros_like(xp)
    dw = np.zeros_like(w)
    db = np.zeros_like(b)
    for n in range(N):
        for f in range(F):
            db[f] += dout[n, f].sum()
            for i in range(Ho):
                for j in range(Wo):
                    rows, cols = slice(i * stride, i * stride + HH), slice(j * stride, j * stride + WW)
                    dw[f] += xp[n, :, rows, cols] * dout[n, f, i, j]
                    dxp[n, :, rows, cols] += w[f] * dout[n, f, i, j]
    dx = dxp[:, :, pad:-pad, pad:-pad]
    return dx, dw, db
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    return check_pair(
        code.conv_forward_naive,
        code.conv_backward_naive,
        x=draw((2, 3, 5, 5)),
        w=draw((4, 3, 3, 3)),
        b=draw(4),
        conv_param={"stride": 2, "pad": 1},
    )


FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "overlaps overwritten in dx",
            "dxp[n, :, rows, cols] += w[f]",
            "dxp[n, :, rows, cols] = w[f]",
            "x",
            "OVERWRITTEN",
        ),
        fault(
            "the filter turned round",
            "w[f] * dout[n, f, i, j]",
            "w[f][:, ::-1, ::-1] * dout[n, f, i, j]",
            "x",
            "WEIGHT_FLIPPED",
            "REVERSED",
        ),
        fault(
            "the padding cut off on one side",
            "dxp[:, :, pad:-pad, pad:-pad]",
            "dxp[:, :, :-2 * pad, :-2 * pad]",
            "x",
            "OFF_BY_ONE",
        ),
        fault(
            "the bias of the last sample",
            "db[f] += dout[n, f].sum()",
            "db[f] = dout[n, f].sum()",
            "b",
            "OVERWRITTEN",
            "PART_MISSING",
        ),
        fault(
            "the bias averaged over the map",
            "db[f] += dout[n, f].sum()",
            "db[f] += dout[n, f].mean()",
            "b",
            "MEAN_FOR_SUM",
            "MEAN_TWICE",
        ),
        fault(
            "the stride forgotten",
            "rows, cols = slice(i * stride, i * stride + HH), slice(j * stride, j * stride + WW)",
            "rows, cols = slice(i, i + HH), slice(j, j + WW)",
            "x w",
            "WRONG_WINDOW",
        ),
        fault(
            "the weights of the last window",
            "dw[f] += xp[n, :, rows, cols] * dout[n, f, i, j]",
            "dw[f] = xp[n, :, rows, cols] * dout[n, f, i, j]",
            "w",
            "OVERWRITTEN",
            "PART_MISSING",
        ),
        fault(
            "the input in place of the filter",
            "dxp[n, :, rows, cols] += w[f] * dout",
            "dxp[n, :, rows, cols] += xp[n, :, rows, cols] * dout",
            "x",
            "OTHER_VALUES",
            "EXCHANGED",
        ),
        fault(
            "the last row of windows left out",
            "for i in range(Ho):\n                for j in range(Wo):\n                    rows",
            "for i in range(Ho - 1):\n                for j in range(Wo):\n                    rows",
            "x w",
            "PART_MISSING",
        ),
    ),
)
