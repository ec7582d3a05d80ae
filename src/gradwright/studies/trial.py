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
from gradwright.engine import Metrics
from gradwright.errors import DivergenceError
from gradwright.studies.pruning import Bar
from gradwright.studies.space import Point
from gradwright.training.agreement import settle
from gradwright.training.config import RunConfig, make_config, plain_config
from gradwright.training.data_config import DataConfig
from gradwright.training.environment import describe_machine, versions_of
from gradwright.training.epochs import epochs
from gradwright.training.history import History
from gradwright.training.job import Job
from gradwright.training.load_data import load_data
from gradwright.training.record import RunRecord, Status

Stopped = Callable[[], bool]  # asked between steps; True ends the work without a record
NO_NETWORK = {"kind": "mlp", "widths": [1, 1]}  # what a config needs to have, and its data does not


@dataclass(frozen=True, eq=False)
class Trial:
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


def carry_out(trial: Trial, stopped: Stopped = lambda: False) -> RunRecord | None:
    """The record of one run, on one thread; None where ``stopped`` ended it before its time.

    A run that diverges or breaks has a record too, which says why.
    """
    began = time.perf_counter()
    config, bar = trial.config, trial.bar
    history, metrics, versions = History(), dict[str, Metrics](), dict[str, str]()
    status: Status = "finished"
    message = None
    try:
        data = trial.data or shared_data(config.data, trial.data_dir)
        job = Job(settle(config, data), data, threads=1)  # the others have the rest of the machine
        versions = versions_of({**_machine(), "engine": f"{job.engine.name}: {job.engine.reason}"})
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
        id=trial.id,
        point=trial.point,
        seed=config.seed,
        status=status,
        config=plain_config(config),
        metrics=metrics,
        history=history.curves(),
        seconds=time.perf_counter() - began,
        steps=history[-1].step if len(history) else 0,
        message=message,
        versions=versions,
        data=trial.checksum,
        budget=config.epochs,
    )


def shared_data(config: DataConfig | None, data_dir: Path | None) -> Dataset:
    """The data set of a config, loaded once in each process."""
    with _LOADING:  # one thread loads, the others wait for it
        return _load("" if config is None else config.model_dump_json(), data_dir)


_LOADING = threading.Lock()


@lru_cache(maxsize=4)
def _load(config: str, data_dir: Path | None) -> Dataset:
    data = DataConfig.model_validate_json(config) if config else None
    return load_data(make_config(network=NO_NETWORK, data=data), data_dir)


@lru_cache(maxsize=1)
def _machine() -> dict[str, Any]:
    """What is the same for all runs of a process, and takes longer to find out than a small run."""
    return describe_machine()
