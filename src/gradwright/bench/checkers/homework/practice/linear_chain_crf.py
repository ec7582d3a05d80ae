"""A linear-chain conditional random field: tags, transitions, and the partition function."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_gradient

TEXT = """
import numpy as np


def logsumexp(a, axis):
    m = a.max(axis=axis, keepdims=True)
    return np.squeeze(m, axis) + np.log(np.exp(a - m).sum(axis=axis))


def nll(unary, trans, tags):
    T = len(unary)
    alpha = unary[0]
    for t in range(1, T):
        alpha = unary[t] + logsumexp(alpha[:, None] + trans, axis=0)
    logZ = logsumexp(alpha, axis=0)
    score = sum(unary[t, tags[t]] for t in range(T))
    score += sum(trans[tags[t - 1], tags[t]] for t in range(1, T))
    return logZ - score


def nll_grad(unary, trans, tags):
    T, K = unary.shape
    alpha, beta = np.zeros((T, K)), np.zeros((T, K))
    alpha[0] = unary[0]
    for t in range(1, T):
        alpha[t] = unary[t] + logsumexp(alpha[t - 1][:, None] + trans, axis=0)
    for t in range(T - 2, -1, -1):
        beta[t] = logsumexp(trans + unary[t + 1] + beta[t + 1], axis=1)
    logZ = logsumexp(alpha[-1], axis=0)
    d_unary = np.exp(alpha + beta - logZ)
    d_unary[np.arange(T), tags] -= 1
    d_trans = np.zeros_like(trans)
    for t in range(1, T):
        d_trans += np.exp(alpha[t - 1][:, None] + trans + unary[t] + beta[t] - logZ)
        d_trans[tags[t - 1], tags[t]] -= 1
    return d_unary, d_trans
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    tags = np.array([0, 2, 2, 1, 2, 2])
    point = {"unary": rng.standard_normal((6, 3)), "trans": rng.standard_normal((3, 3))}
    return check_gradient(
        lambda p: code.nll(p["unary"], p["trans"], tags),
        lambda p: code.nll_grad(p["unary"], p["trans"], tags),
        point,
    )


FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the tags of the unary scores not subtracted",
            "    d_unary[np.arange(T), tags] -= 1\n",
            "",
            "unary",
            "OTHER_TARGET",
            "OTHER_LOSS",
            "PART_MISSING",
        ),
        fault(
            "transitions of the tags counted once",
            "        d_trans[tags[t - 1], tags[t]] -= 1\n    return",
            "    d_trans[tags[:-1], tags[1:]] -= 1\n    return",
            "trans",
            "ONE_ENTRY",
            "OVERWRITTEN",
        ),
        fault("transitions overwritten", "d_trans += np.exp(", "d_trans = np.exp(", "trans", "OVERWRITTEN"),
        fault(
            "the messages of the past alone",
            "d_unary = np.exp(alpha + beta - logZ)",
            "d_unary = np.exp(alpha - logsumexp(alpha, axis=1)[:, None])",
            "unary",
            "BRANCH_DROPPED",
            "TRUNCATED",
            "PART_MISSING",
        ),
        fault(
            "the transitions transposed on the way back",
            "beta[t] = logsumexp(trans + unary[t + 1] + beta[t + 1], axis=1)",
            "beta[t] = logsumexp(trans.T + unary[t + 1] + beta[t + 1], axis=1)",
            "unary trans",
            "TRANSPOSED_INSIDE",
        ),
        fault(
            "the score of the same step",
            "logsumexp(trans + unary[t + 1] + beta[t + 1], axis=1)",
            "logsumexp(trans + unary[t] + beta[t + 1], axis=1)",
            "unary trans",
            "OFF_BY_ONE",
            "OTHER_VALUES",
        ),
        fault(
            "the independent softmax of each step",
            "d_unary = np.exp(alpha + beta - logZ)",
            "d_unary = np.exp(unary - logsumexp(unary, axis=1)[:, None])",
            "unary",
            "BRANCH_DROPPED",
            "OTHER_LOSS",
        ),
        fault(
            "from and to exchanged",
            "d_trans[tags[t - 1], tags[t]] -= 1",
            "d_trans[tags[t], tags[t - 1]] -= 1",
            "trans",
            "TRANSPOSED",
            "WRONG_CLASS",
        ),
    ),
)
