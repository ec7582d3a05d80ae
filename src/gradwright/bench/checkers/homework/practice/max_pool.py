"""Max-pooling in loops, windows overlapping."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_pair

TEXT = """
import numpy as np


def max_pool_forward(x, pool_param):
    N, C, H, W = x.shape
    HH, WW, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    H_out = 1 + (H - HH) // stride
    W_out = 1 + (W - WW) // stride
    out = np.zeros((N, C, H_out, W_out), dtype=x.dtype)
    for i in range(H_out):
        for j in range(W_out):
            window = x[:, :, i * stride:i * stride + HH, j * stride:j * stride + WW]
            out[:, :, i, j] = window.max(axis=(2, 3))
    return out, (x, pool_param)


def max_pool_backward(dout, cache):
    x, pool_param = cache
    HH, WW, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H_out, W_out = dout.shape
    dx = np.zeros_like(x)
    for n in range(N):
        for c in range(C):
            for i in range(H_out):
                for j in range(W_out):
                    top, left = i * stride, j * stride
                    window = x[n, c, top:top + HH, left:left + WW]
                    mask = (window == np.max(window))
                    dx[n, c, top:top + HH, left:left + WW] += mask * dout[n, c, i, j]
    return dx
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    x = rng.standard_normal((2, 2, 7, 7))
    param = {"pool_height": 3, "pool_width": 3, "stride": 2}
    return check_pair(code.max_pool_forward, code.max_pool_backward, x=x, pool_param=param)


FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "overlaps overwritten",
            "left:left + WW] += mask",
            "left:left + WW] = mask",
            "x",
            "OVERWRITTEN",
        ),
        fault(
            "the maximum over the whole map",
            "mask = (window == np.max(window))",
            "mask = (window == np.max(x[n, c]))",
            "x",
            "SELECTION",
        ),
        fault(
            "averaged back",
            "mask * dout[n, c, i, j]",
            "dout[n, c, i, j] / (HH * WW)",
            "x",
            "NOT_ARGMAX",
        ),
        fault(
            "the minimum",
            "mask = (window == np.max(window))",
            "mask = (window == np.min(window))",
            "x",
            "SELECTION",
        ),
        fault(
            "times the maximum",
            "mask * dout[n, c, i, j]",
            "mask * window * dout[n, c, i, j]",
            "x",
            "OTHER_VALUES",
            "OTHER_ACTIVATION",
        ),
        fault(
            "the last column of windows left out",
            "for j in range(W_out):\n                    top",
            "for j in range(W_out - 1):\n                    top",
            "x",
            "PART_MISSING",
        ),
        fault(
            "dout transposed",
            "mask * dout[n, c, i, j]",
            "mask * dout[n, c, j, i]",
            "x",
            "DOUT_PERMUTED",
            "TRANSPOSED",
        ),
        fault(
            "dout's first sample for all",
            "mask * dout[n, c, i, j]",
            "mask * dout[0, c, i, j]",
            "x",
            "ROWS_MIXED",
        ),
    ),
)
