"""A transposed convolution with a stride, scattered window by window, as a class."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_layer

TEXT = """
import numpy as np


class ConvTranspose:
    def __init__(self, cin, cout, k, stride, rs):
        self.stride = stride
        self.K = 0.5 * rs.randn(cin, cout, k, k)
        self.c = rs.randn(cout)

    def forward(self, inp):
        n, _, height, width = inp.shape
        _, cout, k, _ = self.K.shape
        s = self.stride
        out = np.zeros((n, cout, (height - 1) * s + k, (width - 1) * s + k))
        for i in range(height):
            for j in range(width):
                spread = np.einsum("nc,cokl->nokl", inp[:, :, i, j], self.K)
                out[:, :, i * s:i * s + k, j * s:j * s + k] += spread
        self.inp = inp
        return out + self.c[None, :, None, None]

    def backward(self, grad_out):
        n, _, h, w = self.inp.shape
        k, s = self.K.shape[-1], self.stride
        self.grad_c = grad_out.sum(axis=(0, 2, 3))
        self.grad_K = np.zeros_like(self.K)
        grad_inp = np.zeros_like(self.inp)
        for i in range(h):
            for j in range(w):
                top, left = i * s, j * s
                patch = grad_out[:, :, top:top + k, left:left + k]
                grad_inp[:, :, i, j] = np.einsum("nokl,cokl->nc", patch, self.K)
                self.grad_K += np.einsum("nc,nokl->cokl", self.inp[:, :, i, j], patch)
        return grad_inp
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    layer = code.ConvTranspose(3, 3, k=3, stride=2, rs=np.random.RandomState(2))
    return check_layer(layer, rng.standard_normal((2, 3, 3, 3)))


FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the kernel turned round",
            "patch, self.K)",
            "patch, self.K[:, :, ::-1, ::-1])",
            "inp",
            "WEIGHT_FLIPPED",
            "REVERSED",
        ),
        fault(
            "the stride forgotten",
            "top, left = i * s, j * s",
            "top, left = i, j",
            "inp K",
            "WRONG_WINDOW",
            "OTHER_VALUES",
            "DOUT_PERMUTED",
        ),
        fault(
            "the last window's alone",
            "self.grad_K += np.einsum",
            "self.grad_K = np.einsum",
            "K",
            "OVERWRITTEN",
        ),
        fault(
            "the bias averaged over the samples",
            "grad_out.sum(axis=(0, 2, 3))",
            "grad_out.mean(axis=0).sum(axis=(1, 2))",
            "c",
            "MEAN_FOR_SUM",
            "MEAN_TWICE",
        ),
        fault(
            "channels in and out exchanged",
            '"nc,nokl->cokl"',
            '"nc,nokl->ockl"',
            "K",
            "TRANSPOSED",
        ),
        fault(
            "rows and columns exchanged",
            '"nc,nokl->cokl", self.inp[:, :, i, j]',
            '"nc,nokl->cokl", self.inp[:, :, j, i]',
            "K",
            "TRANSPOSED_INSIDE",
            "OTHER_VALUES",
        ),
        fault(
            "the kernel averaged over the samples",
            "                self.grad_K += np.einsum(",
            "                self.grad_K += 1 / n * np.einsum(",
            "K",
            "MEAN_TWICE",
            "MEAN_FOR_SUM",
        ),
        fault(
            "the last row of windows forgotten",
            "for i in range(h):",
            "for i in range(h - 1):",
            "inp K",
            "PART_MISSING",
        ),
        fault(
            "the bias of the first sample alone",
            "grad_out.sum(axis=(0, 2, 3))",
            "grad_out[0].sum(axis=(1, 2))",
            "c",
            "SUM_MISSING",
            "PART_MISSING",
            "BIAS_AXIS",
        ),
        fault(
            "never set to zero",
            "self.grad_K = np.zeros_like(self.K)",
            'self.grad_K = getattr(self, "grad_K", np.zeros_like(self.K))',
            "K",
            "ACCUMULATES",
            "STALE_CACHE",
        ),
    ),
)
