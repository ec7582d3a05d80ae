"""Attention: each step of a sequence gathers what it needs from all of them."""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np

from gradwright.errors import ConfigError
from gradwright.fields import Count, check_fields
from gradwright.nn.initializers import GlorotUniform, as_initializer
from gradwright.nn.layer import EVAL, Array, Cache, Initializer, Mode, Parameter, ParameterTree, Params
from gradwright.nn.sequences import as_rows, as_steps, steps_in, sum_of_products


@dataclass(frozen=True)
class SelfAttention:
    """y = [P_1 V_1 ... P_h V_h] W_o,  P = softmax(Q K' / sqrt(d / h)),  Q, K, V = x W_q, x W_k, x W_v

    dV = P' dA,  dP = dA V',  dS = P (dP - sum P dP) / sqrt(d / h),  dQ = dS K,  dK = dS' Q for each head,
    with dA = dy W_o'        x, y (N, T d), each W (d, d), P (N, h, T, T) with rows that sum to 1

    A row holds the T steps of a sequence one after the other, the d numbers of a step side by side. All steps
    are seen from each, whatever their order.

    Args:
        features: d, the numbers of a step.
        heads: h, a divisor of d; each sees d / h columns of Q, K and V.
        weight_init: what each W begins with.

    Raises ``ConfigError`` where the heads do not share the features evenly; ``output_features`` raises
    ``ShapeError`` for a row that holds no whole steps. Vaswani et al., Attention Is All You Need, 2017.

    >>> layer, one = SelfAttention(1), {"weight": np.ones((1, 1))}
    >>> params = {"query": {"weight": np.zeros((1, 1))}, "key": one, "value": one, "output": one}
    >>> layer.forward(params, np.array([[1.0, 2.0, 6.0]]))[0]    # without a question each sees the mean
    array([[3., 3., 3.]])
    """

    features: Count
    _: KW_ONLY
    heads: Count = 1
    weight_init: Initializer = GlorotUniform()

    def __post_init__(self) -> None:
        check_fields(self)
        if self.features % self.heads:
            raise ConfigError(
                f"SelfAttention.heads: expected a divisor of {self.features} features, found {self.heads}"
            )
        object.__setattr__(self, "weight_init", as_initializer(self.weight_init, "SelfAttention.weight_init"))

    def output_features(self, features: int | None) -> int | None:
        if features is not None:
            steps_in(f"SelfAttention({self.features})", features, self.features)
        return features

    def parameters(self) -> ParameterTree:
        weight = Parameter((self.features, self.features), self.weight_init)
        return {name: {"weight": weight} for name in ("query", "key", "value", "output")}

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, Cache]:
        x = as_steps(x, self.features)
        q, k, v = (self._split(x @ params[name]["weight"]) for name in ("query", "key", "value"))
        p = _softmax(q @ k.swapaxes(2, 3) / self._scale)
        gathered = self._join(p @ v)
        return as_rows(gathered @ params["output"]["weight"]), (x, q, k, v, p, gathered)

    def backward(self, params: Params, cache: Cache, dy: Array) -> tuple[Array, dict[str, Any]]:
        x, q, k, v, p, gathered = cache
        dy = as_steps(dy, self.features)
        dgathered = self._split(dy @ params["output"]["weight"].T)
        dp = dgathered @ v.swapaxes(2, 3)
        ds = p * (dp - (p * dp).sum(axis=3, keepdims=True)) / self._scale
        parts = {"query": ds @ k, "key": ds.swapaxes(2, 3) @ q, "value": p.swapaxes(2, 3) @ dgathered}

        dx = np.zeros_like(dy)
        dparams: dict[str, Any] = {}
        for name, part in parts.items():
            joined = self._join(part)
            dx = dx + joined @ params[name]["weight"].T
            dparams[name] = {"weight": sum_of_products(x, joined)}
        dparams["output"] = {"weight": sum_of_products(gathered, dy)}
        return as_rows(dx), dparams

    @property
    def _scale(self) -> float:
        return math.sqrt(self.features / self.heads)

    def _split(self, x: Array) -> Array:
        """(N, T, d) -> (N, h, T, d / h)"""
        return x.reshape(*x.shape[:2], self.heads, -1).swapaxes(1, 2)

    def _join(self, x: Array) -> Array:
        """(N, h, T, d / h) -> (N, T, d)"""
        return x.swapaxes(1, 2).reshape(len(x), -1, self.features)


def _softmax(s: Array) -> Array:
    """e^s / sum e^s along the last axis, each row shifted by its largest entry, so that none overflows."""
    e = np.exp(s - s.real.max(axis=-1, keepdims=True))
    p: Array = e / e.sum(axis=-1, keepdims=True)
    return p
