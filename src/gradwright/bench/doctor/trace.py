"""A training as the published rules see one: what its layers did, step by step and epoch by epoch."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from gradwright.bench.doctor.trial import Training
from gradwright.data.batches import epoch_order
from gradwright.data.divide import take
from gradwright.diagnosis.watch import Pass, watch
from gradwright.engine import Task
from gradwright.engine.factors import Grouped
from gradwright.errors import DivergenceError
from gradwright.nn.layer import Array
from gradwright.optim import WholeData
from gradwright.training import History, RunConfig
from gradwright.training.agreement import settle
from gradwright.training.epochs import epochs
from gradwright.training.job import Job

STEPS, LOOKS, ROWS = 50, 20, 256  # steps that are watched, epochs that are, and rows of a look at an epoch


@dataclass(frozen=True, eq=False)
class Look:
    """Both passes at some parameters: outputs and signals by layer, gradients and weights by array.

    ``accuracy`` is NaN where the targets are numbers.
    """

    loss: float
    accuracy: float
    seen: Pass
    gradients: dict[str, Array]
    weights: dict[str, Array]


@dataclass(frozen=True, eq=False)
class Trace:
    """What was recorded of one training.

    ``steps`` are its first steps, each on its batch, ``epochs`` at most 20 of its epochs. Losses and
    accuracies, of training and validation rows, are those after each epoch; an accuracy of numbers is NaN,
    and so is a loss after divergence. ``inputs`` are the rows of a look as the network gets them.
    """

    config: RunConfig
    inputs: Array
    steps: tuple[Look, ...]
    epochs: tuple[Look, ...]
    train_losses: tuple[float, ...]
    validation_losses: tuple[float, ...]
    train_accuracies: tuple[float, ...]
    validation_accuracies: tuple[float, ...]


def trace(training: Training) -> Trace:
    """Train once, and record."""
    data = training.data
    config = settle(training.config, data)
    job = Job(config, data, threads=1)
    rows = take(data.train, epoch_order(config.seed, 0, len(data.train))[:ROWS])
    inputs = data.features(rows.x, np.float64)
    every = max(1, config.epochs // LOOKS)
    looks: list[Look] = []
    history, diverged = History(), False
    try:
        for position in epochs(job):
            history = position.history
            if position.state.epoch % every == 0 and len(looks) < LOOKS:
                looks.append(_look(config, position.state.learned, inputs, rows.y))
    except DivergenceError:
        diverged = True
    after = history.epochs[1:]
    lost = (math.nan,) * diverged

    def curve(name: str) -> tuple[float, ...]:
        return (*(_or_nan(line.metric(name)) for line in after), *lost)

    return Trace(
        config=config,
        inputs=inputs,
        steps=tuple(_steps(training, job)),
        epochs=tuple(looks),
        train_losses=curve("train.loss"),
        validation_losses=curve("validation.loss"),
        train_accuracies=curve("train.accuracy"),
        validation_accuracies=curve("validation.accuracy"),
    )


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


def _steps(training: Training, job: Job) -> Iterator[Look]:
    """The first steps by the config's own optimizer, in float64, without what layers draw."""
    task: Task = job.task
    if isinstance(task.optimizer, WholeData):
        return
    data, objective = training.data, task.objective
    theta = job.initial_state.theta.astype(np.float64)
    optimizer = Grouped.of(task.optimizer, objective.layout, task.factors)
    slots = optimizer.init(theta)
    for step, rows in enumerate(islice(_batches(job), STEPS)):
        batch = take(data.train, rows)
        look = _look(job.config, theta, data.features(batch.x, np.float64), batch.y)
        yield look
        if not math.isfinite(look.loss):
            return
        gradient = look.seen.gradient
        if objective.penalty is not None:
            gradient = gradient + objective.penalty.backward(theta, objective.penalized)
        epoch = step * task.batch_size // len(data.train)
        with np.errstate(all="ignore"):
            theta, slots = optimizer.update(theta, gradient, slots, task.schedule.rate(step, epoch))


def _batches(job: Job) -> Iterator[Array]:
    rows, size = len(job.data.train), job.task.batch_size
    for epoch in range(max(1, job.config.epochs)):
        order = epoch_order(job.config.seed, epoch, rows)
        yield from (order[start : start + size] for start in range(0, rows, size))


def _look(config: RunConfig, theta: Array, x: Array, y: Array) -> Look:
    objective = config.objective
    theta = theta.astype(np.float64)
    seen = watch(objective, theta, x, y)
    accuracy = math.nan
    if y.dtype.kind == "i" and seen.output.shape[1] > 1:
        accuracy = float(np.mean(seen.output.argmax(axis=1) == y))
    layout = objective.layout
    return Look(seen.loss, accuracy, seen, layout.named(seen.gradient), layout.named(theta))
