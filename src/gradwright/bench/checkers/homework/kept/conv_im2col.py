"""A convolution as one product by im2col and back by col2im, class with dW and db."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_layer

TEXT = """
import numpy as np


def im2col(x, fh, fw, stride, pad):
    N, C, H, W = x.shape
    oh, ow = (H + 2 * pad - fh) // stride + 1, (W + 2 * pad - fw) // stride + 1
    img = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)])
    col = np.zeros((N, C, fh, fw, oh, ow))
    for i in range(fh):
        for j in range(fw):
            col[:, :, i, j] = img[:, :, i:i + stride * oh:stride, j:j + stride * ow:stride]
    return col.transpose(0, 4, 5, 1, 2, 3).reshape(N * oh * ow, -1)


def col2im(col, x_shape, fh, fw, stride, pad):
    N, C, H, W = x_shape
    oh, ow = (H + 2 * pad - fh) // stride + 1, (W + 2 * pad - fw) // stride + 1
    col = col.reshape(N, oh, ow, C, fh, fw).transpose(0, 3, 4, 5, 1, 2)
    img = np.zeros((N, C, H + 2 * pad + stride - 1, W + 2 * pad + stride - 1))
    for i in range(fh):
        for j in range(fw):
            img[:, :, i:i + stride * oh:stride, j:j + stride * ow:stride] += col[:, :, i, j]
    return img[:, :, pad:H + pad, pad:W + pad]


class Convolution:
    def __init__(self, W, b, stride=1, pad=0):
        self.W, self.b, self.stride, self.pad = W, b, stride, pad

    def forward(self, x):
        FN, C, FH, FW = self.W.shape
        N, C, H, W = x.shape
        out_h = (H + 2 * self.pad - FH) // self.stride + 1
        out_w = (W + 2 * self.pad - FW) // self.stride + 1
        self.x = x
        self.col = im2col(x, FH, FW, self.stride, self.pad)
        self.col_W = self.W.reshape(FN, -1).T
        out = np.dot(self.col, self.col_W) + self.b
        return out.reshape(N, out_h, out_w, -1).transpose(0, 3, 1, 2)

    def backward(self, dout):
        FN, C, FH, FW = self.W.shape
        dout = dout.transpose(0, 2, 3, 1).reshape(-1, FN)
        self.db = np.sum(dout, axis=0)
        dW = np.dot(self.col.T, dout)
        self.dW = dW.transpose(1, 0).reshape(FN, C, FH, FW)
        dcol = np.dot(dout, self.col_W.T)
        return col2im(dcol, self.x.shape, FH, FW, self.stride, self.pad)
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    layer = code.Convolution(draw((3, 2, 3, 3)), draw(3), stride=1, pad=1)
    return check_layer(layer, draw((3, 2, 4, 4)))


FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "overlaps overwritten in col2im",
            "j:j + stride * ow:stride] += col[:, :, i, j]",
            "j:j + stride * ow:stride] = col[:, :, i, j]",
            "x",
            "OVERWRITTEN",
        ),
        fault(
            "dout not transposed",
            "dout = dout.transpose(0, 2, 3, 1).reshape(-1, FN)",
            "dout = dout.reshape(-1, FN)",
            "x W b",
            "FLATTENED",
            "DOUT_PERMUTED",
        ),
        fault(
            "dW's axes in another order",
            "dW.transpose(1, 0).reshape(FN, C, FH, FW)",
            "dW.reshape(FN, C, FH, FW)",
            "W",
            "FLATTENED",
        ),
        fault(
            "cut off without the padding's offset",
            "img[:, :, pad:H + pad, pad:W + pad]",
            "img[:, :, :H, :W]",
            "x",
            "OFF_BY_ONE",
        ),
        fault(
            "the bias averaged",
            "self.db = np.sum(dout, axis=0)",
            "self.db = np.mean(dout, axis=0)",
            "b",
            "MEAN_FOR_SUM",
            "MEAN_TWICE",
        ),
        fault(
            "the bias over the filters",
            "self.db = np.sum(dout, axis=0)",
            "self.db = np.sum(dout, axis=1)[:FN]",
            "b",
            "BIAS_AXIS",
        ),
        fault(
            "averaged over the batch",
            "self.dW = dW.transpose(1, 0).reshape(FN, C, FH, FW)",
            "self.dW = dW.transpose(1, 0).reshape(FN, C, FH, FW) / len(self.x)",
            "W",
            "MEAN_TWICE",
        ),
        fault(
            "the axes of the image exchanged",
            ".transpose(0, 3, 4, 5, 1, 2)",
            ".transpose(0, 3, 4, 5, 2, 1)",
            "x",
            "TRANSPOSED_INSIDE",
            "DOUT_PERMUTED",
            "FLATTENED",
        ),
        fault(
            "the filter turned round",
            "dcol = np.dot(dout, self.col_W.T)",
            "dcol = np.dot(dout, self.W[:, :, ::-1, ::-1].reshape(FN, -1))",
            "x",
            "WEIGHT_FLIPPED",
            "REVERSED",
        ),
    ),
)
