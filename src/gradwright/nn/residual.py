"""Branches: a sum of layers, the identity skip, and a residual block whose skip is learned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gradwright.errors import ConfigError, ShapeError
from gradwright.nn.activations import ReLU, Tanh
from gradwright.nn.initializers import GlorotUniform, Zeros, as_initializer
from gradwright.nn.layer import EVAL, Array, Cache, Initializer, Layer, Mode, ParameterTree, Params, updated
from gradwright.nn.linear import Linear
from gradwright.nn.named import as_layer
from gradwright.nn.sequential import Sequential
from gradwright.nn.shown import Shown
from gradwright.nn.walk import Place, child_name


@dataclass(frozen=True)
class Residual(Shown):
    """y = x + body(x)        dx = dy + J_body' dy

    Args:
        body: the layers beside the identity; they keep the number of columns.

    Raises ``ShapeError``, when it is built, where the body does not take what it puts out.

    >>> Residual(Sequential(Linear(3, 8), Tanh(), Linear(8, 3))).output_features(3)
    3
    """

    body: Layer

    def __post_init__(self) -> None:
        object.__setattr__(self, "body", as_layer(self.body, "Residual.body"))
        try:
            self.output_features(self.body.output_features(None))
        except ShapeError as error:
            raise ShapeError(f"Residual: the body cannot take what it puts out: {error}") from None

    def output_features(self, features: int | None) -> int | None:
        out = self.body.output_features(features)
        if None not in (features, out) and out != features:
            raise ShapeError(
                f"Residual: expected a body that keeps its {features} features, found {out} after it"
            )
        return out

    def children(self, name: str, features: int | None) -> Iterator[Place]:
        yield Place(name, self.body, features)

    def parameters(self) -> ParameterTree:
        return self.body.parameters()

    def update(self, params: Params, cache: Cache) -> dict[str, Any]:
        return updated(self.body, params, cache)

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, Cache]:
        y, cache = self.body.forward(params, x, mode)
        return x + y, cache

    def backward(self, params: Params, cache: Cache, dy: Array) -> tuple[Array, dict[str, Any]]:
        dx, dparams = self.body.backward(params, cache, dy)
        return dy + dx, dparams


@dataclass(frozen=True, init=False)
class Sum(Shown):
    """y = sum_k f_k(x)        dx = sum_k J_k' dy

    Args:
        branches: one layer or more, with as many columns out; each sees x.

    Raises ``ShapeError``, when it is built, where the branches end in different sizes.

    >>> Sum(Linear(3, 8), Sequential(Linear(3, 8), Tanh())).output_features(3)
    8
    """

    branches: tuple[Layer, ...]

    def __init__(self, *args: Layer | str, branches: Sequence[Layer | str] = ()) -> None:
        named = [as_layer(branch, f"Sum, branch {k}") for k, branch in enumerate((*args, *branches))]
        object.__setattr__(self, "branches", tuple(named))
        if not self.branches:
            raise ConfigError("Sum: expected at least one branch, found none")
        self.output_features(None)

    def output_features(self, features: int | None) -> int | None:
        ends = [branch.output_features(features) for branch in self.branches]
        known = {end for end in ends if end is not None}
        if len(known) > 1:
            raise ShapeError(f"Sum: expected branches of one size, found {ends}")
        return known.pop() if known else None

    def children(self, name: str, features: int | None) -> Iterator[Place]:
        for k, branch in enumerate(self.branches):
            yield Place(child_name(name, k), branch, features)

    def parameters(self) -> ParameterTree:
        trees = {str(k): branch.parameters() for k, branch in enumerate(self.branches)}
        return {name: tree for name, tree in trees.items() if tree}

    def update(self, params: Params, caches: list[Cache]) -> dict[str, Any]:
        pairs = enumerate(zip(self.branches, caches, strict=True))
        trees = {str(k): updated(branch, params.get(str(k), {}), cache) for k, (branch, cache) in pairs}
        return {name: tree for name, tree in trees.items() if tree}

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, list[Cache]]:
        ends = [f.forward(params.get(str(k), {}), x, mode) for k, f in enumerate(self.branches)]
        y = sum((y for y, _ in ends[1:]), start=ends[0][0])
        return y, [cache for _, cache in ends]

    def backward(self, params: Params, caches: list[Cache], dy: Array) -> tuple[Array, dict[str, Any]]:
        ends = [
            f.backward(params.get(str(k), {}), cache, dy)
            for k, (f, cache) in enumerate(zip(self.branches, caches, strict=True))
        ]
        dx = sum((dx for dx, _ in ends[1:]), start=ends[0][0])
        return dx, {str(k): dparams for k, (_, dparams) in enumerate(ends) if dparams}


def residual_block(
    in_features: int,
    out_features: int,
    *,
    weight_init: Initializer | str = GlorotUniform(),
    bias_init: Initializer | str = Zeros(),
) -> Sequential:
    """y = relu(W2 x + b2 + tanh(W1 x + b1))        x (N, i) -> y (N, o)

    The skip is the learned map W2, not the identity, so i and o may differ; that of He et al. (CVPR 2016),
    y = x + body(x), is ``Residual``.

    Args:
        in_features: i, the columns of x.
        out_features: o, the columns of y.
        weight_init: what both W begin with, or its name.
        bias_init: what both b begin with, or its name.

    >>> residual_block(5, 20).output_features(5)
    20
    """

    def linear() -> Linear:
        return Linear(in_features, out_features, weight_init=weights, bias_init=biases)

    weights = as_initializer(weight_init, "residual_block.weight_init")
    biases = as_initializer(bias_init, "residual_block.bias_init")
    return Sequential(Sum(linear(), Sequential(linear(), Tanh())), ReLU())
