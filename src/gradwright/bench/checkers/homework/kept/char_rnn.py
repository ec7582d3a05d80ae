"""A recurrent network over a text of letters, one column at a time, gradients as a returned tuple."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_gradient

TEXT = """
import numpy as np


def lossFun(inputs, targets, hprev, Wxh, Whh, Why, bh, by):
    xs, hs, ps = {}, {}, {}
    hs[-1] = np.copy(hprev)
    loss = 0
    for t in range(len(inputs)):
        xs[t] = np.zeros((Why.shape[0], 1))
        xs[t][inputs[t]] = 1
        hs[t] = np.tanh(Wxh @ xs[t] + Whh @ hs[t - 1] + bh)
        ys = Why @ hs[t] + by
        ps[t] = np.exp(ys) / np.sum(np.exp(ys))
        loss += -np.log(ps[t][targets[t], 0])
    dWxh, dWhh, dWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
    dbh, dby = np.zeros_like(bh), np.zeros_like(by)
    dhnext = np.zeros_like(hs[0])
    for t in reversed(range(len(inputs))):
        dy = np.copy(ps[t])
        dy[targets[t]] -= 1
        dWhy += dy @ hs[t].T
        dby += dy
        dh = Why.T @ dy + dhnext
        dhraw = (1 - hs[t] * hs[t]) * dh
        dbh += dhraw
        dWxh += dhraw @ xs[t].T
        dWhh += dhraw @ hs[t - 1].T
        dhnext = Whh.T @ dhraw
    return loss, dWxh, dWhh, dWhy, dbh, dby
"""

NAMES = ("Wxh", "Whh", "Why", "bh", "by")


def check(code: Any, rng: np.random.Generator) -> Report:
    letters = [sorted(set("banana boat")).index(letter) for letter in "banana boat"]
    shapes = ((6, 6), (6, 6), (6, 6), (6, 1), (6, 1))
    weights = [0.6 * rng.standard_normal(shape) for shape in shapes]
    arguments = (letters[:-1], letters[1:], rng.standard_normal((6, 1)), *weights)
    return check_gradient(value_and_grad=code.lossFun, x=arguments, wrt=NAMES)


STATE = "Wxh Whh bh"
FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "nothing comes back from the next letter",
            "Why.T @ dy + dhnext",
            "Why.T @ dy",
            STATE,
            "TRUNCATED",
            "BRANCH_DROPPED",
        ),
        fault("the state of this step", "hs[t - 1].T", "hs[t].T", "Whh", "OFF_BY_ONE", "OTHER_VALUES"),
        fault("tanh not differentiated", "(1 - hs[t] * hs[t]) * dh", "dh", STATE, "ACTIVATION_MISSING"),
        fault(
            "the last letter's alone",
            "dWhy += dy @ hs[t].T",
            "dWhy = dy @ hs[t].T",
            "Why",
            "OVERWRITTEN",
            "TRUNCATED",
        ),
        fault(
            "the input for the target",
            "dy[targets[t]] -= 1",
            "dy[inputs[t]] -= 1",
            " ".join(NAMES),
            "WRONG_CLASS",
            "OFF_BY_ONE",
        ),
        fault(
            "the recurrent weights not transposed",
            "dhnext = Whh.T @ dhraw",
            "dhnext = Whh @ dhraw",
            STATE,
            "TRANSPOSED_INSIDE",
        ),
        fault(
            "handed on before tanh",
            "dhnext = Whh.T @ dhraw",
            "dhnext = Whh.T @ dh",
            STATE,
            "ACTIVATION_MISSING",
            "OTHER_VALUES",
        ),
        fault(
            "what comes back is gathered over time",
            "dhnext = Whh.T @ dhraw",
            "dhnext += Whh.T @ dhraw",
            STATE,
            "EXTRA_TERM",
            "BRANCH_TWICE",
            "BRANCH_WRONG",
        ),
        fault(
            "clipped",
            "    return loss,",
            "    for dparam in (dWxh, dWhh, dWhy, dbh, dby):\n"
            "        np.clip(dparam, -0.2, 0.2, out=dparam)\n"
            "    return loss,",
            " ".join(NAMES),
            "CLIPPED",
        ),
    ),
)
