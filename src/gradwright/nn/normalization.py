"""Rows or columns brought to mean 0 and variance 1, then to a mean and a size that are learned."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np

from gradwright.errors import ShapeError
from gradwright.fields import Count, Fraction, Positive, check_fields
from gradwright.nn.initializers import Constant, Zeros
from gradwright.nn.layer import EVAL, Array, Cache, Mode, Parameter, ParameterTree, Params


@dataclass(frozen=True)
class LayerNorm:
    """y = gamma z + beta,  z = (x - mean x) / s,  s = sqrt(var x + epsilon), mean and var of each row

    dx = (dz - mean dz - z mean(dz z)) / s,  dz = gamma dy        x, y (N, d), gamma and beta (d,), s (N, 1)

    Each row is normalised by itself, in training and in evaluation alike. gamma begins at 1 and beta at 0;
    neither is called ``weight``, so a penalty leaves them alone.

    Args:
        features: d, the columns of x.
        epsilon: what keeps a row of equal entries finite.

    Ba, Kiros and Hinton, Layer Normalization, 2016.

    >>> layer = LayerNorm(2)
    >>> y, cache = layer.forward({"gamma": np.ones(2), "beta": np.zeros(2)}, np.array([[1.0, 5.0]]))
    >>> y.round(3)
    array([[-1.,  1.]])
    """

    features: Count
    _: KW_ONLY
    epsilon: Positive = 1e-5

    def __post_init__(self) -> None:
        check_fields(self)

    def output_features(self, features: int | None) -> int:
        if features not in (None, self.features):
            raise ShapeError(f"LayerNorm({self.features}) takes {self.features} features, found {features}")
        return self.features

    def parameters(self) -> ParameterTree:
        shape = (self.features,)
        return {"gamma": Parameter(shape, Constant(1.0)), "beta": Parameter(shape, Zeros())}

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, Cache]:
        centred = x - x.mean(axis=1, keepdims=True)
        s = np.sqrt((centred * centred).mean(axis=1, keepdims=True) + self.epsilon)
        z = centred / s
        return params["gamma"] * z + params["beta"], (z, s)

    def backward(self, params: Params, cache: Cache, dy: Array) -> tuple[Array, dict[str, Any]]:
        z, s = cache
        dz = params["gamma"] * dy
        dx = (dz - dz.mean(axis=1, keepdims=True) - z * (dz * z).mean(axis=1, keepdims=True)) / s
        return dx, {"gamma": (dy * z).sum(axis=0), "beta": dy.sum(axis=0)}


@dataclass(frozen=True)
class BatchNorm:
    """y = gamma z + beta,  z = (x - mu) / s,  s = sqrt(v + epsilon)        x, y (N, d), all others (d,)

    Training: mu and v are mean and variance of each column over the batch, and the derivative goes through
    them: dx = (dz - mean dz - z mean(dz z)) / s,  dz = gamma dy, with means over the N rows.
    Evaluation: mu = ``mean`` and v = ``variance``, which no optimizer moves, but each batch of training:

        mean <- momentum mean + (1 - momentum) mu,  variance likewise with v N / (N - 1);  dx = dz / s

    They begin at 0 and 1. A batch of one row, which has no variance, is put out as beta and moves neither.
    gamma begins at 1 and beta at 0; none is called ``weight``, so a penalty leaves them alone.

    Args:
        features: d, the columns of x.
        momentum: the share of the old that a running statistic keeps in each step.
        epsilon: what keeps a column of equal entries finite.

    Ioffe and Szegedy, Batch Normalization, ICML 2015.

    >>> layer = BatchNorm(1, momentum=0.5)
    >>> params = {"gamma": np.ones(1), "beta": np.zeros(1), "mean": np.zeros(1), "variance": np.ones(1)}
    >>> y, cache = layer.forward(params, np.array([[1.0], [5.0]]), Mode(training=True))
    >>> y.ravel().round(3), layer.update(params, cache)
    (array([-1.,  1.]), {'mean': array([1.5]), 'variance': array([4.5])})
    """

    features: Count
    _: KW_ONLY
    momentum: Fraction = 0.9
    epsilon: Positive = 1e-5

    def __post_init__(self) -> None:
        check_fields(self)

    def output_features(self, features: int | None) -> int:
        if features not in (None, self.features):
            raise ShapeError(f"BatchNorm({self.features}) takes {self.features} features, found {features}")
        return self.features

    def parameters(self) -> ParameterTree:
        shape = (self.features,)
        return {
            "gamma": Parameter(shape, Constant(1.0)),
            "beta": Parameter(shape, Zeros()),
            "mean": Parameter(shape, Zeros(), trained=False),
            "variance": Parameter(shape, Constant(1.0), trained=False),
        }

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, Cache]:
        mean = x.mean(axis=0) if mode.training else params["mean"]
        centred = x - mean
        variance = (centred * centred).mean(axis=0) if mode.training else params["variance"]
        s = np.sqrt(variance + self.epsilon)
        z = centred / s
        return params["gamma"] * z + params["beta"], (z, s, mean, variance, mode.training)

    def backward(self, params: Params, cache: Cache, dy: Array) -> tuple[Array, dict[str, Any]]:
        z, s, _, _, training = cache
        dz = params["gamma"] * dy
        own = {"gamma": (dy * z).sum(axis=0), "beta": dy.sum(axis=0)}
        if training:  # y does not see the statistics
            dx = (dz - dz.mean(axis=0) - z * (dz * z).mean(axis=0)) / s
            return dx, own | {"mean": np.zeros_like(s), "variance": np.zeros_like(s)}
        dx = dz / s
        return dx, own | {"mean": -dx.sum(axis=0), "variance": -0.5 * (dx * z).sum(axis=0) / s}

    def update(self, params: Params, cache: Cache) -> dict[str, Any]:
        """``mean`` and ``variance`` after the batch of ``cache``."""
        z, _, mean, variance, _ = cache
        count = len(z)
        if count == 1:
            return {name: params[name] for name in ("mean", "variance")}
        new = {"mean": mean, "variance": variance * (count / (count - 1))}
        return {name: self.momentum * params[name] + (1 - self.momentum) * new[name] for name in new}
