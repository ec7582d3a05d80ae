"""The log-likelihood of a hidden Markov chain with softmax transitions, by forward and backward passes."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_gradient

TEXT = """
import numpy as np


def log_softmax(a):
    return a - np.log(np.exp(a).sum(axis=-1, keepdims=True))


def forward_messages(start, trans, emit, obs):
    p0, A, B = np.exp(log_softmax(start)), np.exp(log_softmax(trans)), np.exp(log_softmax(emit))
    alpha = [p0 * B[:, obs[0]]]
    for o in obs[1:]:
        alpha.append((alpha[-1] @ A) * B[:, o])
    return p0, A, B, alpha


def negative_log_likelihood(start, trans, emit, obs):
    return -np.log(forward_messages(start, trans, emit, obs)[3][-1].sum())


def gradients(start, trans, emit, obs):
    p0, A, B, alpha = forward_messages(start, trans, emit, obs)
    Z = alpha[-1].sum()
    beta = np.ones_like(p0)
    xi = np.zeros_like(A)
    counts = np.zeros_like(B)
    for t in range(len(obs) - 1, 0, -1):
        counts[:, obs[t]] += alpha[t] * beta / Z
        message = B[:, obs[t]] * beta
        xi += np.outer(alpha[t - 1], message) * A / Z
        beta = A @ message
    gamma0 = alpha[0] * beta / Z
    counts[:, obs[0]] += gamma0
    g_start = -(gamma0 - p0)
    g_trans = -(xi - xi.sum(axis=1, keepdims=True) * A)
    g_emit = -(counts - counts.sum(axis=1, keepdims=True) * B)
    return g_start, g_trans, g_emit
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    obs = [0, 2, 1, 1, 3, 0]
    point = {"start": draw(3), "trans": draw((3, 3)), "emit": draw((3, 4))}
    return check_gradient(
        lambda p: code.negative_log_likelihood(p["start"], p["trans"], p["emit"], obs),
        lambda p: code.gradients(p["start"], p["trans"], p["emit"], obs),
        point,
    )


FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the softmax of the start forgotten",
            "g_start = -(gamma0 - p0)",
            "g_start = -gamma0",
            "start",
            "PART_MISSING",
            "BRANCH_DROPPED",
            "ROW_TERM",
        ),
        fault(
            "the softmax of the transitions forgotten",
            "-(xi - xi.sum(axis=1, keepdims=True) * A)",
            "-xi",
            "trans",
            "PART_MISSING",
            "BRANCH_DROPPED",
            "ROW_TERM",
            "ACTIVATION_MISSING",
        ),
        fault(
            "normalised over the other axis",
            "xi.sum(axis=1, keepdims=True) * A",
            "xi.sum(axis=0, keepdims=True) * A",
            "trans",
            "OTHER_AXIS",
        ),
        fault(
            "counts overwritten",
            "counts[:, obs[t]] += alpha[t] * beta / Z",
            "counts[:, obs[t]] = alpha[t] * beta / Z",
            "emit",
            "OVERWRITTEN",
        ),
        fault(
            "the first observation left out", "    counts[:, obs[0]] += gamma0\n", "", "emit", "PART_MISSING"
        ),
        fault(
            "A transposed on the way back",
            "beta = A @ message",
            "beta = A.T @ message",
            "start trans emit",
            "TRANSPOSED_INSIDE",
        ),
        fault(
            "the emission forgotten in the message",
            "message = B[:, obs[t]] * beta",
            "message = beta",
            "start trans emit",
            "FACTOR_DROPPED",
        ),
        fault(
            "the gradient of the log-likelihood",
            "g_start = -(gamma0 - p0)\n    g_trans = -(xi - xi.sum(axis=1, keepdims=True) * A)\n    g_emit = -(counts - counts.sum(axis=1, keepdims=True) * B)",
            "g_start = gamma0 - p0\n    g_trans = xi - xi.sum(axis=1, keepdims=True) * A\n    g_emit = counts - counts.sum(axis=1, keepdims=True) * B",
            "start trans emit",
            "SIGN",
        ),
        fault(
            "the way back not carried on",
            "        beta = A @ message\n",
            "",
            "start trans emit",
            "TRUNCATED",
            "PART_MISSING",
        ),
    ),
)
