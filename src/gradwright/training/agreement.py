"""Where network, loss and data meet: the loss that the targets ask for, and whether all three agree."""

from __future__ import annotations

from inspect import signature

import numpy as np

from gradwright.data import Dataset, Split
from gradwright.engine.factors import factors_of
from gradwright.errors import ConfigError, DataError, ShapeError
from gradwright.nn import (
    LOSSES,
    BinaryCrossEntropy,
    Focal,
    Hinge,
    Huber,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
    OfClasses,
    Poisson,
    Quantile,
    SoftmaxCrossEntropy,
)
from gradwright.training.config import RunConfig
from gradwright.training.measure import require_measurable
from gradwright.training.own_classes import try_own_layers
from gradwright.training.whole_data import require_whole

SUM_OF_ONE = 1e-3  # how far the probabilities of a row may be from 1 in sum: float16 has rounded them so far
OF_NUMBERS = (MeanSquaredError, MeanAbsoluteError, Huber, Quantile, Poisson)  # losses of float targets
FEW = 20  # different whole numbers among float targets that may well be labels


def follow_targets(config: RunConfig, data: Dataset) -> RunConfig:
    """``config`` with nothing left open: by default labels take softmax cross-entropy, floats squared error.

    >>> import gradwright as gw
    >>> from gradwright.training import make_config
    >>> follow_targets(make_config(network=gw.Linear(1, 1)), gw.data.load("line")).loss
    MeanSquaredError()
    """
    loss = config.loss or (SoftmaxCrossEntropy() if data.train.has_labels else MeanSquaredError())
    # both count as set from here on: what is settled is chosen, and said, only once
    return config.model_copy(update={"loss": loss, "learning_rate": config.learning_rate})


def settle(config: RunConfig, data: Dataset) -> RunConfig:
    """``config`` with nothing left open (``follow_targets``), held against the data.

    Raises ``ConfigError``, ``ShapeError`` or ``DataError`` where network, loss and data do not meet, or would
    train on what nobody can have meant.
    """
    config = follow_targets(config, data)
    loss = config.objective.loss
    try:
        outputs = config.network.output_features(data.in_features)
    except ShapeError as error:
        raise ShapeError(f"the network does not fit the data {data.name!r}: {error}") from None
    try_own_layers(config.network, data.in_features, config.dtype)
    require_whole(config, data.in_features)
    factors_of(config.objective.layout, config.groups, config.optimizer)
    _require_outputs(loss, outputs, data)
    if not data.train.has_labels:
        for name, split in data.splits.items():
            _require_targets(loss, split, f"{data.name}: {name}")
    require_weighable(loss, data)
    require_measurable(config.measured, loss, data)
    _require_monitored(config, data)
    return config


def choices(config: RunConfig, settled: RunConfig, data: Dataset) -> str:
    """What was chosen where ``config`` left it open, in a line for each; empty where it left nothing open."""
    lines = []
    if config.loss is None:
        labels = data.train.has_labels
        targets = f"labels of {data.num_classes} classes" if labels else "float numbers"
        lines.append(f"loss: {type(settled.loss).__name__}, since the targets are {targets}")
        if not labels:
            lines[-1] += _like_labels(data.train)
    if "learning_rate" not in config.model_fields_set:
        optimizer = type(settled.optimizer).__name__
        lines.append(f"learning_rate: {settled.optimizer.usual_rate:g}, the usual one of {optimizer}")
    return "\n".join(lines)


def _require_outputs(loss: Loss, outputs: int | None, data: Dataset) -> None:
    """The network has an output for each class, or for each column of the target."""
    classes = data.num_classes
    target = data.train.y
    columns = 1 if target.ndim == 1 else target.shape[1]
    where = f"the network does not fit the data {data.name!r}"
    match loss:
        case SoftmaxCrossEntropy() | Focal() | Hinge() if outputs == 1:
            scores = isinstance(loss, Hinge)
            alone = "a single score leads no other" if scores else "a softmax over 1 output is always 1"
            raise ShapeError(
                f"{where}: {alone}; expected an output for each of "
                f"{max(classes, 2)} classes, or the loss BinaryCrossEntropy for two classes"
            )
        case SoftmaxCrossEntropy() | Focal() | Hinge() if classes and (outputs or classes) < classes:
            raise ShapeError(f"{where}: expected an output for each of {classes} classes, found {outputs}")
        case SoftmaxCrossEntropy() if not classes and target.ndim == 1:
            raise ConfigError(
                "loss: SoftmaxCrossEntropy takes labels or probabilities (N, k), found float targets (N,) "
                f"in {data.name!r}; give labels as integers or texts (y.astype(int)), or MeanSquaredError"
            )
        case Focal() | Hinge() if not classes:
            raise ConfigError(
                f"loss: {type(loss).__name__} takes labels, found float targets in {data.name!r}; "
                "give labels as integers or texts (y.astype(int))"
            )
        case BinaryCrossEntropy() if classes > 2:
            raise ConfigError(f"loss: BinaryCrossEntropy tells 2 classes apart, found {classes}")
        case _ if classes and isinstance(loss, OF_NUMBERS):
            raise ConfigError(
                f"loss: {type(loss).__name__} takes float targets, found labels of {classes} classes in "
                f"{data.name!r}; give numbers as floats (y.astype(float)), or take SoftmaxCrossEntropy"
            )
    if not isinstance(loss, LOSSES):  # one's own: it knows what it takes
        return
    if not (classes and isinstance(loss, OfClasses)) and outputs not in (None, columns):
        hint = "; labels would be integers or texts" if not classes and columns == 1 else ""
        raise ShapeError(
            f"{where}: {type(loss).__name__} expected an output for each of the target's "
            f"{columns} columns, found {outputs}{hint}"
        )


def _require_targets(loss: Loss, split: Split, where: str) -> None:
    """Float targets are probabilities, or counts, where the loss takes them for such."""
    y = split.y
    if isinstance(loss, Poisson) and y.min() < 0:
        raise DataError(f"{where}: Poisson expected targets >= 0, found {y.min():g}")
    if not isinstance(loss, SoftmaxCrossEntropy | BinaryCrossEntropy):
        return
    name = type(loss).__name__
    if y.min() < 0 or y.max() > 1:
        raise DataError(f"{where}: {name} expected targets in 0..1, found {y.min():g} to {y.max():g}")
    if isinstance(loss, SoftmaxCrossEntropy):
        off = np.abs(y.sum(axis=1) - 1)
        if off.max() > SUM_OF_ONE:
            row = int(off.argmax())
            raise DataError(
                f"{where}: {name} expected probabilities that sum to 1, found {y[row].sum():g} in row {row}"
            )


def require_weighable(loss: Loss, data: Dataset) -> None:
    """Raise ``ConfigError`` where rows have weights that a loss of one's own does not take."""
    if all(split.weights is None for split in data.splits.values()) or isinstance(loss, LOSSES):
        return
    try:
        signature(loss.forward).bind(None, None, None)
    except TypeError:
        raise ConfigError(
            f"loss: expected forward(output, target, weights) of {type(loss).__name__}, since the rows of "
            f"{data.name!r} have weights, found one that takes none"
        ) from None


def _require_monitored(config: RunConfig, data: Dataset) -> None:
    """What is watched is there."""
    monitored = config.early_stopping is not None or config.keep == "best"
    if monitored and data.validation is None and config.monitored.split == "validation":
        raise ConfigError(
            f"monitor: expected a split of the data {data.name!r}, found {config.monitor!r}; "
            "it has no validation set"
        )
    if monitored and config.measure_train == "running" and config.monitored.split == "train":
        raise ConfigError(
            f"monitor: {config.monitor!r} is not measured with measure_train = 'running'; "
            "choose 'epoch' or a number of rows"
        )


def _like_labels(split: Split) -> str:
    """A remark on float targets that look like labels: few whole numbers, or rows with a single 1."""
    values = np.unique(split.y)
    if split.y.ndim == 2 and np.array_equal(values, [0, 1]) and (split.y.sum(axis=1) == 1).all():
        return " (rows with a single 1; as labels they would be y.argmax(axis=1))"
    if len(values) <= FEW and (values == np.round(values)).all():
        return f" (of {len(values)} whole values; labels would be integers or texts: y.astype(int))"
    return ""
