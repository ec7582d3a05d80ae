"""Runs handed on to the trackers of others: TensorBoard and MLflow, each by its own library.

Everything goes to a local folder; MLflow's goes elsewhere only where the caller gives an address.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeAlias

from gradwright.errors import ConfigError, RecordError
from gradwright.studies.store import STUDY, Study
from gradwright.training.load_run import read_run
from gradwright.training.record import RunRecord, flat
from gradwright.writing import in_use, make_folder

Tracker: TypeAlias = Literal["tensorboard", "mlflow"]
DATABASE = "mlflow.db"
EPOCH = "epoch"
AT_ONCE = 500  # metrics in one call; MLflow takes up to a thousand
LONGEST = 500  # characters of a setting; MLflow takes up to 6,000, older servers 500


def export(source: Path | str, to: Tracker, out: Path | str, uri: str | None = None) -> int:
    """Hand the run or the runs of the study in the folder ``source`` on; returns how many.

    ``tensorboard`` writes a folder of events for each run below ``out``; ``mlflow`` an experiment, named
    after the source, into ``out``/mlflow.db (SQLite), or to the tracking server at ``uri``. Test metrics are
    not told: the set is sealed.

    Raises ``ConfigError`` for another tracker, or one that is not installed, ``RecordError`` where ``source``
    is neither a run nor a study, or ``out`` holds something.
    """
    writers = {"tensorboard": _to_tensorboard, "mlflow": _to_mlflow}
    if to not in writers:
        raise ConfigError(f"to: expected one of {', '.join(writers)}, found {to!r}")
    if uri is not None and to != "mlflow":
        raise ConfigError(f"uri: only MLflow has a server to write to, found {to!r}")
    source, out = Path(source), Path(out)
    if in_use(out):
        raise RecordError(f"{out}: expected a new folder for what is exported, found one that is in use")
    runs = records_of(source)
    writers[to](runs, source.resolve().name, out, uri)
    return len(runs)


def records_of(source: Path) -> dict[str, RunRecord]:
    """The records in a run's or a study's folder, by the names under which they are handed on."""
    if (source / STUDY).is_file():
        return {record.id: record for record in Study.open(source).records()}
    run = read_run(source)
    return {run.config.name: run.record()}


def _to_tensorboard(runs: Mapping[str, RunRecord], _name: str, out: Path, _uri: str | None) -> None:
    try:
        from tensorboard.summary import Writer
    except ImportError:
        raise ConfigError('to: TensorBoard is not installed; pip install "gradwright[tensorboard]"') from None
    for name, run in runs.items():
        make_folder(out / name)
        writer = Writer(str(out / name))
        for epoch, values in _by_epoch(run):
            for curve, value in values.items():
                writer.add_scalar(curve, value, epoch)
        writer.close()


def _to_mlflow(runs: Mapping[str, RunRecord], name: str, out: Path, uri: str | None) -> None:
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # it would report its use over the network
    try:
        from mlflow.entities import Metric, Param, RunTag
        from mlflow.tracking import MlflowClient
    except ImportError:
        raise ConfigError('to: MLflow is not installed; pip install "gradwright[mlflow]"') from None
    files = None if uri else out.resolve().as_uri()  # a server knows where it keeps files
    if uri is None:
        make_folder(out)
        uri = f"sqlite:///{(out / DATABASE).resolve()}"
    client = MlflowClient(tracking_uri=uri)
    known = client.get_experiment_by_name(name)
    experiment = known.experiment_id if known else client.create_experiment(name, files)
    for title, run in runs.items():
        made = client.create_run(experiment, run_name=title).info.run_id
        settings = flat({**run.config, "seed": run.seed})
        params = [Param(key, str(value)[:LONGEST]) for key, value in settings.items()]
        client.log_batch(made, params=params, tags=[RunTag("gradwright.status", run.status)])
        last = max((epoch for epoch, _ in _by_epoch(run)), default=0)
        metrics = [
            Metric(key, value, 0, epoch) for epoch, values in _by_epoch(run) for key, value in values.items()
        ]
        metrics += [Metric(f"kept.{key}", value, 0, last) for key, value in _numbers(run.metrics).items()]
        for start in range(0, len(metrics), AT_ONCE):
            client.log_batch(made, metrics=metrics[start : start + AT_ONCE])
        client.set_terminated(made, "FAILED" if run.status in ("diverged", "failed") else "FINISHED")


def _by_epoch(run: RunRecord) -> list[tuple[int, dict[str, float]]]:
    """For each epoch the curves that have a number there."""
    curves = {name: column for name, column in run.history.items() if name != EPOCH}
    epochs = range(max(map(len, curves.values()), default=0))
    return [
        (
            epoch,
            {
                name: float(column[epoch])
                for name, column in curves.items()
                if epoch < len(column) and column[epoch] is not None and math.isfinite(column[epoch])
            },
        )
        for epoch in epochs
    ]


def _numbers(metrics: Mapping[str, Any]) -> dict[str, float]:
    """Single numbers among metrics, such as ``validation.loss``."""
    return {
        name: float(value)
        for name, value in flat(metrics).items()
        if isinstance(value, int | float) and math.isfinite(value)
    }
