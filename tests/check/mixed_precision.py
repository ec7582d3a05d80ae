"""Functions that take and give float64 and compute in fewer digits inside, with their gradients: judged.

Run it by itself, for the figures of docs/checking.md::

    python -m tests.check.mixed_precision right 20000
    python -m tests.check.mixed_precision wrong 2000 --error 0.01

A case is its number: the function, where it loses its digits, the point and the planted error follow from it.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from gradwright.check import GradientReport, check_gradient

Array = np.ndarray[Any, np.dtype[Any]]
Round = Callable[[Any], Any]
Digits = Literal["float32", "float16", "bfloat16"]
DIGITS: tuple[Digits, ...] = ("float32", "float16", "bfloat16")


def rounding_to(digits: Digits) -> Round:
    """To the nearest number with these digits, kept in float64."""

    def bfloat16(x: Any) -> Any:
        bits = np.asarray(x, np.float32).view(np.uint32).astype(np.uint64)
        bits = (bits + 0x7FFF + ((bits >> np.uint64(16)) & np.uint64(1))) & np.uint64(0xFFFF0000)
        return bits.astype(np.uint32).view(np.float32).astype(np.float64)

    if digits == "bfloat16":
        return bfloat16
    return lambda x: np.asarray(x).astype(digits).astype(np.float64)


@dataclass(frozen=True)
class Case:
    """A function with its true gradient, and a point; ``x`` is a dictionary of float64 arrays."""

    name: str
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


ROWWISE = (softmax, silu, rms_norm, layer_norm, tanh, cross_entropy, squares)
PLACES = ("at the input", "behind a product", "at the output", "beside a path in float64")


def make_case(number: int) -> Case:
    """The case of a number."""
    rng = np.random.default_rng([number, 5])
    digits, kind = DIGITS[number % 3], number // 3 % (len(ROWWISE) + 1)
    r, place = rounding_to(digits), PLACES[int(rng.integers(len(PLACES)))]
    if kind == len(ROWWISE):
        return _attention(rng, r, digits)
    layer = ROWWISE[kind]
    n, d, k = (int(rng.integers(2, 9)) for _ in range(3))
    x, w = rng.normal(size=(n, d)), rng.normal(size=(d, k)) / np.sqrt(d)
    u = rng.normal(size=(n, k if place == "behind a product" else d))
    fewer_in_gradient = bool(rng.integers(2))
    inside: Round = np.asarray if place == "at the output" else r
    of_u = np.ones_like(u) if layer in (cross_entropy, squares) else u
    name = f"{layer.__name__}, {digits} {place}"

    def both(at: dict[str, Array]) -> tuple[Any, dict[str, Array]]:
        z = at["x"] @ at["w"] if place == "behind a product" else at["x"]
        y, _ = layer(inside(z), inside, u)
        value = (r(y) * (of_u if y.shape == u.shape else 1)).sum()
        _, dz = layer(z, r if fewer_in_gradient else np.asarray, u)
        if place == "beside a path in float64":
            value, dz = value + (u * z).sum(), dz + u
        if place == "behind a product":
            return value, {"x": dz @ at["w"].T, "w": at["x"].T @ dz}
        return value, {"x": dz}

    point = {"x": x, "w": w} if place == "behind a product" else {"x": x}
    return Case(name, lambda at: both(at)[0], lambda at: both(at)[1], point)


def _attention(rng: np.random.Generator, r: Round, digits: str) -> Case:
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
        f"attention, {digits} at the input", lambda at: both(at, r)[0], lambda at: both(at, r)[1], point
    )


def judge(number: int, error: float = 0.0) -> tuple[Case, GradientReport]:
    """The report on a case, one array of its gradient wrong by ``error`` of its size in a random way."""
    case = make_case(number)
    rng = np.random.default_rng([number, 6])
    name = sorted(case.x)[int(rng.integers(len(case.x)))]
    way: Array = np.asarray(rng.normal(size=case.x[name].shape))
    one = np.zeros(way.size)
    one[rng.integers(way.size)] = 1.0
    kind = int(rng.integers(3))

    def grad(at: dict[str, Array]) -> dict[str, Array]:
        g = case.grad(at)
        size = error * np.linalg.norm(g[name])
        off = (error * g[name], size * way / np.linalg.norm(way), size * one.reshape(way.shape))[kind]
        return g | {name: g[name] + off}

    return case, check_gradient(case.f, grad, case.x, seed=number)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("right", "wrong"))
    parser.add_argument("cases", type=int)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--error", type=float, default=1e-2)
    parser.add_argument("--quiet", action="store_true")
    options = parser.parse_args()
    verdicts: Counter[tuple[str, str]] = Counter()
    for number in range(options.first, options.first + options.cases):
        case, report = judge(number, options.error if options.what == "wrong" else 0.0)
        digits = case.name.split(", ")[1].split()[0]
        verdicts[digits, report.verdict] += 1
        if report.verdict != ("wrong" if options.what == "wrong" else "correct") and not options.quiet:
            print(
                f"case {number}, {case.name}: {report.verdict}, {report.reason}; {report.evaluations}",
                flush=True,
            )
    for (digits, verdict), count in sorted(verdicts.items()):
        print(f"{digits}: {count} {verdict}")


if __name__ == "__main__":
    main()
