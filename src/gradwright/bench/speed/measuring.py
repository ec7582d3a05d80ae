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
from gradwright.training import make_config, train, train_many
from gradwright.training.agreement import settle
from gradwright.training.epochs import epochs
from gradwright.training.job import Job
from gradwright.training.measured_rows import TRAIN_ROWS

Clock = Callable[[], float]
KINDS = ("running", TRAIN_ROWS, "epoch")  # the second is what fit does unasked
ROWS_TOGETHER = 10_000
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
        times = _medians(_epochs(workload), repeats, clock)
        least, *others = (seconds / _together(workload) for seconds in times)
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

    def bare(job: Job) -> None:
        list(job.engine.train_epochs(job.task, job.initial_state, rows, always, SMALL_EPOCHS))

    def bare_many() -> None:
        with ThreadPoolExecutor(threads()) as pool:
            list(pool.map(bare, jobs))

    works = (
        partial(bare, jobs[0]),
        partial(train, configs[0], data, progress=False),
        bare_many,
        partial(train_many, configs, data),
    )
    one, alone, many, side_by_side = _medians(works, repeats, clock)
    each = f"one of {MANY} on {threads()} threads"
    lines = (
        ("its bare steps", one),
        ("fit", alone),
        (f"bare steps, {each}", many / MANY),
        (f"train_many, {each}", side_by_side / MANY),
    )
    title = f"{SMALL_ROWS} rows, {SMALL_EPOCHS} epochs, {'-'.join(map(str, SMALL_WIDTHS))}"
    return Table((title, "ms"), "lr", tuple((name, f"{1e3 * seconds:.3g}") for name, seconds in lines))


def _medians(works: Sequence[Callable[[], object]], repeats: int, clock: Clock) -> list[float]:
    """The median seconds of each, done in turn; a first round is not counted."""
    times: list[list[float]] = [[] for _ in works]
    for turn in range((1 + repeats) * len(works)):
        began = clock()
        works[turn % len(works)]()
        times[turn % len(works)].append(clock() - began)
    return [statistics.median(each[1:]) for each in times]


def _epochs(workload: Workload) -> list[Callable[[], None]]:
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
    count = _together(workload)
    return [_bare(jobs[0], problem, count), *(_fitting(job, count) for job in jobs)]


def _together(workload: Workload) -> int:
    """How many epochs are timed as one: of few rows ``fit`` makes several in one call."""
    return max(1, ROWS_TOGETHER // workload.rows)


def _bare(job: Job, problem: Problem, count: int) -> Callable[[], None]:
    """The steps of ``count`` epochs and nothing else, by the engine of ``job``."""
    state = job.initial_state

    def some_epochs() -> None:
        nonlocal state
        *_, last = job.engine.train_epochs(job.task, state, problem.rows, always, count)
        state = last.state

    return some_epochs


def _fitting(job: Job, count: int) -> Callable[[], None]:
    """``count`` epochs as ``fit`` makes them, with what it measures behind each."""
    positions = epochs(job)
    next(positions)

    def some_epochs() -> None:
        for _ in range(count):
            next(positions)

    return some_epochs
