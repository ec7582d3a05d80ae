"""The settings of a run, held against data and first step: batches, epochs, patience, decay, metric."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from gradwright.data import Dataset
from gradwright.diagnosis.finding import Finding
from gradwright.diagnosis.gradients import ArrayRow
from gradwright.diagnosis.rates import RatesUsed
from gradwright.nn import BinaryCrossEntropy, MeanSquaredError
from gradwright.nn.layer import Array
from gradwright.nn.parameters import is_weight
from gradwright.optim import SGD, Adam, AdamW, WholeData
from gradwright.training import RunConfig
from gradwright.training.agreement import FEW

FEW_STEPS = 100  # in all: the usual rates are made for thousands
USUAL_BATCH = 64  # rows: a set of fewer is what is small, and not its batches large
LARGE_BATCH = 0.25  # of the rows: an epoch is then four steps or fewer
STEPS_OF_BATCHES = 1000  # in all, with which batches of many rows get as far as small ones do
MANY_ROWS = 1000  # a smaller set is often taken whole
SHORT = 3  # epochs: two without a better one are ordinary in a curve that falls with some noise
STIFF = 0.99  # of a momentum: a step goes on for a hundred more
STILL = 0.1  # ||path|| / ||w||: no weight is moved by a tenth of itself, even were every gradient the first
MAJORITY = 0.8  # the share of one class above which the accuracy of naming it passes for a good one
COARSE = 10.0  # times the size of a gradient's entries: Adam's step is then shorter than the rate by that


def of_settings(
    config: RunConfig, data: Dataset, arrays: Sequence[ArrayRow], rates: RatesUsed | None
) -> Iterator[Finding]:
    """What settings say before anything is trained; ``arrays`` with the first step, where there is one.

    >>> import gradwright as gw
    >>> from gradwright.training import make_config
    >>> from gradwright.training.agreement import settle
    >>> data = gw.data.load("swiss-roll")
    >>> config = settle(make_config(network=gw.mlp(2, 8, 2), batch_size=1), data)
    >>> [each.kind for each in of_settings(config, data, (), None)]
    ['batch too small']
    """
    yield from _of_batches(config, data)
    yield from _of_validation(config, data)
    yield from _of_patience(config)
    yield from _of_optimizer(config, arrays)
    yield from _of_path(config, arrays, rates)
    yield from _of_loss(config, data)
    yield from _of_metric(config, data)


def of_penalty(config: RunConfig, theta: Array, gradient: Array) -> Iterator[Finding]:
    """A penalty, or a decay of weights, that pulls harder than the loss does at ``theta`` (P,), where the
    gradient of the loss is ``gradient`` (P,)."""
    penalty, objective = config.penalty, config.objective
    if penalty is not None:
        pull = float(np.linalg.norm(penalty.backward(theta, objective.penalized)))
        loss = float(np.linalg.norm(gradient))
        if math.isfinite(loss) and pull > loss:
            message = (
                f"The penalty {penalty} pulls at the weights with a gradient of norm {pull:.3g}, the loss "
                "with "
                f"{loss:.3g}."
            )
            numbers = {"penalty": pull, "loss": loss}
            yield Finding("penalty too strong", ("penalty",), message, "Lower its factor.", numbers)
    if isinstance(config.optimizer, AdamW):
        weights = theta[objective.penalized > 0]
        size, decay = float(np.sqrt(np.square(weights).mean())), config.optimizer.weight_decay
        if decay * size > 1:
            message = (
                f"With weight_decay = {decay:g} a weight is held below {1 / decay:.3g}, for a step is as "
                "long as "
                f"the rate at most; the weights have a size of {size:.3g}."
            )
            numbers = {"weight_decay": decay, "size": size}
            place = ("optimizer.weight_decay",)
            yield Finding("penalty too strong", place, message, "Lower weight_decay.", numbers)


def _of_batches(config: RunConfig, data: Dataset) -> Iterator[Finding]:
    rows, size = len(data.train), config.batch_size
    if isinstance(config.optimizer, WholeData) or config.epochs == 0:
        return
    of_an_epoch = 1 if size is None else -(-rows // size)
    steps = config.epochs * of_an_epoch
    numbers = {"batch": float(size or rows), "rows": float(rows), "steps": float(steps)}
    if size == 1 and rows > 1:
        message = f"Each step follows the gradient of a single row of {rows:,}, which is mostly noise."
        yield Finding("batch too small", ("batch_size",), message, "Take 16 to 256 rows in a step.", numbers)
    enough = FEW_STEPS if rows < MANY_ROWS else STEPS_OF_BATCHES
    if (size or rows) > max(USUAL_BATCH, LARGE_BATCH * rows) and steps < enough:
        message = (
            f"A batch of {min(size or rows, rows):,} of {rows:,} rows makes {of_an_epoch} "
            f"step{'s' if of_an_epoch > 1 else ''} in an epoch, {steps:,} in all."
        )
        yield Finding("batch too large", ("batch_size",), message, "Take 16 to 256 rows in a step.", numbers)
    elif steps < FEW_STEPS:
        message = f"The whole run is {steps:,} steps: {config.epochs} epochs of {of_an_epoch}."
        yield Finding("too few epochs", ("epochs",), message, "Train for more epochs.", numbers)


def _of_validation(config: RunConfig, data: Dataset) -> Iterator[Finding]:
    """More parameters than rows, and nothing by which overfitting would be seen."""
    size, rows = config.objective.layout.size, len(data.train)
    if data.validation is None and size > rows * max(1, math.prod(data.train.y.shape[1:])):
        message = (
            f"{size:,} parameters are fitted to {rows:,} rows, and there are no others to measure them on."
        )
        advice = "Set some aside (validation = 0.2)."
        numbers = {"parameters": float(size), "rows": float(rows)}
        yield Finding("no validation", (), message, advice, numbers)


def _of_patience(config: RunConfig) -> Iterator[Finding]:
    stopping = config.early_stopping
    if stopping is not None and stopping.patience < min(SHORT, config.epochs):
        message = (
            f"The run of {config.epochs} epochs ends as soon as {stopping.patience} of them "
            f"bring{'s' if stopping.patience == 1 else ''} no better {config.monitor}."
        )
        numbers = {"patience": float(stopping.patience), "epochs": float(config.epochs)}
        place = ("early_stopping.patience",)
        yield Finding("patience too short", place, message, "Wait for 5 epochs or more.", numbers)


def _of_optimizer(config: RunConfig, arrays: Sequence[ArrayRow]) -> Iterator[Finding]:
    optimizer = config.optimizer
    name, momentum = "", 0.0
    if isinstance(optimizer, SGD):
        name, momentum = "momentum", optimizer.momentum
    elif isinstance(optimizer, Adam | AdamW):
        name, momentum = "beta1", optimizer.beta1
    if momentum >= STIFF:
        message = (
            f"With {name} = {momentum:g} a gradient goes on acting for {1 / (1 - momentum):,.0f} steps"
            + (f", and in sum as at {1 / (1 - momentum):,.0f} times the rate." if name == "momentum" else ".")
        )
        place = (f"optimizer.{name}",)
        yield Finding("momentum too high", place, message, "0.9 is usual.", {name: momentum})
    if not isinstance(optimizer, Adam | AdamW):
        return
    entries = sum(math.prod(row.shape) for row in arrays)
    size = math.sqrt(sum(row.gradient**2 for row in arrays) / entries) if entries else math.nan
    if optimizer.epsilon > COARSE * size:
        message = (
            f"epsilon = {optimizer.epsilon:g} is {optimizer.epsilon / size:.3g} times the size of the first "
            f"gradient's entries, {size:.2g}: steps are shorter than the rate by as much."
        )
        numbers = {"epsilon": optimizer.epsilon, "gradient": size}
        yield Finding("optimizer settings", ("optimizer.epsilon",), message, "1e-8 is usual.", numbers)


def _of_path(config: RunConfig, arrays: Sequence[ArrayRow], rates: RatesUsed | None) -> Iterator[Finding]:
    """How far the whole run could go along its first gradient: nowhere, at a rate that is far too low."""
    steps = [row.first_step for row in arrays if is_weight(row.name) and row.gradient > 0]
    if rates is None or rates.first <= 0 or not steps or None in steps:
        return
    going_on = 1 / (1 - config.optimizer.momentum) if isinstance(config.optimizer, SGD) else 1.0
    firsts = rates.worth * rates.peak * rates.steps_per_epoch / rates.first  # steps at the first rate
    farthest = max(step for step in steps if step is not None) * firsts * going_on
    if farthest < STILL:
        message = (
            f"Were every gradient like the first one, the {rates.epochs} epochs would move no weight by more "
            f"than {farthest:.2g} of its size."
        )
        numbers = {"path": farthest, "rate": rates.peak}
        yield Finding("rate too low", ("learning_rate",), message, "Raise the learning rate.", numbers)


def _of_loss(config: RunConfig, data: Dataset) -> Iterator[Finding]:
    """Float targets that are classes, under a loss that takes them for something else."""
    y, loss = data.train.y, config.objective.loss
    if data.train.has_labels or not isinstance(loss, MeanSquaredError | BinaryCrossEntropy):
        return
    name = type(loss).__name__
    single = (
        y.ndim == 2 and y.shape[1] > 1 and bool(((y == 0) | (y == 1)).all() and (y.sum(axis=1) == 1).all())
    )
    if single:
        message = (
            f"Each row of the targets has a single 1 among {y.shape[1]} numbers: these are classes, and the "
            f"loss is {name}."
        )
        advice = "Give labels (y.argmax(axis=1)) and take SoftmaxCrossEntropy."
        yield Finding("wrong loss", ("loss",), message, advice, {"classes": float(y.shape[1])})
    elif isinstance(loss, MeanSquaredError) and data.targets.is_identity:
        values = np.unique(y)
        repeated = len(values) <= FEW and len(y) > FEW * len(values)
        if repeated and (values == np.round(values)).all():
            message = (
                f"The targets have {len(values)} different values, all whole numbers, and the loss is {name}."
            )
            advice = "Where they are classes, give labels (y.astype(int)) and take SoftmaxCrossEntropy."
            yield Finding("wrong loss", ("loss",), message, advice, {"values": float(len(values))})


def _of_metric(config: RunConfig, data: Dataset) -> Iterator[Finding]:
    """The accuracy as what decides, where naming one class is right nearly always."""
    if not data.train.has_labels or config.monitored.name != "accuracy":
        return
    share = float(np.bincount(data.train.y).max() / len(data.train))
    if share > MAJORITY:
        message = (
            f"{config.monitor} decides, and naming one class for every row reaches {share:.1%} in training."
        )
        advice = "Monitor validation.loss or validation.balanced_accuracy."
        yield Finding("misleading metric", ("monitor",), message, advice, {"share": share})
