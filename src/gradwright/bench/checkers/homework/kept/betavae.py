"""An autoencoder with latent normal variables, deviations by softplus, divergence times beta."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_gradient

TEXT = """
import numpy as np


class BetaVAE:
    def __init__(self, beta):
        self.beta = beta

    def negative_elbo(self, p, x, noise):
        h = np.tanh(x @ p["A"] + p["a"])
        m = h @ p["M"]
        s = h @ p["S"]
        sd = np.log(1 + np.exp(s))
        z = m + sd * noise
        o = z @ p["D"] + p["d"]
        rec = np.sum(np.log(1 + np.exp(o)) - x * o)
        kl = np.sum(0.5 * (m ** 2 + sd ** 2 - 1) - np.log(sd))
        self.saved = h, m, s, sd, z, o
        return (rec + self.beta * kl) / len(x)

    def gradients(self, p, x, noise):
        self.negative_elbo(p, x, noise)
        h, m, s, sd, z, o = self.saved
        n = len(x)
        do = (1 / (1 + np.exp(-o)) - x) / n
        dz = do @ p["D"].T
        dm = dz + self.beta * m / n
        dsd = dz * noise + self.beta * (sd - 1 / sd) / n
        ds = dsd / (1 + np.exp(-s))
        dh = dm @ p["M"].T + ds @ p["S"].T
        dpre = dh * (1 - h ** 2)
        return {
            "A": x.T @ dpre, "a": dpre.sum(0), "M": h.T @ dm, "S": h.T @ ds, "D": z.T @ do, "d": do.sum(0)
        }
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    x, noise = (rng.random((8, 5)) < 0.5).astype(np.float64), draw((8, 2))
    p = {
        "A": draw((5, 4)),
        "a": draw(4),
        "M": draw((4, 2)),
        "S": draw((4, 2)),
        "D": draw((2, 5)),
        "d": draw(5),
    }
    vae = code.BetaVAE(3.0)
    return check_gradient(lambda p: vae.negative_elbo(p, x, noise), lambda p: vae.gradients(p, x, noise), p)


SD = "S A a"
FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "beta forgotten for the mean",
            "self.beta * m / n",
            "m / n",
            "M A a",
            "FACTOR_INSIDE",
            "FACTOR_DROPPED",
            "BRANCH_WRONG",
        ),
        fault("the logarithm of the divergence forgotten", "(sd - 1 / sd)", "sd", SD, "BRANCH_DROPPED"),
        fault(
            "softplus not differentiated", "ds = dsd / (1 + np.exp(-s))", "ds = dsd", SD, "ACTIVATION_MISSING"
        ),
        fault(
            "the derivative of an exponential",
            "ds = dsd / (1 + np.exp(-s))",
            "ds = dsd * sd",
            SD,
            "OTHER_ACTIVATION",
        ),
        fault(
            "the deviations' way to the encoder forgotten", ' + ds @ p["S"].T', "", "A a", "BRANCH_DROPPED"
        ),
        fault(
            "the divergence not averaged",
            "self.beta * (sd - 1 / sd) / n",
            "self.beta * (sd - 1 / sd)",
            SD,
            "MISSING_MEAN",
            "SUM_FOR_MEAN",
            "BRANCH_WRONG",
        ),
        fault("the mean for the sample", "z.T @ do", "m.T @ do", "D", "OTHER_VALUES", "BRANCH_DROPPED"),
        fault("a sigmoid's derivative", "dh * (1 - h ** 2)", "dh * h * (1 - h)", "A a", "OTHER_ACTIVATION"),
        fault("the noise forgotten", "dz * noise", "dz", SD, "FACTOR_DROPPED", "BRANCH_WRONG"),
    ),
)
