"""Two heads of causal attention with an output projection, batched, as functions on tables of parameters."""

from __future__ import annotations

from typing import Any

import numpy as np

from gradwright.bench.checkers.homework.family import Family, Report, fault
from gradwright.check import check_pair

TEXT = """
import numpy as np


def split(x, heads):
    N, T, D = x.shape
    return x.reshape(N, T, heads, D // heads).transpose(0, 2, 1, 3)


def merge(x):
    N, H, T, d = x.shape
    return x.transpose(0, 2, 1, 3).reshape(N, T, H * d)


def mha_forward(x, Wqkv, Wo, bo, heads):
    N, T, D = x.shape
    q, k, v = (split(part, heads) for part in np.split(x @ Wqkv, 3, axis=-1))
    scale = 1 / np.sqrt(q.shape[-1])
    s = q @ k.transpose(0, 1, 3, 2) * scale
    mask = np.triu(np.ones((T, T), dtype=bool), 1)
    s = np.where(mask, -1e9, s)
    p = np.exp(s - s.max(-1, keepdims=True))
    p = p / p.sum(-1, keepdims=True)
    o = merge(p @ v)
    return o @ Wo + bo, (x, Wqkv, Wo, q, k, v, p, o, mask, scale, heads)


def mha_backward(dy, cache):
    x, Wqkv, Wo, q, k, v, p, o, mask, scale, heads = cache
    dbo = dy.sum(axis=(0, 1))
    dWo = np.einsum("nti,ntj->ij", o, dy)
    do = split(dy @ Wo.T, heads)
    dv = p.transpose(0, 1, 3, 2) @ do
    dp = do @ v.transpose(0, 1, 3, 2)
    ds = p * (dp - np.sum(dp * p, axis=-1, keepdims=True))
    ds = np.where(mask, 0, ds)
    dq = ds @ k * scale
    dk = ds.transpose(0, 1, 3, 2) @ q * scale
    dqkv = np.concatenate([merge(dq), merge(dk), merge(dv)], axis=-1)
    dWqkv = np.einsum("nti,ntj->ij", x, dqkv)
    dx = dqkv @ Wqkv.T
    return dx, dWqkv, dWo, dbo
"""


def check(code: Any, rng: np.random.Generator) -> Report:
    draw = rng.standard_normal
    x, Wqkv, Wo = draw((2, 4, 4)), 0.7 * draw((4, 12)), draw((4, 4))
    return check_pair(code.mha_forward, code.mha_backward, x=x, Wqkv=Wqkv, Wo=Wo, bo=draw(4), heads=2)


IN = "x Wqkv"
FAMILY = Family(
    TEXT,
    check,
    (
        fault(
            "only the diagonal of the softmax",
            "ds = p * (dp - np.sum(dp * p, axis=-1, keepdims=True))",
            "ds = p * (1 - p) * dp",
            IN,
            "SOFTMAX_DIAGONAL",
        ),
        fault(
            "the softmax's row term forgotten",
            "ds = p * (dp - np.sum(dp * p, axis=-1, keepdims=True))",
            "ds = p * dp",
            IN,
            "ROW_TERM",
            "PART_MISSING",
        ),
        fault(
            "dp not weighted by p in the row term",
            "np.sum(dp * p, axis=-1, keepdims=True)",
            "np.mean(dp, axis=-1, keepdims=True)",
            IN,
            "OTHER_ACTIVATION",
            "OTHER_VALUES",
            "FACTOR_DROPPED",
        ),
        fault(
            "the scale forgotten for the keys",
            "dk = ds.transpose(0, 1, 3, 2) @ q * scale",
            "dk = ds.transpose(0, 1, 3, 2) @ q",
            IN,
            "FACTOR_INSIDE",
            "BRANCH_WRONG",
        ),
        fault(
            "q, k, v put together in another order",
            "[merge(dq), merge(dk), merge(dv)]",
            "[merge(dk), merge(dq), merge(dv)]",
            IN,
            "EXCHANGED",
        ),
        fault(
            "the values' way forgotten",
            "[merge(dq), merge(dk), merge(dv)]",
            "[merge(dq), merge(dk), 0 * merge(dv)]",
            IN,
            "BRANCH_DROPPED",
        ),
        fault(
            "the heads in another order",
            'dWo = np.einsum("nti,ntj->ij", o, dy)',
            'dWo = np.einsum("nti,ntj->ij", merge(split(o, heads)[:, ::-1]), dy)',
            "Wo",
            "FLATTENED",
            "ROWS_MIXED",
            "EXCHANGED",
        ),
        fault(
            "the bias over the batch alone",
            "dbo = dy.sum(axis=(0, 1))",
            "dbo = dy.sum(axis=0).mean(axis=0)",
            "bo",
            "MEAN_FOR_SUM",
            "FACTOR",
            "MEAN_TWICE",
        ),
        fault(
            "the attention not transposed",
            "dv = p.transpose(0, 1, 3, 2) @ do",
            "dv = p @ do",
            IN,
            "TRANSPOSED_INSIDE",
        ),
    ),
)
