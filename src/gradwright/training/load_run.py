"""Reading the run in a folder, checked against its own config."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from gradwright.data import Affine
from gradwright.data.table import TableEncoding
from gradwright.engine import Metrics
from gradwright.errors import ConfigError, RecordError, ShapeError
from gradwright.nn.layer import Array
from gradwright.strict import made_of
from gradwright.training.checkpoint import load_checkpoint, read_tensors
from gradwright.training.config import RunConfig, read_config
from gradwright.training.folder import (
    CHECKPOINT,
    CONFIG,
    DATA,
    ENVIRONMENT,
    HISTORY,
    PARAMETERS,
    RESULT,
    SAMPLE,
    RunFolder,
)
from gradwright.training.history import nan_or
from gradwright.training.importance import read_importance
from gradwright.training.outcome import read_outcome
from gradwright.training.record import Status
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
        inner = sorted(path.parent.name for path in folder.glob(f"*/{CONFIG}"))
        hint = f"; {inner[0]} in it is one" if inner else ""
        raise RecordError(f"{folder}: expected the folder of a run, found no {CONFIG} in it{hint}")
    if not (folder / RESULT).exists():
        raise RecordError(f"{folder}: expected a run that has ended, found one without {RESULT}; resume it")
    result = made_of(_Result, record.result(), str(folder / RESULT), "how a run ended")
    broken = (result.message or "how is not on record") if result.status == "diverged" else ""
    if result.status == "diverged":
        if not (folder / CHECKPOINT).exists():
            raise RecordError(f"{folder}: the run broke before its first step: {broken}")
    elif "train" not in result.metrics:
        raise RecordError(f"{folder / RESULT}: expected the metrics of a run that has ended, found none")
    try:
        config = read_config(folder / CONFIG, own=layers, links=False)
        theta, features = _kept(folder, config) if not broken else _reached(folder)
    except (ConfigError, ShapeError, KeyError, AttributeError) as error:
        raise RecordError(f"{folder}: expected parameters that fit {CONFIG}, found: {error}") from None
    sample = None
    if (folder / SAMPLE).exists() and not broken:
        sample = _sample(folder / SAMPLE)
    history = record.history()
    if not len(history):
        raise RecordError(f"{folder / HISTORY}: expected at least one epoch, found none")
    summary = made_of(_Summary, record.data(), str(folder / DATA), "the summary of a data set")
    _require_encoding(summary, f"{folder / DATA}: encoding")
    where = str(folder / ENVIRONMENT)
    environment = made_of(_Environment, record.environment(), where, "versions and a machine")
    last = history[-1]
    reached = last.train or {"loss": nan_or(last.running)}  # the next best, where no row was measured
    measured = {"train": reached} | ({"validation": last.validation} if last.validation else {})
    return Run(
        config=config,
        history=history,
        theta=theta,
        features=features,
        metrics=measured if broken else result.metrics,
        status=result.status,
        data=summary.model_dump(exclude_unset=True),
        environment=environment.model_dump(exclude_unset=True),
        sample=sample,
        outcome=read_outcome(folder),
        message=broken,
        openings=record.openings(),
        constant=result.constant,
        importance=read_importance(folder),
    )


class _Result(BaseModel):
    """What ``result.json`` must hold."""

    model_config = ConfigDict(extra="allow")
    status: Status
    message: str = ""
    metrics: dict[str, Metrics] = {}
    constant: dict[str, Metrics] = {}


class _Numbers(BaseModel):
    """The features or the targets of a split in the summary of a data set."""

    shape: list[int]
    dtype: str
    min: float
    max: float


class _Split(BaseModel):
    """A split in it."""

    model_config = ConfigDict(extra="allow")
    rows: int
    x: _Numbers
    y: _Numbers
    counts: dict[str, int] = {}


class _Summary(BaseModel):
    """What ``data.json`` must hold."""

    model_config = ConfigDict(extra="allow")
    name: str
    source: str
    in_features: int
    classes: list[str]
    bayes_accuracy: float | None
    checksum: str
    splits: dict[str, _Split]
    notes: list[str] = []


class _Environment(BaseModel):
    """What ``environment.json`` must hold; later versions may tell more."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, str | float]
    gradwright: str
    python: str
    numpy: str
    blas: list[str]
    system: str
    cores: int | None
    time: str
    engine: str


def _require_encoding(summary: _Summary, where: str) -> None:
    """Raise ``RecordError`` for an encoding that is damaged, or does not fit the features."""
    plain = (summary.model_extra or {}).get("encoding")
    columns = None if plain is None else len(TableEncoding.from_dict(plain, where).names)
    if columns not in (None, summary.in_features):
        raise RecordError(f"{where}: expected {summary.in_features} columns, found {columns}")


def _sample(path: Path) -> tuple[Array, Array]:
    """The rows that are kept for pictures."""
    rows, _ = read_tensors(path)
    if rows.keys() != {"x", "y"} or rows["x"].ndim != 2 or len(rows["x"]) != len(rows["y"]):
        raise RecordError(f"{path}: expected rows x and y, found {', '.join(rows) or 'none'}")
    return rows["x"], rows["y"]


def _kept(folder: Path, config: RunConfig) -> tuple[Array, Affine]:
    """The parameters that a run ended with, and how its features are scaled."""
    arrays, _ = read_tensors(folder / PARAMETERS)
    features = Affine(_scalar(arrays.pop("features.shift")), _scalar(arrays.pop("features.scale")))
    return config.objective.layout.from_named(arrays, config.dtype), features


def _reached(folder: Path) -> tuple[Array, Affine]:
    """The parameters of the last whole epoch; a checkpoint knows of no scaling, for it is given the data."""
    return load_checkpoint(folder / CHECKPOINT).state.learned, Affine()


def _scalar(values: Array) -> Any:
    """One number where one was stored for all columns."""
    return values.item() if values.size == 1 else values
