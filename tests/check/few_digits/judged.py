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
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import NamedTuple

import numpy as np

from gradwright.check import GradientReport, check_gradient
from tests.check.few_digits import in_libraries, in_numpy
from tests.check.few_digits.in_numpy import DIGITS, Array, Digits

EVERY = 500  # cases, after which the counts are told
MEANS = {"casts left out": "casts left out", "moves in steps": "above its steps"}
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
    kind, right = int(rng.integers(3)), case.grad

    def grad(at: dict[str, Array]) -> dict[str, Array]:
        g = right(at)
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
    parser.add_argument("--jobs", type=int, default=1, help="processes; the cases are independent")
    options = parser.parse_args()
    error = options.error if options.what == "wrong" else 0.0
    one = partial(_told, library=options.library, apart=options.apart, error=error)
    numbers = range(options.first, options.first + options.cases)
    verdicts: Counter[str] = Counter()
    context = get_context("spawn")  # a library with threads of its own does not survive a fork
    with ProcessPoolExecutor(options.jobs, mp_context=context) as pool:
        for done, told in enumerate(pool.map(one, numbers, chunksize=4), 1):
            verdicts[f"{told.digits}, {told.means}: {told.verdict}"] += 1
            if told.verdict != ("wrong" if error else "correct"):
                print(told.line, flush=True)
            if done % EVERY == 0 or done == options.cases:
                print(f"after {done}: {dict(sorted(verdicts.items()))}", flush=True)


class Told(NamedTuple):
    """What is counted of a case: by which means f was asked, and the verdict."""

    digits: Digits
    means: str
    verdict: str
    line: str


def _told(number: int, library: str, apart: bool, error: float) -> Told:
    start = time.process_time()
    name, report = judge(number, library, apart, error)
    means = next(
        (told for mark, told in MEANS.items() if any(mark in note for note in report.notes)), "as it is"
    )
    took = f"{report.evaluations} calls, {time.process_time() - start:.2f} s"
    line = f"case {number}, {name}, {means}: {report.verdict}, {report.reason}; {took}"
    return Told(DIGITS[number % 3], means, report.verdict, line)


if __name__ == "__main__":
    main()
