"""One run of a study as a piece of work: sent to whoever is free, and answered by a record."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from gradwright.data import Dataset
from gradwright.engine import Engine, Metrics
from gradwright.errors import DivergenceError
from gradwright.studies.pruning import Bar
from gradwright.studies.record import RunRecord, RunStatus
from gradwright.studies.space import Point
from gradwright.training.agreement import settle
from gradwright.training.config import DataConfig, RunConfig, make_config
from gradwright.training.data import load_data
from gradwright.training.environment import describe_machine
from gradwright.training.epochs import epochs
from gradwright.training.history import History
from gradwright.training.job import Job

Stopped = Callable[[], bool]  # asked between steps; True ends the work without a record
COUNTERS = ("epoch", "step", "running", "learning_rate")
NO_NETWORK = {"kind": "mlp", "widths": [1, 1]}  # what a config needs to have, and its data does not
VERSIONS = ("gradwright", "python", "numpy", "system")  # beside the engine


@dataclass(frozen=True, eq=False)
class Assignment:
    """All that decides one run: its config, and the bar below which it is pruned.

    ``data`` is the data set itself where the arrays were handed over in Python; else the config names it.
    """

    id: str
    point: Point
    config: RunConfig
    checksum: str
    bar: Bar | None = None
    data: Dataset | None = None
    data_dir: Path | None = None


def carry_out(assignment: Assignment, stopped: Stopped = lambda: False) -> RunRecord | None:
    """The record of one run, on one thread; None where ``stopped`` ended it before its time.

    A run that diverges or breaks has a record too, which says why.
    """
    began = time.perf_counter()
    config, bar = assignment.config, assignment.bar
    history, metrics, versions = History(), dict[str, Metrics](), dict[str, str]()
    status: RunStatus = "finished"
    message = None
    try:
        data = assignment.data or shared_data(config.data, assignment.data_dir)
        job = Job(settle(config, data), data, threads=1)  # the others have the rest of the machine
        versions = _versions(job.engine)
        for position in epochs(job, interrupted=stopped):
            history = position.history
            if position.status is None and bar is not None and bar.behind(history):
                status = "pruned"
                message = f"behind the median of earlier runs after epoch {len(history) - 1}"
                break
        if position.status == "interrupted":
            return None
        metrics = job.measure(job.kept(position), position.state)
    except DivergenceError as error:
        status, message = "diverged", str(error)
    except Exception as error:  # whatever it was, the other runs go on
        status, message = "failed", f"{type(error).__name__}: {error}"
    return RunRecord(
        id=assignment.id,
        point=assignment.point,
        seed=config.seed,
        status=status,
        config=plain_config(config),
        metrics=metrics,
        history=columns(history),
        seconds=time.perf_counter() - began,
        steps=history[-1].step if len(history) else 0,
        message=message,
        versions=versions,
        data=assignment.checksum,
        budget=config.epochs,
    )


def columns(history: History) -> dict[str, list[float]]:
    """A history as a column for each curve; times are left out, since equal runs make equal columns."""
    names = [f"{split}.{key}" for split in ("train", "validation") for key in _keys(history, split)]
    table = {name: history.curve(name) for name in names}
    for name in COUNTERS:
        values = [getattr(record, name) for record in history.epochs]
        table[name] = [float("nan") if value is None else value for value in values]
    return table


def plain_config(config: RunConfig) -> dict[str, Any]:
    """A config as plain data, with nothing left to a default."""
    return config.model_dump(exclude_none=True)


def shared_data(config: DataConfig | None, data_dir: Path | None) -> Dataset:
    """The data set of a config, loaded once in each process."""
    with _LOADING:  # one thread loads, the others wait for it
        return _load("" if config is None else config.model_dump_json(), data_dir)


_LOADING = threading.Lock()


@lru_cache(maxsize=4)
def _load(config: str, data_dir: Path | None) -> Dataset:
    data = DataConfig.model_validate_json(config) if config else None
    return load_data(make_config(network=NO_NETWORK, data=data), data_dir)


def _versions(engine: Engine) -> dict[str, str]:
    return {**_machine(), "engine": f"{engine.name}: {engine.reason}"}


@lru_cache(maxsize=1)
def _machine() -> dict[str, str]:
    """What is the same for all runs of a process, and takes longer to find out than a small run."""
    found = describe_machine()
    return {name: str(found[name]) for name in VERSIONS}


def _keys(history: History, split: str) -> list[str]:
    measured = getattr(history[0], split) if len(history) else None
    return list(measured or {})
