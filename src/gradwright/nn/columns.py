"""Columns of the input, each kind through a layer of its own, side by side again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np

from gradwright.errors import ConfigError, ShapeError
from gradwright.fields import Count, Whole, check_fields, require
from gradwright.nn.layer import EVAL, Array, Cache, Layer, Mode, ParameterTree, Params, updated
from gradwright.nn.named import as_layer
from gradwright.nn.shown import Shown
from gradwright.nn.walk import Container, Place, child_name


@dataclass(frozen=True)
class Columns(Shown):
    """y = [f_1(x[:, c_1]) ... f_K(x[:, c_K]) x[:, rest]]        x (N, d) -> y (N, o)

    dx[:, c_k] = J_k' dy_k, where dy_k are the columns of dy that f_k made; dx[:, rest] = dy[:, rest].

    A table's numbers may go through a ``PeriodicEmbedding`` and its categories through an ``Embedding`` each,
    while the columns that nobody takes pass as they are, behind the others and in their order.

    Args:
        layers: f_1 ... f_K, none of which holds others.
        columns: for each layer the columns of x that it takes, in its order, numbered from 0.
        features: d, the columns of x.

    Raises ``ShapeError``, when it is built, where a layer does not take as many columns, and ``ConfigError``
    for a column that is not there or that two layers take.

    >>> from gradwright.nn import Embedding, Scale
    >>> layer = Columns((Scale(2), Embedding(12, 8)), columns=((0, 3), (1,)), features=5)
    >>> layer.output_features(5)  # 2 + 8, and the columns 2 and 4
    12
    """

    layers: tuple[Layer, ...]
    _: KW_ONLY
    columns: tuple[tuple[Whole, ...], ...]
    features: Count

    def __post_init__(self) -> None:
        check_fields(self)
        layers = [as_layer(layer, f"Columns, layer {k}") for k, layer in enumerate(self.layers)]
        for k, layer in enumerate(layers):
            if isinstance(layer, Container):
                raise ConfigError(
                    f"Columns, layer {k}: expected one that holds no others, found {type(layer).__name__}"
                )
        object.__setattr__(self, "layers", tuple(layers))
        object.__setattr__(self, "columns", self._checked())
        self.output_features(self.features)

    def _checked(self) -> tuple[tuple[int, ...], ...]:
        """The columns as plain numbers, of which none comes twice."""
        if len(self.columns) != len(self.layers):
            raise ConfigError(
                f"Columns.columns: expected those of each of {len(self.layers)} layers, "
                f"found {len(self.columns)}"
            )
        taken: set[int] = set()
        plain = []
        for k, given in enumerate(self.columns):
            where = f"Columns.columns[{k}]"
            if not isinstance(given, Sequence) or isinstance(given, str) or not given:
                raise ConfigError(f"{where}: expected a list of columns, found {given!r}")
            plain.append(tuple(require(f"{where}[{i}]", column, Whole) for i, column in enumerate(given)))
            for column in plain[-1]:
                if column >= self.features or column in taken:
                    found = f"{column}, which is taken" if column in taken else column
                    raise ConfigError(
                        f"{where}: expected columns of 0 .. {self.features - 1}, each of one layer, "
                        f"found {found}"
                    )
                taken.add(column)
        return tuple(plain)

    @property
    def rest(self) -> tuple[int, ...]:
        """The columns that pass as they are."""
        taken = {column for columns in self.columns for column in columns}
        return tuple(column for column in range(self.features) if column not in taken)

    def output_features(self, features: int | None) -> int:
        if features not in (None, self.features):
            raise ShapeError(f"Columns of {self.features} features takes {self.features}, found {features}")
        return sum(self._widths()) + len(self.rest)

    def _widths(self) -> list[int]:
        """The columns that each layer puts out."""
        widths = []
        for k, (layer, columns) in enumerate(zip(self.layers, self.columns, strict=True)):
            try:
                out = layer.output_features(len(columns))
            except ShapeError as error:
                raise ShapeError(f"Columns, layer {k}: {error}") from None
            assert out is not None  # it was told how many it takes
            widths.append(out)
        return widths

    def children(self, name: str, features: int | None) -> Iterator[Place]:
        for k, (layer, columns) in enumerate(zip(self.layers, self.columns, strict=True)):
            yield Place(child_name(name, k), layer, len(columns))

    def draw_input(self, rng: np.random.Generator, shape: tuple[int, int]) -> Array:
        """Random rows for a check: numbers, but whole ones all over where a layer takes these alone."""
        whole = {k: layer for k, layer in enumerate(self.layers) if hasattr(layer, "draw_input")}
        if not whole:
            return rng.standard_normal(shape)
        x = rng.integers(-3, 4, size=shape)
        for k, layer in whole.items():
            x[:, self.columns[k]] = layer.draw_input(rng, (shape[0], len(self.columns[k])))
        return x

    def parameters(self) -> ParameterTree:
        trees = {str(k): layer.parameters() for k, layer in enumerate(self.layers)}
        return {name: tree for name, tree in trees.items() if tree}

    def update(self, params: Params, caches: list[Cache]) -> dict[str, Any]:
        pairs = enumerate(zip(self.layers, caches, strict=True))
        trees = {str(k): updated(layer, params.get(str(k), {}), cache) for k, (layer, cache) in pairs}
        return {name: tree for name, tree in trees.items() if tree}

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, list[Cache]]:
        parts, caches = [], []
        if x.dtype.kind not in "fc":  # all whole numbers: the parameters say how exact the others are
            x = x.astype(_dtype(params))
        for k, (layer, columns) in enumerate(zip(self.layers, self.columns, strict=True)):
            y, cache = layer.forward(params.get(str(k), {}), x[:, columns], mode)
            parts.append(y)
            caches.append(cache)
        return np.concatenate([*parts, x[:, self.rest]], axis=1), caches

    def backward(self, params: Params, caches: list[Cache], dy: Array) -> tuple[Array, dict[str, Any]]:
        dx, dparams = np.empty((len(dy), self.features), dy.dtype), {}
        *parts, dx[:, self.rest] = np.split(dy, np.cumsum(self._widths()), axis=1)
        for k, (layer, columns) in enumerate(zip(self.layers, self.columns, strict=True)):
            dx[:, columns], dchild = layer.backward(params.get(str(k), {}), caches[k], parts[k])
            if dchild:
                dparams[str(k)] = dchild
        return dx, dparams


def _dtype(params: Params) -> Any:
    """The dtype of the parameters; float64 where there are none."""
    nodes = params.values()
    return next((n.dtype if isinstance(n, np.ndarray) else _dtype(n) for n in nodes), np.dtype(np.float64))
