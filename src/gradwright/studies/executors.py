"""Where the runs of a study are carried out: threads here, processes here, anybody's executor.

The compiled engine releases the interpreter, so threads train models side by side without copying the data.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from gradwright.engine.variants import threads
from gradwright.fields import Count, require
from gradwright.pools import end, enter, without_interrupts
from gradwright.studies.trial import Trial, carry_out
from gradwright.training.record import RunRecord

ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "GRADWRIGHT_THREADS"), "1"
)
WAITING = 2  # runs handed out for each worker, so that none waits for the driver


@dataclass(frozen=True, eq=False)
class Workers:
    """Who carries out trials. ``slots`` is how many are handed out at a time.

    ``replaced`` makes new workers in place of ones that died, where that can be done. ``present`` counts
    those that are there right now, where they come and go; it then decides in place of ``slots``.
    """

    submit: Callable[[Trial], Future[RunRecord | None]]
    slots: int
    replaced: Callable[[], None] | None = None
    present: Callable[[], int] | None = None

    def room(self) -> int:
        """How many trials to have handed out."""
        return self.slots if self.present is None else WAITING * max(1, self.present())


@contextlib.contextmanager
def workers_of(executor: Executor) -> Iterator[Workers]:
    """Any executor of ``concurrent.futures``; it stays open, since its owner closes it."""
    slots = WAITING * (os.cpu_count() or 1)
    yield Workers(lambda trial: executor.submit(carry_out, trial), slots)


@contextlib.contextmanager
def local() -> Iterator[Workers]:
    """Threads of this process, as many as ``GRADWRIGHT_THREADS`` or the free cores."""
    stopped = threading.Event()
    with ThreadPoolExecutor(threads(), "run") as pool:
        try:
            yield Workers(lambda trial: pool.submit(carry_out, trial, stopped.is_set), WAITING * threads())
        finally:
            stopped.set()


@contextlib.contextmanager
def processes(count: int) -> Iterator[Workers]:
    """``count`` processes with one thread each; one that dies is replaced.

    Raises ``ConfigError`` for fewer than one.
    """
    require("--workers", count, Count)
    context = multiprocessing.get_context("spawn")
    stopped = context.RawValue("b", False)  # an Event has a lock, which a worker that is killed may hold
    pools: list[ProcessPoolExecutor] = []

    def replace() -> None:
        for pool in pools:
            pool.shutdown(wait=False, cancel_futures=True)
        pools[:] = [ProcessPoolExecutor(count, context, _enter, (stopped,))]

    def submit(trial: Trial) -> Future[RunRecord | None]:
        with without_interrupts():  # a worker may be started by this
            return pools[0].submit(_carry_out_here, trial)

    with _environment(ONE_THREAD):  # read by BLAS when NumPy is loaded, so before a process starts
        replace()
        try:
            yield Workers(submit, WAITING * count, replace)
        finally:
            stopped.value = True
            end(pools[0])


def gone(error: BaseException) -> str:
    """What to say where all workers are lost."""
    why = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return (
        f"the workers went away: {why}; what is finished is on record, and the same sweep goes on from there"
    )


_stopped: Any = None  # in a worker process: true when its driver wants it to end


def _enter(stopped: Any) -> None:
    """What a worker process does first."""
    global _stopped
    _stopped = stopped
    enter()


def _carry_out_here(trial: Trial) -> RunRecord | None:
    return carry_out(trial, lambda: _stopped is not None and bool(_stopped.value))


@contextlib.contextmanager
def _environment(values: dict[str, Any]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
