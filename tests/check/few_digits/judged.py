"""Thousands of functions that compute in fewer digits inside, judged with right and with wrong gradients.

Run it by itself, for the figures of docs/checking.md::

    python -m tests.check.few_digits.judged right 20000
    python -m tests.check.few_digits.judged wrong 2000 --error 0.01
    python -m tests.check.few_digits.judged right 300 --library torch --apart

A case is its number: the family, the digits, where they are lost, the point and the planted error follow from
it. A third of the families, drawn by a seed, was kept apart while the verdict was made.
"""

from __future__ import annotations

import argparse
from collections import Counter

import numpy as np

from gradwright.check import GradientReport, check_gradient
from tests.check.few_digits import in_libraries, in_numpy
from tests.check.few_digits.in_numpy import DIGITS, Array, Digits

LIBRARIES = ("numpy", "torch", "jax")
BUILT_WITH = ("softmax", "silu", "rms_norm", "layer_norm", "tanh", "attention", "cross_entropy", "squares")
NEW = sorted({*in_numpy.ROWWISE, *in_libraries.FAMILIES} - set(BUILT_WITH))
APART = tuple(str(name) for name in np.random.default_rng(2026).permutation(NEW)[: (len(NEW) + 8) // 3])


def families(library: str, apart: bool) -> list[str]:
    """Those that a library has, of the ones kept apart or of the others."""
    known = [*in_numpy.ROWWISE, "attention"] if library == "numpy" else list(in_libraries.FAMILIES)
    return [name for name in known if (name in APART) == apart]


def judge(
    number: int, library: str = "numpy", apart: bool = False, error: float = 0.0
) -> tuple[str, GradientReport]:
    """What a case is, and the report on it, one array of its gradient wrong by ``error`` of its size."""
    names, digits = families(library, apart), DIGITS[number % 3]
    family = names[number // 3 % len(names)]
    rng = np.random.default_rng([number, LIBRARIES.index(library), 5])
    if library == "numpy":
        place, report = _judge_numpy(rng, family, digits, error, number)
    else:
        place, report = in_libraries.judge(_library(library), rng, family, digits, error, number)
    return f"{family}, {digits} {place}", report


def _judge_numpy(
    rng: np.random.Generator, family: str, digits: Digits, error: float, seed: int
) -> tuple[str, GradientReport]:
    case = in_numpy.make_case(rng, family, digits)
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

    return case.place, check_gradient(case.f, grad, case.x, seed=seed)


def _library(name: str) -> in_libraries.Library:
    if name == "torch":
        import torch

        return in_libraries.torch_library(torch)
    import jax

    return in_libraries.jax_library(jax)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("right", "wrong"))
    parser.add_argument("cases", type=int)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--library", choices=LIBRARIES, default="numpy")
    parser.add_argument("--apart", action="store_true", help="of the families kept apart")
    parser.add_argument("--error", type=float, default=1e-2)
    parser.add_argument("--quiet", action="store_true")
    options = parser.parse_args()
    verdicts: Counter[tuple[str, str]] = Counter()
    error = options.error if options.what == "wrong" else 0.0
    for number in range(options.first, options.first + options.cases):
        name, report = judge(number, options.library, options.apart, error)
        verdicts[DIGITS[number % 3], report.verdict] += 1
        if report.verdict != ("wrong" if error else "correct") and not options.quiet:
            told = f"{report.verdict}, {report.reason}; {report.evaluations}"
            print(f"case {number}, {name}: {told}", flush=True)
    for (digits, verdict), count in sorted(verdicts.items()):
        print(f"{digits}: {count} {verdict}")


if __name__ == "__main__":
    main()
