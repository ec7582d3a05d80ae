"""The log-likelihood of a mixture of Gaussians with equal round variances, by responsibilities."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_gradient

TEXT = """
import numpy as np


def log_likelihood(logits, mu, log_sigma, X):
    K, D = mu.shape
    logpi = logits - np.log(np.sum(np.exp(logits)))
    sq = np.sum((X[:, None, :] - mu[None]) ** 2, axis=2)
    logp = logpi - D * log_sigma - 0.5 * sq / np.exp(2 * log_sigma)
    m = logp.max(axis=1, keepdims=True)
    return np.sum(m[:, 0] + np.log(np.sum(np.exp(logp - m), axis=1))), logp, sq


def gradient(logits, mu, log_sigma, X):
    _, logp, sq = log_likelihood(logits, mu, log_sigma, X)
    K, D = mu.shape
    r = np.exp(logp - logp.max(axis=1, keepdims=True))
    r = r / r.sum(axis=1, keepdims=True)
    Nk = r.sum(axis=0)
    pi = np.exp(logits) / np.sum(np.exp(logits))
    d_logits = Nk - len(X) * pi
    var = np.exp(2 * log_sigma)
    d_mu = (r.T @ X - Nk[:, None] * mu) / var[:, None]
    d_log_sigma = np.sum(r * sq, axis=0) / var - D * Nk
    return d_logits, d_mu, d_log_sigma
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    X = 2 * draw((12, 2))
    point = {"logits": draw(3), "mu": 2 * draw((3, 2)), "log_sigma": 0.3 * draw(3)}
    return check_gradient(
        lambda p: code.log_likelihood(**p, X=X)[0], lambda p: code.gradient(**p, X=X), point
    )


ALL = "logits mu log_sigma"
FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the softmax of the weights forgotten",
            "d_logits = Nk - len(X) * pi",
            "d_logits = Nk",
            "logits",
            "PART_MISSING",
            "BRANCH_DROPPED",
            "ROW_TERM",
        ),
        fault("the variance forgotten", ") / var[:, None]", ")", "mu", "FACTOR_DROPPED"),
        fault(
            "the deviation for the variance",
            "var = np.exp(2 * log_sigma)",
            "var = np.exp(log_sigma)",
            "mu log_sigma",
            "OTHER_VALUES",
        ),
        fault(
            "one dimension", " / var - D * Nk", " / var - Nk", "log_sigma", "FACTOR_INSIDE", "PART_MISSING"
        ),
        fault(
            "hard assignments",
            "    Nk = r.sum(axis=0)\n",
            "    r = (r == r.max(axis=1, keepdims=True)) * 1.0\n    Nk = r.sum(axis=0)\n",
            ALL,
            "OTHER_LOSS",
            "OTHER_VALUES",
        ),
        fault(
            "normalised over the samples",
            "r = r / r.sum(axis=1, keepdims=True)",
            "r = r / r.sum(axis=0, keepdims=True)",
            ALL,
            "OTHER_AXIS",
        ),
        fault(
            "the EM step in place of the gradient",
            "d_mu = (r.T @ X - Nk[:, None] * mu) / var[:, None]",
            "d_mu = r.T @ X / Nk[:, None] - mu",
            "mu",
            "FACTOR_DROPPED",
            "OTHER_VALUES",
        ),
        fault(
            "the sign of the means",
            "(r.T @ X - Nk[:, None] * mu)",
            "(Nk[:, None] * mu - r.T @ X)",
            "mu",
            "SIGN",
        ),
        fault(
            "a sigma in place of its logarithm",
            "d_log_sigma = np.sum(r * sq, axis=0) / var - D * Nk",
            "d_log_sigma = (np.sum(r * sq, axis=0) / var - D * Nk) / np.exp(log_sigma)",
            "log_sigma",
            "FACTOR_DROPPED",
            "OTHER_VALUES",
        ),
    ),
)
