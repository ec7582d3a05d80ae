"""What it costs to know how training goes: an epoch of ``fit`` with each ``measure_train``, side by side."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable

from gradwright.bench.speed.problem import Problem
from gradwright.bench.speed.workloads import Workload
from gradwright.data import Dataset
from gradwright.tables import Table
from gradwright.training import make_config
from gradwright.training.job import Job
from gradwright.training.measured_rows import TRAIN_ROWS

KINDS = ("running", TRAIN_ROWS, "epoch")
HEADING = 'Time of an epoch by measure_train, as a multiple of "running"'


def measuring_table(
    workloads: Iterable[Workload], repeats: int, clock: Callable[[], float] = time.perf_counter
) -> Table:
    """A row for each workload of one model: seconds of an epoch with "running", and the others as multiples.

    Each repeat has an epoch of every kind, one after the other, so that what else the machine does meets all;
    the medians are compared.
    """
    rows = []
    for workload in workloads:
        least, *others = (statistics.median(times) for times in _times(workload, repeats, clock))
        rows.append((workload.name, f"{least:.3g}", *(f"{other / least:.2f}" for other in others)))
    return Table(("workload", "running, s", f"{TRAIN_ROWS:,} rows", "epoch"), "lrrr", tuple(rows))


def _times(workload: Workload, repeats: int, clock: Callable[[], float]) -> list[list[float]]:
    """The seconds of each repeat's epoch, for each kind; a first epoch is not counted."""
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
            ),
            data,
        )
        for kind in KINDS
    ]
    places = [job.start() for job in jobs]
    times: list[list[float]] = [[] for _ in jobs]
    for repeat in range(1 + repeats):
        for i, job in enumerate(jobs):
            began = clock()
            places[i] = job.advance(places[i], lambda _steps, _objective: True)
            taken = clock() - began
            if repeat:
                times[i].append(taken)
    return times
