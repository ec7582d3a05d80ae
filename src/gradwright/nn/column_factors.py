"""A factor that is learned for each feature: of the feature itself, and of what an activation does to it."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

from gradwright.errors import ConfigError, ShapeError
from gradwright.fields import Count, check_fields
from gradwright.nn.activations import ACTIVATIONS, Elementwise
from gradwright.nn.dropout import Dropout
from gradwright.nn.initializers import Constant, as_initializer
from gradwright.nn.layer import EVAL, Array, Cache, Initializer, Layer, Mode, Parameter, ParameterTree, Params
from gradwright.nn.named import as_layer


@dataclass(frozen=True)
class Scale:
    """y = x s        dx = s dy,  ds = sum_n x dy        x, y (N, d), s (d,)

    A weight for each feature by itself: as a first layer it learns which of them matter, at a rate of its own
    where a ``ParameterGroup`` gives it one. It is called ``scale`` and not ``weight``, so a penalty leaves it
    alone.

    Args:
        features: d, the columns of x.
        scale_init: what s begins with.

    Holzmüller, Grinsztajn and Steinwart, Better by Default, NeurIPS 2024.

    >>> import numpy as np
    >>> Scale(2).forward({"scale": np.array([10.0, 0.5])}, np.array([[1.0, 2.0]]))[0]
    array([[10.,  1.]])
    """

    features: Count
    _: KW_ONLY
    scale_init: Initializer = Constant(1.0)

    def __post_init__(self) -> None:
        check_fields(self)
        object.__setattr__(self, "scale_init", as_initializer(self.scale_init, "Scale.scale_init"))

    def output_features(self, features: int | None) -> int:
        if features not in (None, self.features):
            raise ShapeError(f"Scale({self.features}) takes {self.features} features, found {features}")
        return self.features

    def parameters(self) -> ParameterTree:
        return {"scale": Parameter((self.features,), self.scale_init)}

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, Array]:
        return x * params["scale"], x

    def backward(self, params: Params, x: Array, dy: Array) -> tuple[Array, dict[str, Any]]:
        return params["scale"] * dy, {"scale": (x * dy).sum(axis=0)}


@dataclass(frozen=True)
class Mixed:
    """y = x + a (f(x) - x)        dx = (1 - a) dy + J_f'(a dy),  da = sum_n (f(x) - x) dy        a (d,)

    An activation f with a say in how much of it each unit has: a = 1 is f itself, a = 0 the identity. The
    array is called ``mix`` and not ``weight``, so a penalty leaves it alone.

    Args:
        activation: f, a map of each entry by itself.
        features: d, the columns of x, y.
        mix_init: what a begins with.

    Raises ``ConfigError`` for an activation that is none.
    Holzmüller, Grinsztajn and Steinwart, Better by Default, NeurIPS 2024.

    >>> import numpy as np
    >>> from gradwright.nn import ReLU
    >>> layer = Mixed(ReLU(), 2)
    >>> layer.forward({"mix": np.array([1.0, 0.5])}, np.array([[-2.0, -2.0]]))[0]
    array([[ 0., -1.]])
    """

    activation: Layer
    features: Count
    _: KW_ONLY
    mix_init: Initializer = Constant(1.0)

    def __post_init__(self) -> None:
        check_fields(self)
        object.__setattr__(self, "activation", as_layer(self.activation, "Mixed.activation"))
        if not isinstance(self.activation, Elementwise) or isinstance(self.activation, Dropout):
            names = ", ".join(kind.__name__ for kind in ACTIVATIONS)
            raise ConfigError(
                f"Mixed.activation: expected a map of each entry by itself ({names}, or one's own "
                f"Elementwise), found {type(self.activation).__name__}"
            )
        object.__setattr__(self, "mix_init", as_initializer(self.mix_init, "Mixed.mix_init"))

    def output_features(self, features: int | None) -> int:
        if features not in (None, self.features):
            name = f"Mixed({type(self.activation).__name__}(), {self.features})"
            raise ShapeError(f"{name} takes {self.features} features, found {features}")
        return self.features

    def parameters(self) -> ParameterTree:
        return {"mix": Parameter((self.features,), self.mix_init)}

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, Cache]:
        f, cache = self.activation.forward({}, x, mode)
        return x + params["mix"] * (f - x), (f - x, cache)

    def backward(self, params: Params, cache: Cache, dy: Array) -> tuple[Array, dict[str, Any]]:
        difference, inner = cache
        a = params["mix"]
        dx, _ = self.activation.backward({}, inner, a * dy)
        return (1 - a) * dy + dx, {"mix": (difference * dy).sum(axis=0)}
