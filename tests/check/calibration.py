"""Thousands of random gradients, right and wrong, judged: how often the verdict is what it should be.

Run it by itself, for the figures of docs/checking.md::

    python tests/check/calibration.py right 10000 --dtype float32
    python tests/check/calibration.py wrong 2000 --error 1e-5

``test_calibration.py`` runs a few cases of each. A case is its number: the function, the point and the
planted error follow from it, so that one that goes wrong can be looked at by itself.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import gradwright as gw
from gradwright.check import GradientReport, check_gradient

Array = np.ndarray[Any, np.dtype[Any]]
Function = Callable[[Array], Any]
ACTIVATIONS = (gw.ReLU(), gw.LeakyReLU(0.1), gw.Tanh(), gw.Sigmoid(), gw.GELU())
LOSSES = (gw.SoftmaxCrossEntropy(), gw.MeanSquaredError(), gw.BinaryCrossEntropy(), gw.Huber(0.7))


@dataclass(frozen=True)
class Case:
    """A function with its true gradient, and a point."""

    name: str
    f: Function
    grad: Function
    x: Array


def quadratic(rng: np.random.Generator, n: int) -> tuple[Function, Function]:
    a = rng.normal(size=(n, n))
    b = rng.normal(size=n)
    return lambda x: 0.5 * x @ (a + a.T) @ x + b @ x, lambda x: (a + a.T) @ x + b


def cubic(rng: np.random.Generator, n: int) -> tuple[Function, Function]:
    c = rng.normal(size=n)
    return lambda x: c @ x**3, lambda x: 3 * c * x**2


def exponential(rng: np.random.Generator, n: int) -> tuple[Function, Function]:
    c = rng.normal(size=n)
    return lambda x: np.exp(c * x).sum(), lambda x: c * np.exp(c * x)


def waves(rng: np.random.Generator, n: int) -> tuple[Function, Function]:
    w = rng.normal(size=(n, n)) * 2
    return lambda x: np.sin(w @ x).sum(), lambda x: w.T @ np.cos(w @ x)


def log_sum_exp(rng: np.random.Generator, n: int) -> tuple[Function, Function]:
    w = rng.normal(size=(2 * n, n))

    def f(x: Array) -> Any:
        z = w @ x
        top = z.real.max()
        return np.log(np.exp(z - top).sum()) + top

    def grad(x: Array) -> Array:
        p = np.exp(w @ x - (w @ x).max())
        answer: Array = w.T @ (p / p.sum())
        return answer

    return f, grad


def rosenbrock(_rng: np.random.Generator, _n: int) -> tuple[Function, Function]:
    def f(x: Array) -> Any:
        return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()

    def grad(x: Array) -> Array:
        g = np.zeros_like(x)
        inner = x[1:] - x[:-1] ** 2
        g[:-1] += -400 * x[:-1] * inner - 2 * (1 - x[:-1])
        g[1:] += 200 * inner
        return g

    return f, grad


def rational(rng: np.random.Generator, n: int) -> tuple[Function, Function]:
    c = rng.normal(size=n)
    return (
        lambda x: (c * x).sum() / (1 + x @ x),
        lambda x: c / (1 + x @ x) - 2 * x * (c @ x) / (1 + x @ x) ** 2,
    )


def linear(rng: np.random.Generator, n: int) -> tuple[Function, Function]:
    c = rng.normal(size=n)
    return lambda x: c @ x + 3.0, lambda x: c + 0 * x


def scaled(_rng: np.random.Generator, n: int) -> tuple[Function, Function]:
    """Parameters of 1e-6 beside 1e6, each felt."""
    s = spread(n)
    return (
        lambda x: np.tanh(x / s).sum() + 0.5 * ((x / s) ** 2).sum(),
        lambda x: ((1 - np.tanh(x / s) ** 2) + x / s) / s,
    )


def spread(n: int) -> Array:
    """The sizes of the entries of x in ``scaled``."""
    return 10.0 ** np.linspace(-6, 6, n)


FAMILIES = (quadratic, cubic, exponential, waves, log_sum_exp, rosenbrock, rational, linear, scaled)


def make_case(number: int, dtype: str) -> Case:
    """The case of a number: one of the families, or for every fourth number about a network."""
    rng = np.random.default_rng([number, 77])
    kind = number % (len(FAMILIES) + 3)
    if kind >= len(FAMILIES):
        return _network(rng, dtype)
    n = int(rng.integers(2, 30))
    f, grad = FAMILIES[kind](rng, n)
    x = rng.normal(size=n) * (spread(n) if FAMILIES[kind] is scaled else 1)
    return Case(FAMILIES[kind].__name__, f, grad, x.astype(dtype))


def _network(rng: np.random.Generator, dtype: str) -> Case:
    activation, loss = ACTIVATIONS[rng.integers(5)], LOSSES[rng.integers(4)]
    widths = [int(rng.integers(2, 9)) for _ in range(rng.integers(2, 5))]
    objective = gw.Objective(gw.mlp(*widths, activation=activation), loss)
    n = int(rng.integers(1, 20))
    x = rng.normal(size=(n, widths[0])).astype(dtype)
    labels = isinstance(loss, gw.SoftmaxCrossEntropy)
    target = rng.integers(widths[-1], size=n) if labels else rng.random((n, widths[-1])).astype(dtype)
    theta = objective.layout.initialize(rng, dtype)
    return Case(
        type(activation).__name__,
        lambda t: objective.value(t, x, target),
        lambda t: objective.value_and_grad(t, x, target)[1],
        theta,
    )


def judge(number: int, dtype: str, error: float) -> tuple[Case, GradientReport]:
    """The report on a case, its gradient wrong by ``error`` of its size in a random way."""
    case = make_case(number, dtype)
    rng = np.random.default_rng([number, 78])
    way = rng.normal(size=case.x.shape)
    one = int(rng.integers(case.x.size))

    def grad(x: Array) -> Array:
        g: Array = np.asarray(case.grad(x))
        size = error * (np.linalg.norm(g) or 1.0)
        if not error:
            return g.astype(dtype)
        added = (
            error * g if g.any() else size,
            size * way / np.linalg.norm(way),
            size * (np.arange(g.size) == one),
        )[number % 3]
        return np.asarray(g + added)

    return case, check_gradient(case.f, grad, case.x, seed=number)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("what", choices=("right", "wrong"))
    parser.add_argument("cases", type=int)
    parser.add_argument("--dtype", choices=("float64", "float32"), default="float64")
    parser.add_argument("--error", type=float, default=1e-4)
    options = parser.parse_args()
    verdicts: Counter[str] = Counter()
    for number in range(options.cases):
        case, report = judge(number, options.dtype, options.error if options.what == "wrong" else 0.0)
        verdicts[report.verdict] += 1
        if report.verdict != ("wrong" if options.what == "wrong" else "correct"):
            print(f"case {number}, {case.name}: {report.verdict}, {report.reason}", flush=True)
    print(dict(verdicts))


if __name__ == "__main__":
    main()
