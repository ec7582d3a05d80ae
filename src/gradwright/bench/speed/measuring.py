"""What ``fit`` costs beside its steps: an epoch of each ``measure_train`` and the bare steps, in turn."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from gradwright.bench.speed.problem import Problem
from gradwright.bench.speed.workloads import Workload
from gradwright.data import Dataset, as_dataset
from gradwright.engine import Rows, always
from gradwright.engine.variants import threads
from gradwright.nn import mlp
from gradwright.tables import Table
from gradwright.training import RunConfig, make_config, train_many
from gradwright.training.agreement import settle
from gradwright.training.job import Job
from gradwright.training.measured_rows import TRAIN_ROWS

Clock = Callable[[], float]
Work = Callable[[], int]  # what is timed, and returns how many of its kind it did
KINDS = ("running", TRAIN_ROWS, "epoch")  # the second is what fit does unasked
ENDLESS = 10**6  # epochs
HEADING = "Time of an epoch of fit by measure_train, as a multiple of its bare steps"
SMALL_HEADING = "A whole fit of few rows"
SMALL_ROWS, SMALL_WIDTHS, SMALL_EPOCHS = 150, (13, 64, 64, 3), 256
MANY = 64  # of such fits


def measuring_table(workloads: Iterable[Workload], repeats: int, clock: Clock = time.perf_counter) -> Table:
    """A row for each workload of one model: seconds of an epoch's bare steps, and epochs of fit as multiples.

    Each repeat has epochs of every kind, one after the other, so that what else the machine does meets all;
    the medians are compared.
    """
    rows = []
    for workload in workloads:
        least, *others = _medians(_epochs(workload), repeats, clock)
        rows.append((workload.name, f"{least:.3g}", *(f"{other / least:.2f}" for other in others)))
    titles = ("workload", "steps, s", "running", f"{TRAIN_ROWS:,} rows", "epoch")
    return Table(titles, "lrrrr", tuple(rows))


def small_fit_table(repeats: int, clock: Clock = time.perf_counter) -> Table:
    """The milliseconds of a fit of 150 rows for 256 epochs, where what is done once may weigh most.

    Its bare steps are all that the engine does without measuring; of the many that are trained side by side
    each has its share of the time, and the bare steps are done by as many threads too.
    """
    rng = np.random.default_rng(0)
    x = rng.standard_normal((SMALL_ROWS, SMALL_WIDTHS[0]), np.float32)
    data = as_dataset((x, rng.integers(SMALL_WIDTHS[-1], size=SMALL_ROWS)))
    configs = [make_config(network=mlp(*SMALL_WIDTHS), epochs=SMALL_EPOCHS, seed=k) for k in range(MANY)]
    jobs = [Job(settle(config, data), data, threads=1) for config in configs]
    rows = Rows(data.train, data.features)

    def bare(some: Sequence[Job]) -> int:
        with ThreadPoolExecutor(threads()) as pool:
            return sum(pool.map(steps, some))

    def steps(job: Job) -> int:
        list(job.engine.train_epochs(job.task, job.initial_state, rows, always, SMALL_EPOCHS))
        return 1

    def fitted(some: Sequence[RunConfig]) -> int:
        return len(train_many(some, data, threads=min(threads(), len(some))))

    works = (
        partial(bare, jobs[:1]),
        partial(fitted, configs[:1]),
        partial(bare, jobs),
        partial(fitted, configs),
    )
    each = f"one of {MANY} on {threads()} threads"
    names = ("bare steps", "train", f"bare steps, {each}", f"train_many, {each}")
    lines = zip(names, _medians(works, repeats, clock), strict=True)
    title = f"{SMALL_ROWS} rows, {SMALL_EPOCHS} epochs, {'-'.join(map(str, SMALL_WIDTHS))}"
    return Table((title, "ms"), "lr", tuple((name, f"{1e3 * seconds:.3g}") for name, seconds in lines))


def _medians(works: Sequence[Work], repeats: int, clock: Clock) -> list[float]:
    """The median seconds of one of what each does, done in turn; a first round is not counted."""
    times: list[list[float]] = [[] for _ in works]
    for turn in range((1 + repeats) * len(works)):
        began = clock()
        count = works[turn % len(works)]()
        times[turn % len(works)].append((clock() - began) / count)
    return [statistics.median(each[1:]) for each in times]


def _epochs(workload: Workload) -> list[Work]:
    """What goes on by some epochs: the engine alone, and ``fit`` with each kind of measuring."""
    problem = Problem.of(workload)
    (task,) = problem.tasks()
    data = Dataset(workload.name, workload.title, problem.rows.split)
    jobs = [
        Job(
            make_config(
                network=task.objective.network,
                loss=task.objective.loss,
                penalty=task.objective.penalty,
                learning_rate=workload.learning_rate,
                batch_size=workload.batch_size,
                measure_train=kind,
                epochs=ENDLESS,
            ),
            data,
        )
        for kind in KINDS
    ]
    return [_bare(jobs[0], problem), *map(_fitting, jobs)]


def _bare(job: Job, problem: Problem) -> Work:
    """The steps of an epoch and nothing else, by the engine of ``job``."""
    state = job.initial_state

    def epoch() -> int:
        nonlocal state
        state = job.engine.train_epoch(job.task, state, problem.rows).state
        return 1

    return epoch


def _fitting(job: Job) -> Work:
    """The epochs that ``fit`` makes in one call, with what it measures behind each."""
    position = job.start()

    def some_epochs() -> int:
        nonlocal position
        made = [*job.advance(position, always)]
        position = made[-1]
        return len(made)

    return some_epochs
