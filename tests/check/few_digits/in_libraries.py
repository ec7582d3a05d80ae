"""Functions of PyTorch and JAX that take and give float64 and compute in fewer digits inside.

A family is one formula for both libraries; the gradient is that of autograd or of ``jax.grad``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from gradwright.check import GradientReport
from tests.check.few_digits.in_numpy import Array, Digits

Tensor = Any
PLACES = ("at the input", "behind a product", "at the output", "beside a path in float64")


@dataclass(frozen=True)
class Library:
    """What the formulas need of a library, under the same names."""

    name: str
    ops: Any
    cast: Callable[[Tensor, str], Tensor]
    tensor: Callable[[Any], Tensor]


def torch_library(torch: ModuleType) -> Library:
    def top(z: Tensor) -> Tensor:
        return z.amax(-1, True)

    names = ("exp", "log", "log1p", "sqrt", "tanh", "sigmoid", "where", "abs")
    ops = SimpleNamespace(**{name: getattr(torch, name) for name in names}, top=top)
    return Library("torch", ops, lambda t, digits: t.to(getattr(torch, digits)), torch.as_tensor)


def jax_library(jax: ModuleType) -> Library:
    def top(z: Tensor) -> Tensor:
        return jax.lax.stop_gradient(z.max(-1, keepdims=True))

    names = ("exp", "log", "log1p", "sqrt", "tanh", "where", "abs")
    ops = SimpleNamespace(
        **{name: getattr(jax.numpy, name) for name in names}, sigmoid=jax.nn.sigmoid, top=top
    )
    return Library("jax", ops, lambda t, digits: t.astype(digits), lambda a: np.asarray(a))


def softmax(ops: Any, z: Tensor, _: Tensor) -> Tensor:
    e = ops.exp(z - ops.top(z))
    return e / e.sum(-1, keepdims=True)


def log_sum_exp(ops: Any, z: Tensor, _: Tensor) -> Tensor:
    return ops.log(ops.exp(z - ops.top(z)).sum(-1, keepdims=True)) + ops.top(z)


def log_softmax(ops: Any, z: Tensor, c: Tensor) -> Tensor:
    return z - log_sum_exp(ops, z, c)


def silu(ops: Any, z: Tensor, _: Tensor) -> Tensor:
    return z * ops.sigmoid(z)


def gelu(ops: Any, z: Tensor, _: Tensor) -> Tensor:
    return 0.5 * z * (1 + ops.tanh(0.7978845608 * (z + 0.044715 * z * z * z)))


def tanh(ops: Any, z: Tensor, _: Tensor) -> Tensor:
    return ops.tanh(z)


def rms_norm(ops: Any, z: Tensor, _: Tensor) -> Tensor:
    return z / ops.sqrt((z * z).mean(-1, keepdims=True) + 1e-3)


def layer_norm(ops: Any, z: Tensor, c: Tensor) -> Tensor:
    return rms_norm(ops, z - z.mean(-1, keepdims=True), c)


def batch_norm(ops: Any, z: Tensor, c: Tensor) -> Tensor:
    return layer_norm(ops, z.T, c).T


def attention(ops: Any, z: Tensor, c: Tensor) -> Tensor:
    return softmax(ops, (z @ c) @ z.T / z.shape[-1] ** 0.5, c) @ z


def cross_entropy(ops: Any, z: Tensor, c: Tensor) -> Tensor:
    return log_sum_exp(ops, z, c)[:, 0] - z[:, 0]


def squares(_: Any, z: Tensor, c: Tensor) -> Tensor:
    return (z - c[0]) * (z - c[0])


def product(_: Any, z: Tensor, c: Tensor) -> Tensor:
    return z @ c


def two_layers(ops: Any, z: Tensor, c: Tensor) -> Tensor:
    return ops.tanh(z @ c) @ c


def logistic(ops: Any, z: Tensor, c: Tensor) -> Tensor:
    return softplus(ops, z, c) - 0.3 * z


def softplus(ops: Any, z: Tensor, _: Tensor) -> Tensor:
    return ops.log1p(ops.exp(z))


def pseudo_huber(ops: Any, z: Tensor, c: Tensor) -> Tensor:
    return ops.sqrt(1 + squares(ops, z, c)) - 1


def cosine(ops: Any, z: Tensor, _: Tensor) -> Tensor:
    return z / ops.sqrt((z * z).sum(-1, keepdims=True))


def mish(ops: Any, z: Tensor, c: Tensor) -> Tensor:
    return z * ops.tanh(softplus(ops, z, c))


def elu(ops: Any, z: Tensor, _: Tensor) -> Tensor:
    return ops.where(z > 0, z, ops.exp(z) - 1)


def gated(ops: Any, z: Tensor, c: Tensor) -> Tensor:
    return silu(ops, z @ c, c) * (z @ c.T)


def recurrent(ops: Any, z: Tensor, c: Tensor) -> Tensor:
    h = ops.tanh(z[0])
    for row in z[1:]:
        h = ops.tanh(h @ c + row)
    return h


def divergence(ops: Any, z: Tensor, c: Tensor) -> Tensor:
    log_p = log_softmax(ops, z, c)
    return ops.exp(log_p) * (log_p - log_softmax(ops, c, c)[:1])


FAMILIES: dict[str, Callable[[Any, Tensor, Tensor], Tensor]] = {
    each.__name__: each
    for each in (
        *(softmax, silu, rms_norm, layer_norm, tanh, attention, cross_entropy, squares),
        *(log_sum_exp, log_softmax, gelu, batch_norm, product, two_layers, logistic, softplus),
        *(pseudo_huber, cosine, mish, elu, gated, recurrent, divergence),
    )
}


def judge(
    library: Library, rng: np.random.Generator, family: str, digits: Digits, error: float, seed: int
) -> tuple[str, GradientReport]:
    """Where the digits are lost, and the report on a case; its gradient wrong by ``error`` of its size."""
    place = PLACES[int(rng.integers(len(PLACES)))]
    n, d = int(rng.integers(2, 7)), int(rng.integers(2, 7))
    x = 10 ** rng.uniform(-0.7, 0.5) * rng.normal(size=(n, d))
    c, w = (rng.normal(size=(d, d)) / np.sqrt(d) for _ in range(2))

    def of(x: Tensor, w: Tensor) -> Tensor:
        formula, cast, ops = FAMILIES[family], library.cast, library.ops
        z = x @ w if place == "behind a product" else x
        constant = library.tensor(c)
        if place == "at the output":
            return cast(cast(formula(ops, z, constant), digits), "float64")
        y = cast(formula(ops, cast(z, digits), cast(constant, digits)), "float64")
        return (y, z * z) if place == "beside a path in float64" else y

    off = _wrong_by(library.name, rng, error, x.shape)
    if library.name == "torch":
        from gradwright.check.torch import check_function
    else:
        from gradwright.check.jax import check_function

    def given(x: Tensor, w: Tensor) -> Tensor:
        return of(off(x), w)

    inputs = (library.tensor(x), library.tensor(w))
    if place != "behind a product":
        return place, check_function(lambda x: given(x, inputs[1]), inputs[0], seed=seed)
    return place, check_function(given, *inputs, seed=seed)


def _wrong_by(
    name: str, rng: np.random.Generator, error: float, shape: tuple[int, ...]
) -> Callable[[Tensor], Tensor]:
    """The identity, whose gradient is wrong by ``error`` of its size: all of it, in a way, or in an entry."""
    drawn: Array = np.asarray(rng.normal(size=shape))
    one = np.zeros(drawn.size)
    one[rng.integers(drawn.size)] = 1.0
    ways = (None, drawn / np.linalg.norm(drawn), one.reshape(shape))
    way = ways[int(rng.integers(3))]

    def planted(g: Tensor, size: Any, like: Callable[[Any], Tensor]) -> Tensor:
        return (1 + error) * g if way is None else g + error * size * like(way)

    if not error:
        return lambda x: x
    if name == "torch":
        import torch

        class Off(torch.autograd.Function):  # type: ignore[misc]
            @staticmethod
            def forward(_: Any, x: Tensor) -> Tensor:
                return x.clone()

            @staticmethod
            def backward(_: Any, g: Tensor) -> Tensor:
                return planted(g, g.norm(), torch.as_tensor)

        apply: Callable[[Tensor], Tensor] = Off.apply
        return apply
    import jax

    off: Any = jax.custom_vjp(lambda x: x)
    off.defvjp(lambda x: (x, None), lambda _, g: (planted(g, jax.numpy.linalg.norm(g), np.asarray),))
    planting: Callable[[Tensor], Tensor] = off
    return planting
