"""A damped oscillation fitted to measurements: amplitude, decay, frequency and phase by a chain rule of one line each."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault, slip
from gradwright.check import check_gradient

TEXT = """
import numpy as np


def model(q, t):
    A, k, omega, phi = q
    return A * np.exp(-k * t) * np.cos(omega * t + phi)


def chi2(q, t, y, sigma):
    r = (model(q, t) - y) / sigma
    return 0.5 * np.sum(r ** 2)


def chi2_grad(q, t, y, sigma):
    A, k, omega, phi = q
    decay = np.exp(-k * t)
    c, s = np.cos(omega * t + phi), np.sin(omega * t + phi)
    r = (model(q, t) - y) / sigma
    w = r / sigma
    dA = np.sum(w * decay * c)
    dk = np.sum(w * -t * A * decay * c)
    domega = np.sum(w * -t * A * decay * s)
    dphi = np.sum(w * -A * decay * s)
    return np.array([dA, dk, domega, dphi])
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    t = np.linspace(0, 4, 15)
    sigma = 0.2 + 0.3 * rng.random(15)
    y = code.model([1.8, 0.3, 2.2, 0.4], t) + sigma * rng.standard_normal(15)
    q = np.array([1.5, 0.4, 2.0, 0.6])
    return check_gradient(
        lambda q: code.chi2(q, t, y, sigma), lambda q: code.chi2_grad(q, t, y, sigma), q, names="q"
    )


FAMILY = Family(
    TEXT,
    check,
    (
        fault("sigma once", "w = r / sigma", "w = r", "q", "FACTOR_DROPPED", "OTHER_VALUES"),
        fault(
            "the decay's sign",
            "dk = np.sum(w * -t * A * decay * c)",
            "dk = np.sum(w * t * A * decay * c)",
            "q",
            "ONE_ENTRY",
            "SIGN",
        ),
        fault(
            "t forgotten in the frequency",
            "domega = np.sum(w * -t * A * decay * s)",
            "domega = np.sum(w * -A * decay * s)",
            "q",
            "ONE_ENTRY",
        ),
        fault(
            "the cosine not differentiated",
            "dphi = np.sum(w * -A * decay * s)",
            "dphi = np.sum(w * A * decay * c)",
            "q",
            "ONE_ENTRY",
        ),
        fault("a 2 of the square", "w = r / sigma", "w = 2 * r / sigma", "q", "DOUBLE"),
        fault(
            "the model in place of the residual",
            "r = (model(q, t) - y) / sigma\n    w",
            "r = model(q, t) / sigma\n    w",
            "q",
            "OTHER_TARGET",
            "OTHER_LOSS",
            "PART_MISSING",
        ),
        fault(
            "averaged", "w = r / sigma", "w = r / sigma / len(t)", "q", "FACTOR", "MEAN_TWICE", "MEAN_FOR_SUM"
        ),
        fault(
            "frequency and phase exchanged",
            "np.array([dA, dk, domega, dphi])",
            "np.array([dA, dk, dphi, domega])",
            "q",
            "EXCHANGED",
            "OFF_BY_ONE",
        ),
        slip(
            "an amplitude of 1.01",
            "dk = np.sum(w * -t * A * decay * c)",
            "dk = np.sum(w * -1.01 * t * A * decay * c)",
            "q",
            "ONE_ENTRY",
        ),
    ),
)
