"""The affine map, the only layer of a plain network that learns."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

from gradwright.errors import ShapeError
from gradwright.fields import Count, check_fields
from gradwright.nn.initializers import GlorotUniform, Zeros, as_initializer
from gradwright.nn.layer import EVAL, Array, Initializer, Mode, Parameter, ParameterTree, Params


@dataclass(frozen=True)
class Linear:
    """y = x W + b        x (N, i), W (i, o), b (o,) -> y (N, o)

    Args:
        in_features: i, the columns of x.
        out_features: o, the columns of y.
        bias: whether there is a b.
        weight_init: what W begins with.
        bias_init: what b begins with.

    >>> import numpy as np
    >>> layer = Linear(2, 3)
    >>> y, cache = layer.forward({"weight": np.ones((2, 3)), "bias": np.zeros(3)}, np.ones((1, 2)))
    >>> y
    array([[2., 2., 2.]])
    """

    in_features: Count
    out_features: Count
    _: KW_ONLY
    bias: bool = True
    weight_init: Initializer = GlorotUniform()
    bias_init: Initializer = Zeros()

    def __post_init__(self) -> None:
        check_fields(self)
        for name in ("weight_init", "bias_init"):
            object.__setattr__(self, name, as_initializer(getattr(self, name), f"Linear.{name}"))

    def output_features(self, features: int | None) -> int:
        if features not in (None, self.in_features):
            raise ShapeError(
                f"Linear({self.in_features}, {self.out_features}) takes {self.in_features} features, "
                f"found {features}"
            )
        return self.out_features

    def parameters(self) -> ParameterTree:
        weight = Parameter((self.in_features, self.out_features), self.weight_init)
        if not self.bias:
            return {"weight": weight}
        return {"weight": weight, "bias": Parameter((self.out_features,), self.bias_init)}

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, Array]:
        y = x @ params["weight"]
        return (y + params["bias"] if self.bias else y), x

    def backward(self, params: Params, x: Array, dy: Array) -> tuple[Array, dict[str, Any]]:
        # dx = dy W',  dW = x' dy,  db = sum_n dy
        dx, dweight = dy @ params["weight"].T, x.T @ dy
        return dx, {"weight": dweight, "bias": dy.sum(axis=0)} if self.bias else {"weight": dweight}
