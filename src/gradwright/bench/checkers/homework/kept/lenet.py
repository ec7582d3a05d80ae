"""A convolution, a sigmoid, average pooling and a dense layer in one class, channels last."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_layer

TEXT = """
import numpy as np


class LittleLeNet:
    def __init__(self):
        r = np.random.RandomState(11)
        self.kernel, self.kernel_b = 0.5 * r.randn(3, 3, 2, 3), 0.3 * r.randn(3)
        self.fc, self.fc_b = 0.5 * r.randn(12, 4), 0.3 * r.randn(4)

    def forward(self, img):
        N, H, W, _ = img.shape
        self.img = img
        self.h, self.w = H - 2, W - 2
        c = self.kernel_b
        for i in range(3):
            for j in range(3):
                c = c + img[:, i:i + self.h, j:j + self.w] @ self.kernel[i, j]
        self.c = c
        self.a = 1 / (1 + np.exp(-c))
        self.p = self.a.reshape(N, self.h // 2, 2, self.w // 2, 2, -1).mean(axis=(2, 4))
        self.flat = self.p.reshape(N, -1)
        return self.flat @ self.fc + self.fc_b

    def backward(self, dout):
        N, ph, pw, F = self.p.shape
        self.d_fc = self.flat.T @ dout
        self.d_fc_b = dout.sum(axis=0)
        dp = (dout @ self.fc.T).reshape(self.p.shape)
        da = np.repeat(np.repeat(dp, 2, axis=1), 2, axis=2) / 4
        dc = da * self.a * (1 - self.a)
        self.d_kernel_b = dc.sum(axis=(0, 1, 2))
        self.d_kernel = np.zeros_like(self.kernel)
        d_img = np.zeros_like(self.img)
        for i in range(3):
            for j in range(3):
                window = self.img[:, i:i + self.h, j:j + self.w]
                self.d_kernel[i, j] = np.einsum("nhwc,nhwf->cf", window, dc)
                d_img[:, i:i + self.h, j:j + self.w] += dc @ self.kernel[i, j].T
        return d_img
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    return check_layer(code.LittleLeNet(), rng.standard_normal((2, 6, 6, 2)))


BELOW = "img kernel kernel_b"
SIGMOID = "dc = da * self.a * (1 - self.a)"
REPEATED = "np.repeat(np.repeat(dp, 2, axis=1), 2, axis=2)"
FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the pool's mean forgotten",
            f"{REPEATED} / 4",
            REPEATED,
            BELOW,
            "SUM_FOR_MEAN",
            "FACTOR",
        ),
        fault(
            "the pooled map tiled, not each of its entries",
            REPEATED,
            "np.tile(dp, (1, 2, 2, 1))",
            BELOW,
            "WRONG_WINDOW",
            "FLATTENED",
            "DOUT_PERMUTED",
        ),
        fault(
            "unflattened with the channels first",
            ".reshape(self.p.shape)",
            ".reshape(N, F, ph, pw).transpose(0, 2, 3, 1)",
            BELOW,
            "FLATTENED",
        ),
        fault("the sigmoid not differentiated", SIGMOID, "dc = da", BELOW, "ACTIVATION_MISSING"),
        fault(
            "the sigmoid's formula at its input",
            SIGMOID,
            "dc = da * self.c * (1 - self.c)",
            BELOW,
            "ACTIVATION_AT_INPUT",
        ),
        fault(
            "windows overwrite one another",
            "self.w] += dc @",
            "self.w] = dc @",
            "img",
            "OVERWRITTEN",
        ),
        fault(
            "the kernel turned round",
            "self.kernel[i, j].T",
            "self.kernel[2 - i, 2 - j].T",
            "img",
            "WEIGHT_FLIPPED",
            "REVERSED",
        ),
        fault(
            "the kernel's bias averaged over the samples",
            "dc.sum(axis=(0, 1, 2))",
            "dc.mean(axis=0).sum(axis=(0, 1))",
            "kernel_b",
            "MEAN_FOR_SUM",
            "MEAN_TWICE",
        ),
        fault(
            "half of the sigmoid's derivative",
            SIGMOID,
            "dc = da * self.a",
            BELOW,
            "FACTOR_DROPPED",
            "OTHER_ACTIVATION",
        ),
    ),
)
