"""A variational autoencoder with a linear encoder and decoder, by the reparametrisation."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_gradient

TEXT = """
import numpy as np


class VAE:
    def __init__(self, d, k, seed=0):
        rng = np.random.RandomState(seed)
        self.params = {"Wmu": 0.5 * rng.randn(d, k), "Wlv": 0.5 * rng.randn(d, k), "Wdec": 0.5 * rng.randn(k, d)}

    def loss(self, params, x, eps):
        mu = x @ params["Wmu"]
        logvar = x @ params["Wlv"]
        std = np.exp(0.5 * logvar)
        z = mu + std * eps
        recon = z @ params["Wdec"]
        err = recon - x
        rec = 0.5 * np.sum(err ** 2)
        kl = -0.5 * np.sum(1 + logvar - mu ** 2 - np.exp(logvar))
        cache = mu, logvar, std, z, err
        return (rec + kl) / len(x), cache

    def grads(self, params, x, eps):
        _, (mu, logvar, std, z, err) = self.loss(params, x, eps)
        drecon = err / len(x)
        dWdec = z.T @ drecon
        dz = drecon @ params["Wdec"].T
        dmu = dz + mu / len(x)
        dlogvar = dz * eps * 0.5 * std + 0.5 * (np.exp(logvar) - 1) / len(x)
        return {"Wmu": x.T @ dmu, "Wlv": x.T @ dlogvar, "Wdec": dWdec}
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    vae, x, eps = code.VAE(5, 2), rng.standard_normal((6, 5)), rng.standard_normal((6, 2))
    return check_gradient(lambda p: vae.loss(p, x, eps)[0], lambda p: vae.grads(p, x, eps), vae.params)


FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the divergence forgotten for the mean",
            "dmu = dz + mu / len(x)",
            "dmu = dz",
            "Wmu",
            "BRANCH_DROPPED",
        ),
        fault(
            "the sample's noise forgotten", "dz * eps * 0.5 * std", "dz * 0.5 * std", "Wlv", "FACTOR_DROPPED"
        ),
        fault(
            "the way through the sample dropped",
            "dlogvar = dz * eps * 0.5 * std + 0.5",
            "dlogvar = 0.5",
            "Wlv",
            "BRANCH_DROPPED",
        ),
        fault(
            "the half of the exponent forgotten",
            "dz * eps * 0.5 * std",
            "dz * eps * std",
            "Wlv",
            "FACTOR_INSIDE",
            "DOUBLE",
        ),
        fault(
            "the variance's 1 forgotten",
            "0.5 * (np.exp(logvar) - 1)",
            "0.5 * np.exp(logvar)",
            "Wlv",
            "PART_MISSING",
        ),
        fault(
            "the divergence not averaged",
            "dmu = dz + mu / len(x)",
            "dmu = dz + mu",
            "Wmu",
            "MISSING_MEAN",
            "FACTOR_INSIDE",
        ),
        fault(
            "the mean in place of the sample",
            "dWdec = z.T @ drecon",
            "dWdec = mu.T @ drecon",
            "Wdec",
            "OTHER_VALUES",
            "BRANCH_DROPPED",
        ),
        fault(
            "a noise drawn anew",
            "dlogvar = dz * eps * 0.5",
            "dlogvar = dz * np.random.standard_normal(eps.shape) * 0.5",
            "Wlv",
            "RANDOM",
        ),
        fault(
            "the sign of the divergence",
            "0.5 * (np.exp(logvar) - 1)",
            "0.5 * (1 - np.exp(logvar))",
            "Wlv",
            "SIGN",
            "FACTOR_INSIDE",
            "BRANCH_WRONG",
        ),
    ),
)
