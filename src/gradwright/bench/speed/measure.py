"""Measuring from outside: each measurement in fresh processes, with pinned threads and cores."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from gradwright.bench.speed.cost import Limits
from gradwright.bench.speed.peers import Peer
from gradwright.bench.speed.record import Measurement
from gradwright.bench.speed.workloads import Workload
from gradwright.errors import RecordError

LONGEST = 600.0  # seconds for one measurement, after which it counts as failed
POOLS = ("OMP", "MKL", "OPENBLAS", "BLIS", "NUMEXPR", "VECLIB_MAXIMUM")


@dataclass(frozen=True)
class Effort:
    """How often a measurement is repeated, and how long each repeat takes in seconds."""

    repeats: int
    seconds: float


def cores() -> list[int]:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def measure(peer: Peer, workload: Workload, threads: int, effort: Effort) -> Measurement:
    """Time ``peer`` on ``workload``: in one process, or its models shared among ``threads`` of them."""

    def found(status: Any, **more: Any) -> Measurement:
        return Measurement(workload.name, peer.name, threads, status, **more)

    missing = peer.missing(workload)
    if missing is not None:
        return found("skipped", reason=missing)
    shared = peer.models == "one" and workload.models > 1
    count = min(threads, workload.models) if shared else 1
    requests = [
        {
            "peer": peer.name,
            "workload": asdict(workload),
            "models": list(range(workload.models))[k::count],
            "threads": 1 if shared else threads,
            **asdict(effort),
        }
        for k in range(count)
    ]
    places = [cores()[k : k + 1] for k in range(count)] if shared else [cores()[:threads]]
    answers = ask(requests, places)
    for answer in answers:
        if answer["status"] != "measured":
            return found(**answer)
    repeats = zip(*(answer["microseconds"] for answer in answers), strict=True)
    return found(
        "measured",
        # processes side by side add up their steps per second
        microseconds=tuple(1 / sum(1 / each for each in repeat) for repeat in repeats),
        error=max(answer["error"] for answer in answers),
        peak_mb=sum(answer["peak_mb"] or 0.0 for answer in answers) or None,
        processes=count,
    )


def measure_limits(threads: int) -> Limits:
    """The limits of this machine on ``threads`` cores.

    Raises ``RecordError`` where they could not be measured.
    """
    (answer,) = ask([{"threads": threads}], [cores()[:threads]])
    if "status" in answer:
        raise RecordError(f"the limits of the machine could not be measured: {answer['reason']}")
    return Limits(**answer)


def ask(requests: Sequence[dict[str, Any]], places: Sequence[list[int]]) -> list[dict[str, Any]]:
    """The answers of one process for each request, which start their clocks together."""
    with contextlib.ExitStack() as stack:
        children = [
            stack.enter_context(child(place, request["threads"]))
            for request, place in zip(requests, places, strict=True)
        ]
        for one, request in zip(children, requests, strict=True):
            one.write(request)
        answers = [one.read() for one in children]
        if all(answer.get("status") == "ready" for answer in answers):
            for one in children:
                one.write("start")
            answers = [one.read() for one in children]
    return answers


@dataclass(frozen=True, eq=False)
class Child:
    """A measuring process and the file that its stderr goes to."""

    process: subprocess.Popen[str]
    errors: Any

    def write(self, value: Any) -> None:
        """Send a line; a process that has ended is noticed when its answer is read."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            print(json.dumps(value), file=self.process.stdin, flush=True)

    def read(self) -> dict[str, Any]:
        """Its next answer, or why there is none."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if line:
            answer: dict[str, Any] = json.loads(line)
            return answer
        code = self.process.wait()
        self.errors.seek(0)
        lines = self.errors.read().strip().splitlines() or [f"its process ended with code {code}"]
        return {"status": "failed", "reason": lines[-1][:200]}


@contextlib.contextmanager
def child(place: list[int], threads: int) -> Iterator[Child]:
    """A process on the cores ``place``; it does not outlive the block, nor ``LONGEST``, nor hear Ctrl-C."""
    with tempfile.TemporaryFile("w+", errors="replace") as errors:
        with on_cores(place):
            process = subprocess.Popen(
                [sys.executable, "-m", "gradwright.bench.speed.child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env=os.environ | pinned(threads),
                start_new_session=True,
            )
        limit = threading.Timer(LONGEST, process.kill)
        limit.start()
        try:
            yield Child(process, errors)
        finally:
            limit.cancel()
            process.kill()
            process.communicate()


@contextlib.contextmanager
def on_cores(place: list[int]) -> Iterator[None]:
    """Within the block, processes that are started stay on the cores ``place``, where a system can say so.

    They inherit it, so that it holds before their libraries count the cores.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, place)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def pinned(threads: int) -> dict[str, str]:
    """The environment in which every library keeps to ``threads`` threads."""
    flags = f"--xla_cpu_multi_thread_eigen={str(threads > 1).lower()}"
    pools = {f"{pool}_NUM_THREADS": str(threads) for pool in POOLS}
    return {**pools, "XLA_FLAGS": flags, "JAX_PLATFORMS": "cpu"}
