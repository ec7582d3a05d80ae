"""Numbers beside each feature that go up and down with it, by frequencies that are learned."""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np

from gradwright.errors import ShapeError
from gradwright.fields import Count, check_fields
from gradwright.nn.initializers import Normal, Uniform, as_initializer
from gradwright.nn.layer import EVAL, Array, Cache, Initializer, Mode, Parameter, ParameterTree, Params


@dataclass(frozen=True)
class PeriodicEmbedding:
    """y_nj = [x_nj, cos(2 pi x_nj F_j + P_j) W_j + b_j]        x (N, d) -> y (N, d (1 + m))

    F, P (d, h), W (d, h, m), b (d, m): each feature has frequencies, phases and weights of its own, and stays
    itself the first of its 1 + m numbers. With u the angles and c their cosines,

        dc = de W',  du = -sin(u) dc,  dx = dy_0 + 2 pi sum_h F du,  dF = 2 pi sum_n x du,  dP = sum_n du

    where dy is dy_0 for x itself and de for the rest; dW = sum_n c' de and db = sum_n de, as in ``Linear``.

    Args:
        features: d, the columns of x, which are best centred and of a size of about 1.
        frequencies: h, how many a feature has.
        numbers: m, how many stand beside each feature.
        frequency_init: what F begins with.
        phase_init: what P begins with.
        weight_init: what W begins with; as it stands, 1 / sqrt(h) of the default h is the bound.
        bias_init: what b begins with.

    Gorishniy, Rubachev and Babenko, On Embeddings for Numerical Features in Tabular Deep Learning, NeurIPS
    2022; with cosines of learned phases and x itself ("PBLD"): Holzmüller, Grinsztajn and Steinwart, Better
    by Default, NeurIPS 2024.

    >>> layer = PeriodicEmbedding(1, frequencies=1, numbers=1)
    >>> params = {"frequency": [[0.25]], "phase": [[0.0]], "weight": [[[10.0]]], "bias": [[0.5]]}
    >>> params = {name: np.array(value) for name, value in params.items()}
    >>> layer.forward(params, np.array([[0.0], [1.0], [2.0]]))[0].round(6)  # at 0, pi / 2 and pi
    array([[ 0. , 10.5],
           [ 1. ,  0.5],
           [ 2. , -9.5]])
    """

    features: Count
    _: KW_ONLY
    frequencies: Count = 16
    numbers: Count = 3
    frequency_init: Initializer = Normal(0.1)
    phase_init: Initializer = Uniform(-math.pi, math.pi)
    weight_init: Initializer = Uniform(-0.25, 0.25)
    bias_init: Initializer = Uniform(-0.25, 0.25)

    def __post_init__(self) -> None:
        check_fields(self)
        for name in ("frequency_init", "phase_init", "weight_init", "bias_init"):
            object.__setattr__(self, name, as_initializer(getattr(self, name), f"PeriodicEmbedding.{name}"))

    def output_features(self, features: int | None) -> int:
        if features not in (None, self.features):
            raise ShapeError(
                f"PeriodicEmbedding({self.features}) takes {self.features} features, found {features}"
            )
        return self.features * (1 + self.numbers)

    def parameters(self) -> ParameterTree:
        d, h, m = self.features, self.frequencies, self.numbers
        return {
            "frequency": Parameter((d, h), self.frequency_init),
            "phase": Parameter((d, h), self.phase_init),
            "weight": Parameter((d, h, m), self.weight_init),
            "bias": Parameter((d, m), self.bias_init),
        }

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, Cache]:
        each = x.T[:, :, None]  # (d, N, 1): features first, for products of all at once
        u = 2 * math.pi * each * params["frequency"][:, None] + params["phase"][:, None]
        c = np.cos(u)
        y = np.concatenate([each, c @ params["weight"] + params["bias"][:, None]], axis=2)
        return y.swapaxes(0, 1).reshape(len(x), -1), (each, c, np.sin(u))

    def backward(self, params: Params, cache: Cache, dy: Array) -> tuple[Array, dict[str, Any]]:
        each, c, s = cache
        d = dy.reshape(len(dy), self.features, -1).swapaxes(0, 1)  # (d, N, 1 + m)
        de = d[:, :, 1:]
        du = -s * (de @ params["weight"].swapaxes(1, 2))
        dx = d[:, :, 0] + 2 * math.pi * (du * params["frequency"][:, None]).sum(axis=2)
        return dx.T, {
            "frequency": 2 * math.pi * (each * du).sum(axis=1),
            "phase": du.sum(axis=1),
            "weight": c.swapaxes(1, 2) @ de,
            "bias": de.sum(axis=1),
        }
