"""A convolution of sequences with stride 1 and downsampling behind it, as classes with dLdW."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_layer

TEXT = """
import numpy as np


class Conv1d_stride1:
    def __init__(self, in_channels, out_channels, kernel_size, seed):
        rng = np.random.RandomState(seed)
        self.kernel_size = kernel_size
        self.W = rng.normal(0, 0.6, (out_channels, in_channels, kernel_size))
        self.b = rng.normal(0, 0.6, out_channels)

    def forward(self, A):
        self.A = A
        L_out = A.shape[2] - self.kernel_size + 1
        Z = np.zeros((A.shape[0], self.W.shape[0], L_out))
        for l in range(L_out):
            Z[:, :, l] = np.tensordot(A[:, :, l:l + self.kernel_size], self.W, axes=([1, 2], [1, 2]))
        return Z + self.b[None, :, None]

    def backward(self, dLdZ):
        N, C_out, L_out = dLdZ.shape
        L_in = self.A.shape[2]
        self.dLdb = np.sum(dLdZ, axis=(0, 2))
        self.dLdW = np.zeros(self.W.shape)
        for k in range(self.kernel_size):
            self.dLdW[:, :, k] = np.tensordot(dLdZ, self.A[:, :, k:k + L_out], axes=([0, 2], [0, 2]))
        p = self.kernel_size - 1
        padded = np.pad(dLdZ, ((0, 0), (0, 0), (p, p)))
        flipped = self.W[:, :, ::-1]
        dLdA = np.zeros(self.A.shape)
        for l in range(L_in):
            dLdA[:, :, l] = np.tensordot(padded[:, :, l:l + self.kernel_size], flipped, axes=([1, 2], [0, 2]))
        return dLdA


class Downsample1d:
    def __init__(self, factor):
        self.factor = factor

    def forward(self, A):
        self.W_in = A.shape[2]
        return A[:, :, ::self.factor]

    def backward(self, dLdZ):
        dLdA = np.zeros((dLdZ.shape[0], dLdZ.shape[1], self.W_in))
        dLdA[:, :, ::self.factor] = dLdZ
        return dLdA


class Conv1d:
    def __init__(self, in_channels, out_channels, kernel_size, stride, seed=0):
        self.conv1d_stride1 = Conv1d_stride1(in_channels, out_channels, kernel_size, seed)
        self.downsample1d = Downsample1d(stride)

    def forward(self, A):
        return self.downsample1d.forward(self.conv1d_stride1.forward(A))

    def backward(self, dLdZ):
        return self.conv1d_stride1.backward(self.downsample1d.backward(dLdZ))
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    return check_layer(code.Conv1d(3, 4, kernel_size=3, stride=2, seed=1), rng.standard_normal((3, 3, 9)))


A, W, B = "A", "conv1d_stride1.W", "conv1d_stride1.b"
FAMILY = Family(
    TEXT,
    check,
    (
        fault("the kernel not flipped", "self.W[:, :, ::-1]", "self.W", A, "WEIGHT_FLIPPED", "REVERSED"),
        fault(
            "the bias over the samples alone",
            "np.sum(dLdZ, axis=(0, 2))",
            "np.sum(dLdZ[:, :, 0], axis=0)",
            B,
            "PART_MISSING",
            "BIAS_AXIS",
        ),
        fault(
            "the bias averaged over the length",
            "np.sum(dLdZ, axis=(0, 2))",
            "np.sum(dLdZ, axis=0).mean(axis=1)",
            B,
            "MEAN_FOR_SUM",
            "FACTOR",
            "MEAN_TWICE",
        ),
        fault(
            "upsampled one place late",
            "dLdA[:, :, ::self.factor] = dLdZ",
            "dLdA[:, :, 1::self.factor] = dLdZ[:, :, :-1]",
            f"{A} {W} {B}",
            "OFF_BY_ONE",
            "WRONG_WINDOW",
        ),
        fault(
            "upsampled by repetition",
            "dLdA[:, :, ::self.factor] = dLdZ",
            "dLdA[:, :, :] = np.repeat(dLdZ, self.factor, axis=2)[:, :, :self.W_in]",
            f"{A} {W} {B}",
            "NOT_ARGMAX",
            "OTHER_ACTIVATION",
        ),
        fault(
            "the kernel's gradient backwards",
            "self.dLdW[:, :, k] = ",
            "self.dLdW[:, :, -1 - k] = ",
            W,
            "REVERSED",
        ),
        fault(
            "the kernel shifted by one",
            "self.A[:, :, k:k + L_out]",
            "np.roll(self.A, 1, axis=2)[:, :, k:k + L_out]",
            W,
            "OFF_BY_ONE",
        ),
        fault(
            "averaged over the batch",
            "self.dLdW = np.zeros(self.W.shape)",
            "dLdZ = dLdZ / N\n        self.dLdW = np.zeros(self.W.shape)",
            f"{A} {W}",
            "MEAN_TWICE",
        ),
    ),
)
