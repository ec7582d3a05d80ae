"""Faults of what is trained: its layers, its loss, its penalties, its size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gradwright.bench.doctor.faults.fault import Fault, with_settings
from gradwright.bench.doctor.faults.fragile import fragile
from gradwright.bench.doctor.networks import Shape, activations, edited, is_activation
from gradwright.bench.doctor.own import Softmax
from gradwright.bench.doctor.trial import Training
from gradwright.data import Dataset
from gradwright.nn import (
    L1,
    L2,
    Dropout,
    Layer,
    Linear,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
    Poisson,
    Quantile,
    ReLU,
    Sequential,
    Sigmoid,
    Tanh,
)
from gradwright.optim import AdamW

AT_THE_END: dict[str, Layer] = {
    "ReLU": ReLU(),
    "Sigmoid": Sigmoid(),
    "Tanh": Tanh(),
    "a second softmax": Softmax(),
}
FOR_NUMBERS: dict[str, Loss] = {"the 5 % quantile": Quantile(0.05), "the 80 % quantile": Quantile(0.8)}
FOR_CLASSES: dict[str, Loss] = {
    "squared error": MeanSquaredError(),
    "absolute error": MeanAbsoluteError(),
    "Poisson": Poisson(),
}


def bent_at_the_end(sound: Training, what: str, _: np.random.Generator) -> Training | None:
    """One more activation, after the output layer."""
    if what == "a second softmax" and not sound.data.num_classes:
        return None
    return _with(sound, Sequential(sound.config.network, AT_THE_END[what]))


def wrong_loss(sound: Training, what: str, _: np.random.Generator) -> Training | None:
    """A loss for numbers on classes, which are then rows with a single 1; or one that aims at a quantile."""
    if not sound.data.num_classes:
        return _with_loss(sound, FOR_NUMBERS[what]) if what in FOR_NUMBERS else None
    if what not in FOR_CLASSES:
        return None
    return Training(_with_loss(sound, FOR_CLASSES[what]).config, one_hot(sound.data))


def one_hot(data: Dataset) -> Dataset:
    """Labels as rows with a single 1, which are numbers."""
    codes = np.eye(data.num_classes)
    splits = {name: replace(split, y=codes[split.y]) for name, split in data.splits.items()}
    return replace(data, **splits, classes=(), labels=None)  # type: ignore[arg-type]


def straight(sound: Training, _: object, __: np.random.Generator) -> Training | None:
    """No activation left."""
    if not activations(sound.config.network):
        return None
    return _with(sound, edited(sound.config.network, lambda e: None if is_activation(e) else e))


def narrow(sound: Training, width: float, _: np.random.Generator) -> Training | None:
    """Hidden layers of so few units."""
    shape = Shape.of(sound.config.network)
    return _with(sound, shape.build((int(width),) * len(shape.hidden))) if shape.hidden else None


def bottleneck(sound: Training, width: float, rng: np.random.Generator) -> Training | None:
    """One hidden layer of several with so few units."""
    shape = Shape.of(sound.config.network)
    if len(shape.hidden) < 2:
        return None
    hidden = [*shape.hidden]
    hidden[int(rng.integers(len(hidden)))] = int(width)
    return _with(sound, shape.build(tuple(hidden)))


def deep(sound: Training, layers: float, _: np.random.Generator) -> Training | None:
    """Far more hidden layers, of at most 16 units."""
    shape = Shape.of(sound.config.network)
    if not shape.hidden or shape.is_residual:
        return None
    return _with(sound, shape.build((min(16, shape.hidden[0]),) * int(layers)))


def without_biases(sound: Training, _: object, __: np.random.Generator) -> Training:
    """No layer has a bias."""

    def edit(layer: Layer) -> Layer:
        return replace(layer, bias=False) if isinstance(layer, Linear) else layer

    return _with(sound, edited(sound.config.network, edit))


def dropped(sound: Training, rate: float, _: np.random.Generator) -> Training | None:
    """Dropout after each activation."""
    if not activations(sound.config.network):
        return None

    def edit(layer: Layer) -> Layer:
        return Sequential(layer, Dropout(rate)) if is_activation(layer) else layer

    return _with(sound, edited(sound.config.network, edit))


def dropped_inputs(sound: Training, rate: float, _: np.random.Generator) -> Training:
    """Dropout of the features."""
    return _with(sound, Sequential(Dropout(rate), sound.config.network))


def penalised(sound: Training, factor: float, _: np.random.Generator) -> Training:
    """An L2 penalty."""
    return Training(with_settings(sound.config, penalty=L2(factor)), sound.data)


def sparse(sound: Training, factor: float, _: np.random.Generator) -> Training:
    """An L1 penalty."""
    return Training(with_settings(sound.config, penalty=L1(factor)), sound.data)


def decaying(sound: Training, decay: float, _: np.random.Generator) -> Training | None:
    """AdamW with a decay that outweighs the loss."""
    if type(sound.config.optimizer).__name__ != "Adam":
        return None
    return Training(with_settings(sound.config, optimizer=AdamW(weight_decay=decay)), sound.data)


def memorising(sound: Training, _: float, __: np.random.Generator) -> Training | None:
    """The fragile twin without what kept it from overfitting: the last parameters instead of the best."""
    return Training(with_settings(sound.config, keep="last"), sound.data)


def _with(sound: Training, network: Layer) -> Training:
    return Training(with_settings(sound.config, network=network), sound.data)


def _with_loss(sound: Training, loss: Loss) -> Training:
    return Training(with_settings(sound.config, loss=loss), sound.data)


OF_NETWORK = (
    Fault(
        "wrong output activation",
        "at the end",
        bent_at_the_end,
        ("ReLU", "Sigmoid", "a second softmax"),
        ("Tanh",),
    ),
    Fault("wrong loss", "loss:", wrong_loss, (*FOR_CLASSES, *FOR_NUMBERS)),
    Fault("activation missing", "activations left:", straight, ("none",), also=("too narrow",)),
    Fault("too narrow", "hidden units:", narrow, (1, 3), (2,)),
    Fault("too narrow", "in one hidden layer units:", bottleneck, (1,), where="layers"),
    Fault("too deep", "hidden layers:", deep, (12, 24, 40), (30,), also=("vanishing gradient",)),
    Fault("bias missing", "biases left:", without_biases, ("none",)),
    Fault("dropout too strong", "dropout after each layer of", dropped, (0.7, 0.9), (0.8, 0.95)),
    Fault("dropout too strong", "dropout of the features of", dropped_inputs, (0.6, 0.9)),
    Fault("penalty too strong", "L2 of", penalised, (0.02, 0.1, 1), (0.3,)),
    Fault("penalty too strong", "L1 of", sparse, (0.01, 0.1)),
    Fault("penalty too strong", "AdamW's decay of", decaying, (30, 100), (60,)),
    Fault("overfitting", "the last parameters on rows:", memorising, (100, 300), (200,), twin=fragile),
)
