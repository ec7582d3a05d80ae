"""One measurement in a process of its own: ``python -m gradwright.bench.speed.child``.

The parent writes a request as a line of JSON. The answer to it is a line, "ready" or an end; after "ready"
the parent's next line starts the clock, so that several processes run at the same time. Whatever libraries
print goes to stderr.
"""

from __future__ import annotations

import contextlib
import json
import math
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TextIO

from gradwright.bench.speed.agreement import disagreement, tolerance
from gradwright.bench.speed.limits import measure_limits
from gradwright.bench.speed.peers import PEERS, Runner
from gradwright.bench.speed.problem import Problem
from gradwright.bench.speed.workloads import Workload

FIRST_STEPS = 4  # enough to guess how long a step takes
SETTLED = 0.9  # of the time per step with fewer steps to a call


def main(requests: TextIO, answers: TextIO) -> None:
    """Answer one request."""
    request = json.loads(requests.readline())

    def answer(value: dict[str, Any]) -> None:
        print(json.dumps(value), file=answers, flush=True)

    def wait_for_start() -> None:
        answer({"status": "ready"})
        requests.readline()

    with contextlib.redirect_stdout(sys.stderr):
        if "peer" in request:
            answer(measure(request, wait_for_start))
        else:
            answer(asdict(measure_limits(request["threads"])))


def measure(request: dict[str, Any], wait_for_start: Callable[[], None]) -> dict[str, Any]:
    """Check that the peer agrees, warm it up, and time it."""
    peer, threads = PEERS[request["peer"]], request["threads"]
    values = request["workload"]
    workload = Workload(**values | {"widths": tuple(values["widths"])})
    problem = Problem.of(workload, request["models"])
    error = disagreement(peer, problem, threads)
    allowed = tolerance(peer, workload)
    if not error <= allowed:  # NaN too
        reason = f"off by {error:.1e} after 10 steps, where {allowed:.0e} is allowed"
        return {"status": "disagrees", "error": error if math.isfinite(error) else None, "reason": reason}
    runner = peer.runner(problem, threads)
    repeat = prepare_repeat(runner, problem, request["seconds"])
    wait_for_start()
    microseconds = [repeat() for _ in range(request["repeats"])]
    return {"status": "measured", "error": error, "microseconds": microseconds, "peak_mb": peak_memory()}


def prepare_repeat(runner: Runner, problem: Problem, seconds: float) -> Callable[[], float]:
    """Something that trains for about ``seconds`` and returns the microseconds per step of one model.

    Each number of steps is run once before it is timed: a compiler may have to see its shape. It grows
    until a step costs no less for being one of more: what a call costs is not what a step costs.
    """
    longest = problem.workload.steps_per_epoch
    steps, before = min(FIRST_STEPS, longest), math.inf
    while True:
        order = problem.order(steps)
        runner.train(order)
        start = time.perf_counter()
        taken = runner.train(order).steps
        elapsed = time.perf_counter() - start
        if taken == longest or (elapsed >= seconds / 2 and elapsed / taken > SETTLED * before):
            break
        before = elapsed / taken
        steps = min(longest, max(2 * steps, math.ceil(steps * seconds / elapsed)))
    rounds = max(1, round(seconds / elapsed))

    def repeat() -> float:
        start = time.perf_counter()
        for _ in range(rounds):
            runner.train(order)
        elapsed = time.perf_counter() - start
        return 1e6 * elapsed / (rounds * taken * len(problem.models))

    return repeat


def peak_memory() -> float | None:
    """The largest resident memory of this process so far in 10^6 bytes; None where nobody counts it."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


if __name__ == "__main__":
    main(sys.stdin, sys.stdout)
