"""Functions of NumPy that take and give float64 and compute in fewer digits inside, with their gradients.

Each family is a forward and a backward in which every operation is rounded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Literal

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]
Round = Callable[[Any], Any]
Digits = Literal["float32", "float16", "bfloat16"]
HIDDEN = 1 / 4  # of the cases: digits lost in a way that cannot be left out
DIGITS: tuple[Digits, ...] = ("float32", "float16", "bfloat16")


def rounding_to(digits: Digits, hidden: bool) -> Round:
    """To the nearest number with these digits, kept in float64: by a cast, or in a ``hidden`` way."""

    def by_bits(x: Any) -> Any:
        bits = np.asarray(x, np.float32).view(np.uint32).astype(np.uint64)
        bits = (bits + 0x7FFF + ((bits >> np.uint64(16)) & np.uint64(1))) & np.uint64(0xFFFF0000)
        return bits.astype(np.uint32).view(np.float32).astype(np.float64)

    is_there = digits != "bfloat16" or find_spec("ml_dtypes") is not None  # which comes with JAX
    if not is_there or (digits == "bfloat16" and hidden):
        return by_bits
    kind: Any = import_module("ml_dtypes").bfloat16 if digits == "bfloat16" else digits
    if hidden:
        return lambda x: np.asarray(x).astype(kind).astype(np.float64)
    return lambda x: x.astype(kind).astype(np.float64)


def exact(x: Any) -> Any:
    """No rounding at all."""
    return x


@dataclass(frozen=True)
class Case:
    """A function with its true gradient, and a point; ``x`` is a dictionary of float64 arrays."""

    family: str
    digits: Digits
    place: str
    f: Callable[[dict[str, Array]], Any]
    grad: Callable[[dict[str, Array]], dict[str, Array]]
    x: dict[str, Array]


def _softmax(z: Array, r: Round) -> Array:
    e = r(np.exp(r(z - z.max(axis=-1, keepdims=True))))
    found: Array = r(e / r(e.sum(axis=-1, keepdims=True)))
    return found


def softmax(z: Array, r: Round, u: Array) -> tuple[Array, Array]:
    y = _softmax(z, r)
    return y, r(y * r(u - r((u * y).sum(axis=-1, keepdims=True))))


def silu(z: Array, r: Round, u: Array) -> tuple[Array, Array]:
    s = r(1 / r(1 + r(np.exp(-z))))
    return r(z * s), r(u * r(s * r(1 + r(z * r(1 - s)))))


def rms_norm(z: Array, r: Round, u: Array) -> tuple[Array, Array]:
    size = r(np.sqrt(r((z * z).mean(axis=-1, keepdims=True)) + 1e-3))
    y = r(z / size)
    return y, r(r(u - r(y * r((u * y).mean(axis=-1, keepdims=True)))) / size)


def layer_norm(z: Array, r: Round, u: Array) -> tuple[Array, Array]:
    c = r(z - r(z.mean(axis=-1, keepdims=True)))
    size = r(np.sqrt(r((c * c).mean(axis=-1, keepdims=True)) + 1e-3))
    y = r(c / size)
    inner = r(r(u - r(u.mean(axis=-1, keepdims=True))) - r(y * r((u * y).mean(axis=-1, keepdims=True))))
    return y, r(inner / size)


def tanh(z: Array, r: Round, u: Array) -> tuple[Array, Array]:
    y = r(np.tanh(z))
    return y, r(u * r(1 - y * y))


def cross_entropy(z: Array, r: Round, u: Array) -> tuple[Array, Array]:
    """The loss of each row, for the label that is the largest of u's row."""
    p, rows, labels = _softmax(z, r), np.arange(len(z)), u.argmax(axis=-1)
    top = z.max(axis=-1, keepdims=True)
    total = r(np.log(r(r(np.exp(r(z - top))).sum(axis=-1)))) + top[:, 0]
    return r(total - z[rows, labels])[:, None], r(p - (np.arange(z.shape[1]) == labels[:, None]))


def squares(z: Array, r: Round, u: Array) -> tuple[Array, Array]:
    d = r(z - u)
    return r(d * d), r(2 * d)


def log_softmax(z: Array, r: Round, u: Array) -> tuple[Array, Array]:
    c = r(z - z.max(axis=-1, keepdims=True))
    y = r(c - r(np.log(r(r(np.exp(c)).sum(axis=-1, keepdims=True)))))
    return y, r(u - r(r(np.exp(y)) * r(u.sum(axis=-1, keepdims=True))))


def gelu(z: Array, r: Round, u: Array) -> tuple[Array, Array]:
    a, b = np.sqrt(2 / np.pi), 0.044715
    t = r(np.tanh(r(a * r(z + r(b * r(z * z * z))))))
    inner = r(a * r(1 + r(3 * b * z * z)))
    return r(r(0.5 * z) * r(1 + t)), r(u * r(r(0.5 * r(1 + t)) + r(r(0.5 * z) * r(r(1 - t * t) * inner))))


def batch_norm(z: Array, r: Round, u: Array) -> tuple[Array, Array]:
    y, dz = layer_norm(z.T, r, u.T)
    return y.T, dz.T


def logistic(z: Array, r: Round, u: Array) -> tuple[Array, Array]:
    """The binary cross-entropy of logits, for targets that are 1 where u is above 0."""
    target = (u > 0) * 1.0
    y = r(np.maximum(z, 0) - z * target + r(np.log1p(r(np.exp(-np.abs(z))))))
    return y, r(r(1 / r(1 + r(np.exp(-z)))) - target)


def softplus(z: Array, r: Round, u: Array) -> tuple[Array, Array]:
    y = r(np.maximum(z, 0) + r(np.log1p(r(np.exp(-np.abs(z))))))
    return y, r(u * r(1 / r(1 + r(np.exp(-z)))))


def cosine(z: Array, r: Round, u: Array) -> tuple[Array, Array]:
    size = r(np.sqrt(r((z * z).sum(axis=-1, keepdims=True))))
    y = r(z / size)
    return y, r(r(u - r(y * r((u * y).sum(axis=-1, keepdims=True)))) / size)


def log_sum_exp(z: Array, r: Round, u: Array) -> tuple[Array, Array]:
    top = z.max(axis=-1, keepdims=True)
    y = r(r(np.log(r(r(np.exp(r(z - top))).sum(axis=-1, keepdims=True)))) + top)
    return y * np.ones_like(z), r(_softmax(z, r) * r(u.sum(axis=-1, keepdims=True)))


def pseudo_huber(z: Array, r: Round, u: Array) -> tuple[Array, Array]:
    d = r(z - u)
    root = r(np.sqrt(r(1 + r(d * d))))
    return r(root - 1), r(d / root)


def elu(z: Array, r: Round, u: Array) -> tuple[Array, Array]:
    below = r(np.exp(np.minimum(z, 0)))
    return np.where(z > 0, z, r(below - 1)), r(u * np.where(z > 0, 1, below))


Family = Callable[[Array, Round, Array], tuple[Array, Array]]
LOSSES = (cross_entropy, squares, logistic, pseudo_huber)
ROWWISE: dict[str, Family] = {
    each.__name__: each
    for each in (
        *(softmax, silu, rms_norm, layer_norm, tanh, log_softmax, gelu, batch_norm),
        *(softplus, cosine, log_sum_exp, elu, *LOSSES),
    )
}
PLACES = ("at the input", "behind a product", "at the output", "beside a path in float64")


def make_case(rng: np.random.Generator, family: str, digits: Digits) -> Case:
    """A case of a family: sizes, scale, point and the place where digits are lost are drawn."""
    r, place = rounding_to(digits, rng.random() < HIDDEN), PLACES[int(rng.integers(len(PLACES)))]
    if family == "attention":
        return _attention(rng, r, digits)
    layer = ROWWISE[family]
    n, d, k = (int(rng.integers(2, 9)) for _ in range(3))
    scale = 10 ** rng.uniform(-0.7, 0.5)
    x, w = scale * rng.normal(size=(n, d)), rng.normal(size=(d, k)) / np.sqrt(d)
    u = rng.normal(size=(n, k if place == "behind a product" else d))
    fewer_in_gradient = bool(rng.integers(2))
    inside: Round = exact if place == "at the output" else r
    weights = np.ones_like(u) if layer in LOSSES else u

    def both(at: dict[str, Array]) -> tuple[Any, dict[str, Array]]:
        z = at["x"] @ at["w"] if place == "behind a product" else at["x"]
        y, _ = layer(inside(z), inside, u)
        value = (r(y) * (weights if y.shape == u.shape else 1)).sum()
        back = r if fewer_in_gradient else exact
        _, dz = layer(back(z), back, u)
        if place == "beside a path in float64":
            value, dz = value + (u * z).sum(), dz + u
        if place == "behind a product":
            return value, {"x": dz @ at["w"].T, "w": at["x"].T @ dz}
        return value, {"x": dz}

    point = {"x": x, "w": w} if place == "behind a product" else {"x": x}
    return Case(family, digits, place, lambda at: both(at)[0], lambda at: both(at)[1], point)


def _attention(rng: np.random.Generator, r: Round, digits: Digits) -> Case:
    n, d = int(rng.integers(2, 7)), int(rng.integers(2, 7))
    point = {name: rng.normal(size=(n, d)) for name in "qkv"}
    u = rng.normal(size=(n, d))

    def both(at: dict[str, Array], r: Round) -> tuple[Any, dict[str, Array]]:
        q, k, v = (r(at[name]) for name in "qkv")
        p = _softmax(r(q @ k.T / np.sqrt(d)), r)
        dp = r(u @ v.T)
        ds = r(p * (dp - (dp * p).sum(axis=-1, keepdims=True)) / np.sqrt(d))
        return (r(p @ v) * u).sum(), {"q": r(ds @ k), "k": r(ds.T @ q), "v": r(p.T @ u)}

    return Case(
        "attention",
        digits,
        "at the input",
        lambda at: both(at, r)[0],
        lambda at: both(at, r)[1],
        point,
    )
