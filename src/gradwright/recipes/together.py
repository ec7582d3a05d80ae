"""Networks trained side by side, a thread each, until each is done, time is out, or Ctrl-C is pressed."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from gradwright.data import Dataset
from gradwright.nn.layer import Array
from gradwright.training import History, Run, RunConfig, train
from gradwright.training.interrupts import interrupts
from gradwright.training.job import Job

TIMED = 3  # epochs from which it is told how long one takes


def train_side_by_side(
    configs: Sequence[RunConfig], sets: Sequence[Dataset], *, threads: int, until: float = math.inf
) -> list[Run]:
    """The runs of these configs on their data, in order, each with the parameters that its config keeps.

    They depend on the seeds alone, not on the number of threads. At the time ``until`` (``time.monotonic``),
    or at Ctrl-C, a run ends with the status "stopped early" after the epoch that it is in, and those that
    have not begun are left out; the first is trained for an epoch in any case.

    Raises what ``train`` raises, of the first that failed.
    """
    failed = False
    each = max(1, threads // len(configs))  # threads that are left over share the steps of a network
    with interrupts() as interrupted, ThreadPoolExecutor(threads, "train") as pool:

        def is_over() -> bool:
            return failed or interrupted() or time.monotonic() >= until

        def look_up(history: History, theta: Array) -> bool:  # noqa: ARG001  as a Callback is called
            return history[-1].epoch > 0 and is_over()

        def carry_out(k: int) -> Run | None:
            nonlocal failed
            if k > 0 and is_over():
                return None
            try:
                return train(
                    configs[k],
                    sets[k],
                    callbacks=[look_up],
                    progress=False,
                    threads=each,
                    weigh_columns=False,  # once, of all networks together
                )
            except BaseException:
                failed = True
                raise

        futures = [pool.submit(carry_out, k) for k in range(len(configs))]
        return [run for future in futures if (run := future.result()) is not None]


def epochs_within(seconds: float, config: RunConfig, data: Dataset) -> int:
    """How many epochs of a run there is time for, at least 1: a few are made, on one thread, and timed.

    A schedule that knows its end does its best work there: a run is better planned short than broken off.
    """
    job = Job(config, data, threads=1)
    position, took = job.start(), math.inf
    for _ in range(TIMED):
        begun = time.perf_counter()
        position = job.advance(position, lambda *_: True)
        took = min(took, time.perf_counter() - begun)
    return max(1, math.floor(seconds / took) - TIMED)
