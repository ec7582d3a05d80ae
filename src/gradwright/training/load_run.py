"""Reading the run in a folder, checked against its own config."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gradwright.data import Affine
from gradwright.errors import ConfigError, RecordError, ShapeError
from gradwright.nn.layer import Array
from gradwright.training.checkpoint import load_checkpoint, read_tensors
from gradwright.training.config import RunConfig, read_config
from gradwright.training.folder import (
    CHECKPOINT,
    CONFIG,
    DATA,
    HISTORY,
    PARAMETERS,
    RESULT,
    SAMPLE,
    RunFolder,
)
from gradwright.training.history import nan_or
from gradwright.training.outcome import read_outcome
from gradwright.training.run import Run


def load_run(folder: Path | str, *, layers: Sequence[type] = ()) -> Run:
    """The run in a folder, checked against its own config.

    Args:
        folder: where ``fit``, ``train`` or ``Run.save`` wrote it.
        layers: the classes of one's own that the run used, as layers, loss or penalty: a file names them, and
            nothing is imported because a file names it.

    Raises ``RecordError`` that names the file which is missing, damaged, or does not fit the others, or
    tells that the run did not end, or broke.

    >>> import tempfile
    >>> import gradwright as gw
    >>> run = gw.fit(gw.mlp(2, 8, 2), gw.data.load("swiss-roll"), epochs=1, progress=False)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     run.save(f"{folder}/first")
    ...     gw.load_run(f"{folder}/first").metrics == run.metrics
    True
    """
    run = read_run(folder, layers=layers)
    if run.status == "diverged":
        raise RecordError(f"{folder}: the run broke: {run.message}")
    return run


def read_run(folder: Path | str, *, layers: Sequence[type] = ()) -> Run:
    """The run in a folder, also one that diverged, so that one can look at how it went.

    What diverged stands where its last whole epoch left it: its parameters and metrics are of that moment.

    Raises ``RecordError`` as ``load_run`` does, but for a run that broke after it was measured once.
    """
    folder = Path(folder)
    record = RunFolder(folder)
    if not (folder / CONFIG).exists():
        raise RecordError(f"{folder}: expected the folder of a run, found no {CONFIG} in it")
    if not (folder / RESULT).exists():
        raise RecordError(f"{folder}: expected a run that has ended, found one without {RESULT}; resume it")
    result, broken = record.result(), ""
    if result["status"] == "diverged":
        broken = result["message"]
        if not (folder / CHECKPOINT).exists():
            raise RecordError(f"{folder}: the run broke before its first step: {broken}")
    try:
        config = read_config(folder / CONFIG, own=layers)
        theta, features = _kept(folder, config) if not broken else _reached(folder)
    except (ConfigError, ShapeError, KeyError) as error:
        raise RecordError(f"{folder}: expected parameters that fit {CONFIG}, found: {error}") from None
    sample = None
    if (folder / SAMPLE).exists() and not broken:
        rows, _ = read_tensors(folder / SAMPLE)
        sample = rows["x"], rows["y"]
    history, data = record.history(), record.data()
    if not len(history):
        raise RecordError(f"{folder / HISTORY}: expected at least one epoch, found none")
    for key in ("name", "source", "in_features", "classes", "bayes_accuracy", "checksum", "splits"):
        if key not in data:
            raise RecordError(f"{folder / DATA}: expected the summary of a data set, found no {key!r} in it")
    last = history[-1]
    reached = last.train or {"loss": nan_or(last.running)}  # the next best, where no row was measured
    measured = {"train": reached} | ({"validation": last.validation} if last.validation else {})
    return Run(
        config=config,
        history=history,
        theta=theta,
        features=features,
        metrics=measured if broken else result["metrics"],
        status=result["status"],
        data=data,
        environment=record.environment(),
        sample=sample,
        outcome=read_outcome(folder),
        message=broken,
        openings=record.openings(),
        constant=result.get("constant", {}),
    )


def _kept(folder: Path, config: RunConfig) -> tuple[Array, Affine]:
    """The parameters that a run ended with, and how its features are scaled."""
    arrays, _ = read_tensors(folder / PARAMETERS)
    features = Affine(_scalar(arrays.pop("features.shift")), _scalar(arrays.pop("features.scale")))
    return config.objective.layout.from_named(arrays, config.dtype), features


def _reached(folder: Path) -> tuple[Array, Affine]:
    """The parameters of the last whole epoch; a checkpoint knows of no scaling, for it is given the data."""
    return load_checkpoint(folder / CHECKPOINT).state.theta, Affine()


def _scalar(values: Array) -> Any:
    """One number where one was stored for all columns."""
    return values.item() if values.size == 1 else values
