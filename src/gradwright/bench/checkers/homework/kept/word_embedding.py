"""Words looked up in a table, their sum through an affine layer; words repeat."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_pair

TEXT = """
import numpy as np


def word_embedding_forward(W, x):
    return W[x], (x, W.shape)


def word_embedding_backward(dout, cache):
    x, shape = cache
    dW = np.zeros(shape)
    np.add.at(dW, x, dout)
    return dW


def bag_forward(W, A, b, x):
    vectors, cache = word_embedding_forward(W, x)
    bag = vectors.sum(axis=1)
    return bag @ A + b, (cache, bag, A, vectors)


def bag_backward(dout, cache):
    words, bag, A, vectors = cache
    db = dout.sum(axis=0)
    dA = bag.T @ dout
    dbag = dout @ A.T
    dvectors = np.repeat(dbag[:, None, :], vectors.shape[1], axis=1)
    dW = word_embedding_backward(dvectors, words)
    return dW, dA, db
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw, words = rng.standard_normal, np.array([[0, 3, 3, 1], [2, 2, 2, 4], [4, 0, 5, 1]])
    return check_pair(code.bag_forward, code.bag_backward, W=draw((7, 4)), A=draw((4, 3)), b=draw(3), x=words)


FAMILY = Family(
    TEXT,
    check,
    (
        fault("repeated words overwritten", "np.add.at(dW, x, dout)", "dW[x] = dout", "W", "OVERWRITTEN"),
        fault("repeated words added once", "np.add.at(dW, x, dout)", "dW[x] += dout", "W", "OVERWRITTEN"),
        fault(
            "averaged over the words",
            "dvectors = np.repeat(dbag[:, None, :], vectors.shape[1], axis=1)",
            "dvectors = np.repeat(dbag[:, None, :], vectors.shape[1], axis=1) / vectors.shape[1]",
            "W",
            "MEAN_FOR_SUM",
            "MEAN_TWICE",
            "FACTOR",
        ),
        fault(
            "the first word alone",
            "np.add.at(dW, x, dout)",
            "np.add.at(dW, x[:, :1], dout[:, :1])",
            "W",
            "PART_MISSING",
        ),
        fault(
            "the next row of the table",
            "np.add.at(dW, x, dout)",
            "np.add.at(dW, x + 1, dout)",
            "W",
            "OFF_BY_ONE",
        ),
        fault(
            "one vector in place of the bag",
            "dA = bag.T @ dout",
            "dA = vectors[:, 0].T @ dout",
            "A",
            "PART_MISSING",
            "OTHER_VALUES",
        ),
        fault(
            "the mean of the bag",
            "dA = bag.T @ dout",
            "dA = vectors.mean(axis=1).T @ dout",
            "A",
            "MEAN_FOR_SUM",
            "MEAN_TWICE",
            "FACTOR",
        ),
        fault(
            "the affine layer skipped",
            "dbag = dout @ A.T",
            "dbag = dout @ np.ones_like(A).T",
            "W",
            "FACTOR_DROPPED",
        ),
    ),
)
