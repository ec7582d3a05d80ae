"""What the machine can do at most: multiply-adds a second, and bytes a second from memory."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from gradwright.bench.speed.cost import Limits
from gradwright.bench.speed.peers.engines import native

SIZE = 1536  # of a square product: large enough that only arithmetic counts
TRIAD = 2**24  # floats in each of three arrays, 64 MiB: larger than any cache
REPEATS = 7


def measure_limits(threads: int) -> Limits:
    """The rates of this process, whose threads and cores were pinned when it was started.

    The compiled engine knows what its registers can do; without it the rate of a BLAS product stands for
    the processor's, which it approaches from below.
    """
    engine = native()
    if engine is not None and hasattr(engine, "measure_limits"):
        return Limits(threads, **engine.measure_limits(threads), source="the compiled engine's own loops")
    source = "NumPy's matrix product and triad: lower bounds of what the machine can do"
    return Limits(threads, product_rate(SIZE), triad_rate(TRIAD), source)


def product_rate(size: int) -> float:
    """Operations a second in a float32 matrix product, 2 n^3 each."""
    a, b = (np.full((size, size), value, np.float32) for value in (0.5, 0.25))
    out = np.empty_like(a)
    return 2 * size**3 / _best(lambda: np.matmul(a, b, out=out))


def triad_rate(size: int) -> float:
    """Bytes a second in a <- b + c on arrays of ``size`` floats, which reads two and writes one.

    NumPy runs it on one thread; a store that first fetches its line moves more than is counted here.
    """
    b, c = (np.full(size, value, np.float32) for value in (0.5, 0.25))
    a = np.empty_like(b)
    return 3 * a.nbytes / _best(lambda: np.add(b, c, out=a))


def _best(work: Callable[[], object]) -> float:
    """The shortest of several times: a limit is what the machine does when nothing disturbs it."""
    work()
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)
