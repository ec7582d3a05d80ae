"""Many runs side by side, a thread each: seeds, folds, settings to compare."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from gradwright.data import Dataset
from gradwright.engine import variants
from gradwright.errors import ConfigError, DivergenceError
from gradwright.fields import Count, require
from gradwright.nn.layer import Array
from gradwright.training.agreement import settle
from gradwright.training.config import RunConfig
from gradwright.training.epochs import epochs
from gradwright.training.history import EpochRecord, History, nan_or
from gradwright.training.interrupts import interrupts
from gradwright.training.job import Job, Position
from gradwright.training.run import Run
from gradwright.training.train import ended, run_of


def train_many(
    configs: Sequence[RunConfig],
    data: Dataset | Sequence[Dataset],
    *,
    threads: int | None = None,
    time_limit: float = math.inf,
) -> list[Run]:
    """Train a network by each config, many at a time, and return their runs in order.

    Args:
        configs: the settings of each run.
        data: the data set of all, or one for each config.
        threads: how many runs are trained at a time, each on one thread; by default as many as there are
            cores. Where there are fewer runs, they share the threads. The results do not depend on it.
        time_limit: seconds. When they are over, or at Ctrl-C, a run ends with the status "stopped early"
            after the epoch that it is in, and those that have not begun are left out; the first is trained
            for an epoch in any case.

    A run that diverges has that status, and the others go on: its parameters and metrics are those of its
    last whole epoch, its ``message`` says where it broke.

    Raises ``ConfigError`` for more or fewer data sets than configs, and else what ``train`` raises, of the
    first run that failed.

    >>> import gradwright as gw
    >>> configs = [gw.RunConfig(network=gw.mlp(2, 8, 2), epochs=2, seed=seed) for seed in range(3)]
    >>> runs = gw.train_many(configs, gw.data.load("swiss-roll"))
    >>> [run.config.seed for run in runs], {run.status for run in runs}
    ([0, 1, 2], {'finished'})
    """
    threads = variants.threads() if threads is None else require("threads", threads, Count)
    if not isinstance(data, Dataset) and len(data) != len(configs):
        raise ConfigError(f"data: expected one for each of {len(configs)} configs, found {len(data)}")
    if not configs:
        return []
    until, failed = time.monotonic() + time_limit, False
    each = max(1, threads // len(configs))  # threads that are left over share the steps of a network
    with interrupts() as interrupted, ThreadPoolExecutor(threads, "train") as pool:

        def is_over() -> bool:
            return failed or interrupted() or time.monotonic() >= until

        def carry_out(k: int) -> Run | None:
            nonlocal failed
            if k > 0 and is_over():
                return None
            rows = data if isinstance(data, Dataset) else data[k]
            try:
                return _run(Job(settle(configs[k], rows), rows, threads=each), is_over)
            except BaseException:
                failed = True
                raise

        futures = [pool.submit(carry_out, k) for k in range(len(configs))]
        return [run for future in futures if (run := future.result()) is not None]


def _run(job: Job, is_over: Callable[[], bool]) -> Run:
    """The run of a job, which ends early where it ``is_over``."""

    def look_up(history: History, theta: Array) -> bool:  # noqa: ARG001  as a Callback is called
        return history[-1].epoch > 0 and is_over()

    state = job.initial_state
    broken = History((EpochRecord(0, 0, {"loss": math.nan}),))  # which stands where nothing could be measured
    position = Position(state, state.learned, broken)
    try:
        for position in epochs(job, callbacks=[look_up]):  # noqa: B007  the last one is what counts
            pass
        theta = job.kept(position)
        return run_of(job, position, theta, job.measure(theta, position.state))
    except DivergenceError as error:
        last = position.history[-1]
        metrics = {"train": last.train or {"loss": nan_or(last.running)}}
        if last.validation:
            metrics["validation"] = last.validation
        there = replace(position, status="diverged")
        return replace(ended(job, there, position.state.learned, metrics), message=str(error))
