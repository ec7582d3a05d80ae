"""Words and positions looked up, normalised, averaged and classified; all in one dictionary."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_gradient

TEXT = """
import numpy as np


def step(p, tokens, labels):
    N, T = tokens.shape
    x = p["tok"][tokens] + p["pos"]
    mean = x.mean(-1, keepdims=True)
    std = np.sqrt(((x - mean) ** 2).mean(-1, keepdims=True) + 1e-5)
    xn = (x - mean) / std
    y = xn * p["gain"] + p["offset"]
    pooled = y.mean(axis=1)
    logits = pooled @ p["out"]
    logp = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    loss = -logp[np.arange(N), labels].mean()

    g = {}
    d = np.exp(logp)
    d[np.arange(N), labels] -= 1
    d /= N
    g["out"] = pooled.T @ d
    dpooled = d @ p["out"].T
    dy = np.repeat(dpooled[:, None, :], T, axis=1) / T
    g["gain"] = (dy * xn).sum(axis=(0, 1))
    g["offset"] = dy.sum(axis=(0, 1))
    dxn = dy * p["gain"]
    inner = dxn - dxn.mean(-1, keepdims=True) - xn * (dxn * xn).mean(-1, keepdims=True)
    dx = inner / std
    g["pos"] = dx.sum(axis=0)
    g["tok"] = np.zeros_like(p["tok"])
    np.add.at(g["tok"], tokens, dx)
    return loss, g
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    tokens, labels = rng.integers(6, size=(5, 4)), np.array([0, 2, 1, 2, 0])
    p = {"tok": draw((6, 5)), "pos": draw((4, 5)), "gain": draw(5), "offset": draw(5), "out": draw((5, 3))}
    return check_gradient(value_and_grad=lambda p: code.step(p, tokens, labels), x=p)


BEFORE = "tok pos"
ALL = "tok pos gain offset out"
FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "the mean over positions forgotten",
            "axis=1) / T",
            "axis=1)",
            "tok pos gain offset",
            "SUM_FOR_MEAN",
            "MISSING_MEAN",
        ),
        fault(
            "words that repeat overwrite one another",
            'np.add.at(g["tok"], tokens, dx)',
            'g["tok"][tokens] += dx',
            "tok",
            "OVERWRITTEN",
        ),
        fault(
            "positions averaged over the samples",
            "dx.sum(axis=0)",
            "dx.mean(axis=0)",
            "pos",
            "MEAN_FOR_SUM",
            "MEAN_TWICE",
        ),
        fault("both moments held constant", "dx = inner / std", "dx = dxn / std", BEFORE, "MOMENT"),
        fault("the gain forgotten", 'dxn = dy * p["gain"]', "dxn = dy", BEFORE, "FACTOR_DROPPED"),
        fault(
            "the last position for the mean",
            "pooled.T @ d",
            "y[:, -1].T @ d",
            "out",
            "OTHER_VALUES",
        ),
        fault(
            "1 taken from the labels of all",
            "d[np.arange(N), labels] -= 1",
            "d[:, labels] -= 1",
            ALL,
            "WRONG_CLASS",
            "RIGHT_CLASS",
        ),
        fault("the deviation forgotten", "dx = inner / std", "dx = inner", BEFORE, "FACTOR_DROPPED"),
        fault(
            "the label not subtracted",
            "    d[np.arange(N), labels] -= 1\n",
            "",
            ALL,
            "OTHER_TARGET",
            "RIGHT_CLASS",
        ),
    ),
)
