"""Pieces that a user might write, right in themselves and wrong in their place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gradwright.nn import EVAL, Elementwise, Loss, Mode, SoftmaxCrossEntropy
from gradwright.nn.layer import Array, Cache, Params, Scalar


@dataclass(frozen=True)
class Softmax(Elementwise):
    """y = softmax(x)        dx = y (dy - sum_k y_k dy_k)"""

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, Array]:  # noqa: ARG002
        e = np.exp(x - x.max(axis=1, keepdims=True))
        y = e / e.sum(axis=1, keepdims=True)
        return y, y

    def backward(self, params: Params, y: Array, dy: Array) -> tuple[Array, dict[str, Any]]:  # noqa: ARG002
        return y * (dy - (y * dy).sum(axis=1, keepdims=True)), {}


@dataclass(frozen=True)
class Ascent:
    """A loss with the wrong sign in its gradient: each step makes it larger."""

    loss: Loss = SoftmaxCrossEntropy()

    def forward(self, output: Array, target: Array) -> tuple[Scalar, Cache]:
        return self.loss.forward(output, target)

    def backward(self, cache: Cache) -> Array:
        return -self.loss.backward(cache)


@dataclass(frozen=True)
class LeastLikely:
    """l = mean log p[target]: the likelihood that was to be made large, made small."""

    def forward(self, output: Array, target: Array) -> tuple[Scalar, Cache]:
        value, cache = SoftmaxCrossEntropy().forward(output, target)
        return -value, cache

    def backward(self, cache: Cache) -> Array:
        return -SoftmaxCrossEntropy().backward(cache)
