"""Carrying out the run of a config: on record where it has a folder, and from where it was left."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from gradwright.console import note
from gradwright.data import ClassWeights, Dataset, Rows, as_dataset, scale_notes, weigh_classes
from gradwright.engine import Metrics, steps_per_epoch
from gradwright.errors import ConfigError, DivergenceError
from gradwright.locks import writing_in
from gradwright.nn.layer import Array
from gradwright.training.agreement import choices, settle
from gradwright.training.callbacks import Callback
from gradwright.training.config import RunConfig, config_to_toml
from gradwright.training.constant_answer import constant_metrics
from gradwright.training.cure import advise
from gradwright.training.environment import describe_environment
from gradwright.training.epochs import epochs
from gradwright.training.folder import RunFolder
from gradwright.training.importance import importance_of
from gradwright.training.interrupts import interrupts
from gradwright.training.job import Job, Position
from gradwright.training.load_run import load_run
from gradwright.training.opening import SEALED, test_split
from gradwright.training.outcome import outcome_of
from gradwright.training.own_classes import own_classes
from gradwright.training.progress import progress_line
from gradwright.training.run import Run
from gradwright.training.start import Start, start_name, starting_theta

PRICE = "NumPy trains the same, but slower; by how much: gradwright bench --peers gradwright,reference"
SAMPLE_ROWS = 2000  # validation rows kept with the run of a two-dimensional set, for pictures


def train(
    config: RunConfig,
    data: Dataset | Rows,
    *,
    validation: Rows | float | int | None = None,
    weights: ArrayLike | str | None = None,
    class_weights: ClassWeights | None = None,
    start: Start | None = None,
    callbacks: Sequence[Callback] = (),
    folder: Path | str | None = None,
    resume: bool = False,
    progress: bool | None = None,
    open_test: bool = False,
    threads: int | None = None,
) -> Run:
    """Carry out the run that ``config`` describes.

    Args:
        config: every setting that decides the result, as ``read_config`` has it from a file.
        data: a ``Dataset``, or one's own rows ``(x, y)``.
        validation, weights, class_weights, start, callbacks, folder, resume, progress, open_test: as for
            ``fit``.
        threads: at most so many of the compiled engine's, as for a run beside others; by default all.

    Raises what ``fit`` raises.

    >>> import gradwright as gw
    >>> config = gw.RunConfig(network=gw.mlp(2, 8, 2), epochs=1)
    >>> train(config, gw.data.load("swiss-roll"), progress=False).status
    'finished'
    """
    data = as_dataset(data, validation, weights)
    if class_weights is not None:
        data = weigh_classes(data, class_weights)
    settled = settle(config, data)
    if progress is not False:
        chosen = choices(config, settled, data).splitlines()
        for line in chosen if config.data else (*chosen, *scale_notes(data)):
            note(line)
    config = settled
    if open_test:
        test_split(data)
    record = None if folder is None else RunFolder(Path(folder))
    if resume and record is None:
        raise ConfigError("resume: expected the folder of the run to go on with, found none")
    given = None
    if start is not None:
        given = starting_theta(start, config.objective.layout, config.dtype)
        config = config.model_copy(update={"start": start_name(start, given)})
    job = Job(config, data, record, threads, given=given)
    with contextlib.nullcontext() if record is None else writing_in(record.path):
        return _carried_out(job, callbacks, resume, open_test, progress)


def _carried_out(
    job: Job,
    callbacks: Sequence[Callback],
    resume: bool,
    open_test: bool,
    progress: bool | None,
) -> Run:
    """The run of a job, whose folder nobody else writes."""
    config, record = job.config, job.record
    own = own_classes(config.network, config.loss, config.penalty)
    if own and progress is not False and job.engine.name == "reference" and config.engine == "auto":
        names = ", ".join(cls.__name__ for cls in own)
        note(f"engine: reference, since the compiled one does not know {names}: {PRICE}")
    if resume and record is not None and record.is_done:
        done = load_run(record.path, layers=own)
        job.require_same(record, config_to_toml(done.config), done.data["checksum"])
        if config.epochs == done.config.epochs:
            return _opened(done, job, record) if open_test and SEALED not in done.metrics else done
        record.require_checkpoint()
    try:
        position = _last_position(job, callbacks, resume, progress)
        theta = job.kept(position)
        metrics = job.measure(theta, position.state)
    except DivergenceError as error:
        message = str(error) if error.rate is None else f"{error} {advise(job, error.rate)}"
        if record is not None:
            record.fail(message)
        raise DivergenceError(message, error.rate) from None
    run = run_of(job, position, theta, metrics)
    worth = importance_of(run.outputs, theta.size, run.objective.loss, run.target, job.data)
    run = replace(run, importance=worth)
    if open_test and run.status != "interrupted":
        run = run.opened(job.open_test(theta, position.state.epoch))
    if record is not None:
        run.finish(record)
    return run


def run_of(job: Job, position: Position, theta: Array, metrics: dict[str, Metrics]) -> Run:
    """The run that ended at ``position`` with the parameters ``theta``, which reach ``metrics``."""
    data, loss = job.data, job.config.objective.loss
    run = ended(job, position, theta, metrics)
    return replace(run, outcome=outcome_of(run.outputs, loss, run.target, data))


def ended(job: Job, position: Position, theta: Array, metrics: dict[str, Metrics]) -> Run:
    """``run_of`` without what its network answers, as for one that diverged."""
    return Run(
        config=job.config,
        history=position.history,
        theta=theta,
        features=job.data.features,
        metrics=metrics,
        status=position.status or "finished",
        data=job.data_summary,
        environment=describe_environment(job.engine),
        sample=_sample(job.data),
        openings=() if job.record is None else job.record.openings(),
        constant=constant_metrics(job.data, job.config.objective.loss),
    )


def _opened(done: Run, job: Job, record: RunFolder) -> Run:
    """A run that ended, after a look at the test set that is on record."""
    done = done.opened(job.open_test(done.theta, done.history[-1].epoch))
    done.finish(record)
    return done


def _last_position(job: Job, callbacks: Sequence[Callback], resume: bool, progress: bool | None) -> Position:
    """Epoch after epoch until there is a reason to stop, which the position says."""
    start = position = _first_position(job, resume)
    config, length = job.config, steps_per_epoch(job.data.train, job.config.batch_size)
    with (
        interrupts() as interrupted,
        progress_line(config.name, config.epochs, length, progress) as line,
    ):

        def on_step(steps: int, objective: float) -> None:
            line.step(position.state.epoch, steps, objective)

        for position in epochs(job, start, callbacks=callbacks, on_step=on_step, interrupted=interrupted):
            line.epoch(position.history[-1])
    return position


def _first_position(job: Job, resume: bool) -> Position:
    """Where the run begins: at its checkpoint, or before the first step."""
    record = job.record
    if record is None:
        return job.start()
    if resume and record.has_checkpoint:
        return job.resume(record)
    _ = job.initial_state  # so that nothing is written where it cannot be had
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
