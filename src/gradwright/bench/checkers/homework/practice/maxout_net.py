"""Maxout units over pieces of a linear map, a squared loss."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_layer

TEXT = """
import numpy as np


class Maxout:
    def __init__(self, W, b, v):
        self.W, self.b, self.v = W, b, v

    def forward(self, x):
        self.x = x
        self.z = np.einsum("ni,pij->npj", x, self.W) + self.b
        self.k = self.z.argmax(axis=1)
        self.h = self.z.max(axis=1)
        return self.h @ self.v

    def backward(self, dout):
        self.gv = self.h.T @ dout
        dh = np.outer(dout, self.v)
        dz = np.zeros_like(self.z)
        n, j = np.ogrid[:dh.shape[0], :dh.shape[1]]
        dz[n, self.k, j] = dh
        self.gW = np.einsum("ni,npj->pij", self.x, dz)
        self.gb = dz.sum(axis=0)
        return np.einsum("npj,pij->ni", dz, self.W)
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    return check_layer(code.Maxout(draw((3, 4, 5)), draw((3, 5)), draw(5)), draw((7, 4)))


FAMILY = Family(
    TEXT,
    check,
    (
        fault("to all pieces", "dz[n, self.k, j] = dh", "dz[:] = dh[:, None, :]", "x W b", "NOT_ARGMAX"),
        fault(
            "evenly to all pieces",
            "dz[n, self.k, j] = dh",
            "dz[:] = dh[:, None, :] / dz.shape[1]",
            "x W b",
            "NOT_ARGMAX",
        ),
        fault(
            "to the first piece", "dz[n, self.k, j] = dh", "dz[n, 0 * self.k, j] = dh", "x W b", "SELECTION"
        ),
        fault(
            "to the least piece",
            "dz[n, self.k, j] = dh",
            "dz[n, self.z.argmin(axis=1), j] = dh",
            "x W b",
            "SELECTION",
        ),
        fault(
            "the winner of the first sample for all",
            "dz[n, self.k, j] = dh",
            "dz[n, self.k[:1], j] = dh",
            "x W b",
            "SELECTION",
            "ROWS_MIXED",
        ),
        fault(
            "the bias of the winner's mean",
            "self.gb = dz.sum(axis=0)",
            "self.gb = dz.mean(axis=0)",
            "b",
            "MEAN_FOR_SUM",
            "MEAN_TWICE",
        ),
        fault(
            "v's without the maximum", "self.h.T @ dout", "self.z.mean(axis=1).T @ dout", "v", "OTHER_VALUES"
        ),
        fault(
            "winners kept from the first call",
            "self.k = self.z.argmax(axis=1)",
            "self.k = self.__dict__.get('k', self.z.argmax(axis=1))",
            "x W b",
            "KEPT",
            "STALE_CACHE",
        ),
    ),
)
