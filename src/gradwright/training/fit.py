"""Training: from a network, data and settings to a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from gradwright.data import Dataset, Rows, as_dataset
from gradwright.engine import State, steps_per_epoch
from gradwright.errors import ConfigError, DivergenceError, ShapeError
from gradwright.nn import BinaryCrossEntropy, Layer, SoftmaxCrossEntropy
from gradwright.nn.layer import Array
from gradwright.training.callbacks import Callback
from gradwright.training.config import RunConfig, config_to_toml, make_config
from gradwright.training.environment import describe_environment
from gradwright.training.interrupts import interrupts
from gradwright.training.job import Job, Position
from gradwright.training.measure import require_measurable
from gradwright.training.opening import SEALED, test_split
from gradwright.training.outcome import outcome_of
from gradwright.training.progress import progress_line
from gradwright.training.record import RunFolder, load_run
from gradwright.training.run import Run, Status

SAMPLE_ROWS = 2000  # validation rows kept with the run of a two-dimensional set, for pictures


def fit(
    network: Layer,
    data: Dataset | Rows,
    *,
    validation: Rows | float | int | None = None,
    callbacks: Sequence[Callback] = (),
    folder: Path | str | None = None,
    resume: bool = False,
    progress: bool | None = None,
    open_test: bool = False,
    **settings: Any,
) -> Run:
    """Train ``network`` on ``data`` and return the run.

    ``settings`` are the fields of ``RunConfig``: ``loss``, ``optimizer``, ``learning_rate`` (a number or a
    schedule), ``batch_size``, ``epochs``, ``seed``, ``dtype``, ``precision``, ``engine``, ``penalty``,
    ``sampling``, ``clip_norm``, ``early_stopping``, ``metrics``, ``monitor``, ``keep``, ``record_steps`` and
    ``name``.

    ``data`` is a ``Dataset``, or one's own arrays, lists or frames ``(x, y)`` with ``validation`` rows as
    such a pair or as a share or count to set aside; see ``Dataset.from_arrays``.

    With ``folder`` the run is recorded there while it happens, and ``resume`` goes on with a run that was
    killed, or with one that ended for more ``epochs``, to the same parameters to the last bit. Ctrl-C ends
    the run after the step that it is in; the run that is returned then has the status "interrupted".

    The run is measured on the training and the validation rows. The test rows stay sealed; ``open_test``
    measures them too, once the run has ended, and ``run.openings`` says when.

    Raises ``ConfigError`` for impossible settings, ``ShapeError`` where network and data do not meet,
    ``DivergenceError`` where the loss is no longer finite, ``RecordError`` where the folder cannot serve.

    >>> import gradwright as gw
    >>> data = gw.data.load("swiss-roll")
    >>> run = gw.fit(gw.mlp(2, 16, 2), data, epochs=2, learning_rate=0.1, batch_size=32, progress=False)
    >>> sorted(run.metrics["validation"])
    ['accuracy', 'loss']
    """
    config = make_config(network=network, **settings)
    return train(
        config,
        data,
        validation=validation,
        callbacks=callbacks,
        folder=folder,
        resume=resume,
        progress=progress,
        open_test=open_test,
    )


def train(
    config: RunConfig,
    data: Dataset | Rows,
    *,
    validation: Rows | float | int | None = None,
    callbacks: Sequence[Callback] = (),
    folder: Path | str | None = None,
    resume: bool = False,
    progress: bool | None = None,
    open_test: bool = False,
) -> Run:
    """Carry out the run that ``config`` describes; see ``fit``."""
    data = as_dataset(data, validation)
    check_fit(config, data)
    if open_test:
        test_split(data)
    record = None if folder is None else RunFolder(Path(folder))
    if resume and record is None:
        raise ConfigError("resume: expected the folder of the run to go on with, found none")
    job = Job(config, data, record)
    if resume and record is not None and record.is_done:
        done = load_run(record.path)
        job.require_same(record, config_to_toml(done.config), done.data["checksum"])
        if config.epochs == done.config.epochs:
            if open_test and SEALED not in done.metrics:
                done = done.opened(job.open_test(done.theta, done.history[-1].epoch))
                record.finish(done)
            return done
        record.require_checkpoint()
    try:
        theta, status, position = _run(job, callbacks, resume, progress)
    except DivergenceError as error:
        if record is not None:
            record.fail(str(error))
        raise
    run = Run(
        config=config,
        history=position.history,
        theta=theta,
        features=data.features,
        metrics=job.measure(theta),
        status=status,
        data=job.data_summary,
        environment=describe_environment(job.engine),
        sample=_sample(data),
        openings=() if record is None else record.openings(),
    )
    run = replace(run, outcome=outcome_of(run, data))
    if open_test and status != "interrupted":
        run = run.opened(job.open_test(theta, position.state.epoch))
    if record is not None:
        record.finish(run)
    return run


def check_fit(config: RunConfig, data: Dataset) -> None:
    """Raise ``ShapeError`` or ``ConfigError`` where the network, the loss and the data do not meet."""
    try:
        outputs = config.network.output_features(data.in_features)
    except ShapeError as error:
        raise ShapeError(f"the network does not fit the data {data.name!r}: {error}") from None
    match config.loss:
        case SoftmaxCrossEntropy() if data.num_classes and outputs is not None and outputs < data.num_classes:
            raise ShapeError(
                f"the network does not fit the data {data.name!r}: expected an output for each of "
                f"{data.num_classes} classes, found {outputs}"
            )
        case BinaryCrossEntropy() if data.num_classes > 2:
            raise ConfigError(f"loss: BinaryCrossEntropy tells 2 classes apart, found {data.num_classes}")
    require_measurable(config.measured, config.loss, data)
    monitored = config.early_stopping is not None or config.keep == "best"
    if monitored and data.validation is None and config.monitor.startswith("validation"):
        raise ConfigError(
            f"monitor: expected a split of the data {data.name!r}, found {config.monitor!r}; "
            "it has no validation set"
        )


def _run(
    job: Job, callbacks: Sequence[Callback], resume: bool, progress: bool | None
) -> tuple[Array, Status, Position]:
    """Epoch after epoch until there is a reason to stop: the parameters to keep, and that reason."""
    position = _first_position(job, resume)
    config, length = job.config, steps_per_epoch(job.data.train, job.config.batch_size)
    with (
        interrupts() as interrupted,
        progress_line(config.name, config.epochs, length, progress) as line,
    ):

        def on_step(steps: int, objective: float) -> bool:
            line.step(position.state.epoch, steps, objective)
            return not interrupted()

        while (status := job.ending(position, callbacks)) is None:
            reached = job.advance(position, on_step)
            if isinstance(reached, State):
                return reached.theta, "interrupted", position
            position = reached
            line.epoch(position.history[-1])
            if interrupted():  # an epoch that is over within milliseconds may never have asked
                return position.state.theta, "interrupted", position
    return (position.best_theta if config.keep == "best" else position.state.theta), status, position


def _first_position(job: Job, resume: bool) -> Position:
    """Where the run begins: at its checkpoint, or before the first step."""
    record = job.record
    if record is None:
        return job.start()
    if resume and record.has_checkpoint:
        return job.resume(record)
    if resume:
        record.clear_beginning()
    record.begin(job.config, job.data_summary, describe_environment(job.engine), _sample(job.data))
    return job.start()


def _sample(data: Dataset) -> tuple[Array, Array] | None:
    """Evenly spaced rows of a two-dimensional classification set, as it stores them."""
    if data.in_features != 2 or not data.num_classes:
        return None
    split = data.validation or data.train
    rows = np.linspace(0, len(split) - 1, min(SAMPLE_ROWS, len(split))).astype(np.int64)
    return split.x[rows], split.y[rows]
