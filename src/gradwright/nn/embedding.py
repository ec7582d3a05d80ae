"""Whole numbers, such as words of a vocabulary, as rows of a table that is learned."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np

from gradwright.errors import DataError
from gradwright.fields import Count, check_fields
from gradwright.nn.initializers import Normal, as_initializer
from gradwright.nn.layer import EVAL, Array, Cache, Initializer, Mode, Parameter, ParameterTree, Params


@dataclass(frozen=True)
class Embedding:
    """y_n = [W[x_n1] ... W[x_nk]]        x (N, k) of 0 .. v-1, W (v, d) -> y (N, k d)

    dW[j] = the sum of the dy of all places where j stands. dx = 0: between whole numbers there is no y, so
    there is nothing to differentiate by x, and a network may only begin with this layer.

    The numbers may be integers or floats without a fraction; each becomes its row of W, and the rows of a
    sample stand side by side, as a sequence does for ``Conv1d``.

    Args:
        vocabulary: v, how many numbers have a row in W.
        features: d, the length of such a row.
        weight_init: what W begins with.

    ``forward`` raises ``DataError`` for what is no whole number in 0 .. v-1.
    Bengio, Ducharme, Vincent and Jauvin, A Neural Probabilistic Language Model, JMLR 2003.

    >>> layer = Embedding(3, 2)
    >>> table = np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 4.0]])
    >>> y, cache = layer.forward({"weight": table}, np.array([[2, 1]]))
    >>> y
    array([[3., 4., 1., 2.]])
    """

    vocabulary: Count
    features: Count
    _: KW_ONLY
    weight_init: Initializer = Normal()

    def __post_init__(self) -> None:
        check_fields(self)
        object.__setattr__(self, "weight_init", as_initializer(self.weight_init, "Embedding.weight_init"))

    def output_features(self, features: int | None) -> int | None:
        return None if features is None else features * self.features

    def parameters(self) -> ParameterTree:
        return {"weight": Parameter((self.vocabulary, self.features), self.weight_init)}

    def draw_input(self, rng: np.random.Generator, shape: tuple[int, int]) -> Array:
        """Random numbers of the vocabulary, for a check: of x itself there is no derivative to be checked."""
        return rng.integers(self.vocabulary, size=shape)

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, Cache]:
        rows = self.rows(x)
        return params["weight"][rows].reshape(len(x), -1), rows

    def backward(self, params: Params, rows: Array, dy: Array) -> tuple[Array, dict[str, Any]]:
        dweight = np.zeros((self.vocabulary, self.features), dy.dtype)
        np.add.at(dweight, rows, dy.reshape(*rows.shape, self.features))  # a row that comes twice gets both
        return np.zeros(rows.shape, dy.dtype), {"weight": dweight}

    def rows(self, x: Array) -> Array:
        """``x`` as indices of the table.

        Raises ``DataError`` for what is no whole number in 0 .. v-1.
        """
        wrong = ~((x.real >= 0) & (x.real < self.vocabulary) & (x.real % 1 == 0))
        if wrong.any():
            raise DataError(
                f"Embedding({self.vocabulary}, {self.features}): expected whole numbers in "
                f"0 .. {self.vocabulary - 1}, found {x[wrong][0]:g}"
            )
        return x.real.astype(np.intp)
