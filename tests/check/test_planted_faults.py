"""The test of the tests: a gradient that is 0.1 % wrong, of anything by anything, is caught by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from gradwright.bench.checkers.faulty import Faulty, FaultyLoss, Gradients
from gradwright.check import BatteryReport, check_layer, check_loss, check_penalty
from gradwright.nn import (
    ELU,
    GELU,
    L1,
    L2,
    LOSSES,
    LSTM,
    PENALTIES,
    SELU,
    BatchNorm,
    BinaryCrossEntropy,
    Columns,
    Conv1d,
    Dropout,
    Embedding,
    Focal,
    Hinge,
    Huber,
    Layer,
    LayerNorm,
    LeakyReLU,
    Linear,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
    Mish,
    Mixed,
    ParameterLayout,
    Penalty,
    PeriodicEmbedding,
    Poisson,
    Quantile,
    ReLU,
    Residual,
    Scale,
    SelfAttention,
    Sequential,
    Sigmoid,
    SiLU,
    SoftmaxCrossEntropy,
    Softplus,
    Sum,
    Tanh,
    residual_block,
)
from gradwright.nn.layer import Array, Cache, Params, Scalar
from gradwright.nn.spec import LAYERS

SLIGHTLY_WRONG = 1.001  # a tenth of a per cent

FEATURES = 3
LAYER_TABLE: tuple[Layer, ...] = (
    LayerNorm(FEATURES),
    BatchNorm(FEATURES),
    Scale(FEATURES),
    Mixed(Tanh(), FEATURES),
    Embedding(4, 2),
    PeriodicEmbedding(FEATURES, frequencies=2, numbers=2),
    Conv1d(1, 2, kernel_size=2),
    SelfAttention(FEATURES),
    LSTM(FEATURES, 2),
    Linear(FEATURES, 4),
    Linear(FEATURES, 4, bias=False),
    ReLU(),
    LeakyReLU(),
    ELU(),
    SELU(),
    Tanh(),
    Sigmoid(),
    Softplus(),
    GELU(),
    SiLU(),
    Mish(),
    Dropout(),
    Sequential(Linear(FEATURES, 4), Tanh(), Linear(4, 2)),
    Sum(Linear(FEATURES, 4), Linear(FEATURES, 4)),
    Residual(Linear(FEATURES, FEATURES)),
    residual_block(FEATURES, 4),
    Columns((Scale(2), Linear(1, 2)), columns=((0, 2), (1,)), features=FEATURES),
)

RNG = np.random.default_rng(11)
OUTPUT = RNG.standard_normal((6, 4))
PROBABILITIES = RNG.dirichlet(np.ones(4), 6)
LABELS = np.array([0, 3, 1, 1, 2, 0])
LOSS_TABLE: dict[str, tuple[Loss, Array]] = {
    "softmax with labels": (SoftmaxCrossEntropy(), LABELS),
    "softmax with probabilities": (SoftmaxCrossEntropy(), PROBABILITIES),
    "binary": (BinaryCrossEntropy(), PROBABILITIES),
    "squared error": (MeanSquaredError(), PROBABILITIES),
    "focal": (Focal(), LABELS),
    "hinge": (Hinge(), LABELS),
    "squared hinge": (Hinge(squared=True), LABELS),
    "smoothed softmax": (SoftmaxCrossEntropy(smoothing=0.2), LABELS),
    "absolute error": (MeanAbsoluteError(), PROBABILITIES),
    "quantile": (Quantile(0.8), PROBABILITIES),
    "poisson": (Poisson(), PROBABILITIES),
    "huber": (Huber(), PROBABILITIES),
}

PENALTY_TABLE: tuple[Penalty, ...] = (L2(0.01), L1(0.01))
THETA = np.array([0.5, -1.0, 2.0, -0.25])
MASK = np.array([True, True, False, True])


def spoilt(layer: Layer, spoil: Callable[[str, Array], Array]) -> Faulty:
    """A layer whose backward returns what ``spoil`` makes of each named gradient."""

    def tree(node: dict[str, Any], prefix: str = "") -> dict[str, Any]:
        return {
            name: tree(inner, f"{prefix}{name}.") if isinstance(inner, dict) else spoil(prefix + name, inner)
            for name, inner in node.items()
        }

    def backward(layer: Layer, params: Params, cache: Cache, dy: Array) -> Gradients:
        dx, dparams = layer.backward(params, cache, dy)
        return spoil("x", dx), tree(dparams)

    return Faulty(layer, backward)


def wrong_ones(report: BatteryReport) -> set[str]:
    """The variables whose derivatives are called wrong."""
    assert report.gradient is not None
    return {each.name for each in report.gradient.parameters if each.verdict == "wrong"}


def rows_of(layer: Layer) -> Array | int:
    """Words, one step of features, or two where the layer looks from step to step."""
    if isinstance(layer, Embedding):
        return layer.draw_input(np.random.default_rng(0), (6, FEATURES))
    return 2 * FEATURES if isinstance(layer, SelfAttention | LSTM) else FEATURES


def moving(layer: Layer, training: bool) -> tuple[str, ...]:
    """The names whose gradient is not 0: not whole numbers, nor statistics while training."""
    slots = [slot for slot in ParameterLayout.of(layer).slots if slot.parameter.trained or not training]
    names = tuple(slot.name for slot in slots)
    return names if isinstance(layer, Embedding) else ("x", *names)


OF_TWO_MODES = (BatchNorm, Dropout)  # the others do the same in both
GRADIENTS = [
    pytest.param(layer, name, training, id=f"{k} {type(layer).__name__} {name} training {training}")
    for k, layer in enumerate(LAYER_TABLE)
    for training in (False, True)
    if training or isinstance(layer, OF_TWO_MODES)
    for name in moving(layer, training)
]


def test_the_table_holds_every_kind_that_there_is() -> None:
    assert {type(layer) for layer in LAYER_TABLE} == {*LAYERS}
    assert {type(loss) for loss, _ in LOSS_TABLE.values()} == {*LOSSES}
    assert {type(penalty) for penalty in PENALTY_TABLE} == {*PENALTIES}


@pytest.mark.parametrize(("layer", "wrong", "training"), GRADIENTS)
def test_a_slightly_wrong_gradient_is_caught_by_name(layer: Layer, wrong: str, training: bool) -> None:
    slightly = spoilt(layer, lambda name, array: array * SLIGHTLY_WRONG if name == wrong else array)
    report = check_layer(slightly, rows_of(layer), training=training)
    assert report.failed[0] == "gradient"
    assert wrong_ones(report) == {wrong}
    assert report.gradient is not None
    assert report.gradient.location == wrong
    assert report.gradient.cause == "off by a constant factor"
    assert report.gradient.evidence == f"{wrong} is 1.001 x the true gradient in every entry"


@pytest.mark.parametrize(("layer", "wrong", "training"), GRADIENTS)
def test_one_slightly_wrong_entry_is_caught(layer: Layer, wrong: str, training: bool) -> None:
    def spoil(name: str, array: Array) -> Array:
        array = array.copy()
        if name == wrong:
            array.flat[np.abs(array).argmax()] *= SLIGHTLY_WRONG
        return array

    report = check_layer(spoilt(layer, spoil), rows_of(layer), training=training)
    assert wrong_ones(report) == {wrong}
    assert report.gradient is not None
    assert report.gradient.cause == "one entry is wrong"
    assert f"{wrong}[" in str(report.gradient.location)


LOSS_FAULTS: dict[str, Callable[[Array], Array]] = {
    "0.1 % too long": lambda gradient: gradient * SLIGHTLY_WRONG,
    "the wrong sign": lambda gradient: -gradient,
    "not divided by N": lambda gradient: gradient * len(gradient),
    "divided by N twice": lambda gradient: gradient / len(gradient),
    "one row left out": lambda gradient: gradient * (np.arange(len(gradient)) > 0)[:, None],
}


@pytest.mark.parametrize("spoil", LOSS_FAULTS.values(), ids=LOSS_FAULTS.keys())
@pytest.mark.parametrize(("loss", "target"), LOSS_TABLE.values(), ids=LOSS_TABLE.keys())
def test_a_wrong_gradient_of_a_loss_is_caught(
    loss: Loss, target: Array, spoil: Callable[[Array], Array]
) -> None:
    def wrong(output: Array, target: Array) -> Array:
        return spoil(loss.backward(loss.forward(output, target)[1]))

    report = check_loss(FaultyLoss(loss, wrong), OUTPUT, target)
    assert wrong_ones(report) == {"output"}


@dataclass(frozen=True)
class SpoiltPenalty:
    """A penalty whose backward returns what ``spoil`` makes of the gradient."""

    penalty: Penalty
    spoil: Callable[[Array], Array]

    def forward(self, theta: Array, mask: Array) -> Scalar:
        return self.penalty.forward(theta, mask)

    def backward(self, theta: Array, mask: Array) -> Array:
        return self.spoil(self.penalty.backward(theta, mask))


PENALTY_FAULTS: dict[str, Callable[[Array], Array]] = {
    "0.1 % too long": lambda gradient: gradient * SLIGHTLY_WRONG,
    "the wrong sign": lambda gradient: -gradient,
    "half of it": lambda gradient: gradient / 2,
    "left out": np.zeros_like,
}


@pytest.mark.parametrize("spoil", PENALTY_FAULTS.values(), ids=PENALTY_FAULTS.keys())
@pytest.mark.parametrize("penalty", PENALTY_TABLE, ids=repr)
def test_a_wrong_gradient_of_a_penalty_is_caught(penalty: Penalty, spoil: Callable[[Array], Array]) -> None:
    report = check_penalty(SpoiltPenalty(penalty, spoil), THETA, MASK)
    assert wrong_ones(report) == {"theta"}
