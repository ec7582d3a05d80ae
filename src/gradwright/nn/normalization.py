"""Values brought to mean 0 and variance 1, then to a mean and a size that are learned."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np

from gradwright.errors import ShapeError
from gradwright.fields import COUNT, POSITIVE, check_fields
from gradwright.nn.initializers import Constant, Zeros
from gradwright.nn.layer import EVAL, Array, Cache, Mode, Parameter, ParameterTree, Params


@dataclass(frozen=True)
class LayerNorm:
    """y = gamma z + beta,  z = (x - mean x) / s,  s = sqrt(var x + epsilon), mean and var of each row

    dx = (dz - mean dz - z mean(dz z)) / s,  dz = gamma dy        x, y (N, d), gamma and beta (d,), s (N, 1)

    Each row is normalised by itself, in training and in evaluation alike. gamma begins at 1 and beta at 0;
    neither is called ``weight``, so a penalty leaves them alone.

    Raises ``ConfigError`` unless ``features`` is a whole number >= 1 and ``epsilon``, which keeps a row of
    equal entries finite, is > 0. Ba, Kiros and Hinton, Layer Normalization, 2016.

    >>> layer = LayerNorm(2)
    >>> y, cache = layer.forward({"gamma": np.ones(2), "beta": np.zeros(2)}, np.array([[1.0, 5.0]]))
    >>> y.round(3)
    array([[-1.,  1.]])
    """

    features: int
    _: KW_ONLY
    epsilon: float = 1e-5

    def __post_init__(self) -> None:
        check_fields(self, features=COUNT, epsilon=POSITIVE)

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
