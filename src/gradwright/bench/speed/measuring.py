"""What ``fit`` costs beside its steps: an epoch of each ``measure_train`` and the bare steps, in turn."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from gradwright.bench.speed.problem import Problem
from gradwright.bench.speed.workloads import Workload
from gradwright.data import Dataset
from gradwright.engine import always
from gradwright.nn import mlp
from gradwright.tables import Table
from gradwright.training import fit, make_config
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
    """The milliseconds of ``fit`` on 150 rows for 256 epochs, where what is done once may weigh most."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((SMALL_ROWS, SMALL_WIDTHS[0]), np.float32)
    y = rng.integers(SMALL_WIDTHS[-1], size=SMALL_ROWS)
    network = mlp(*SMALL_WIDTHS)

    def whole() -> None:
        fit(network, (x, y), epochs=SMALL_EPOCHS, progress=False)

    (seconds,) = _medians([whole], repeats, clock)
    name = f"{SMALL_ROWS} rows, {SMALL_EPOCHS} epochs, {'-'.join(map(str, SMALL_WIDTHS))}"
    return Table(("", "ms"), "lr", ((name, f"{1e3 * seconds:.3g}"),))


def _medians(works: Sequence[Callable[[], None]], repeats: int, clock: Clock) -> list[float]:
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
