"""Every layer, loss and penalty, in all its variants, passes the battery."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradwright.check import check_layer, check_loss, check_penalty
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
    initializers,
    mlp,
    residual_block,
    residual_mlp,
)
from gradwright.nn.layer import Array
from gradwright.nn.spec import LAYERS

ACTIVATIONS: list[Layer] = [
    *(ReLU(), LeakyReLU(), ELU(), SELU(), Tanh(), Sigmoid(), Softplus(), GELU(), SiLU(), Mish()),
]

LAYER_TABLE: dict[str, tuple[Layer, int]] = {
    "linear": (Linear(3, 4), 3),
    "linear without bias": (Linear(3, 4, bias=False), 3),
    "linear from one feature": (Linear(1, 4), 1),
    "linear to one feature": (Linear(4, 1), 4),
    **{type(activation).__name__: (activation, 5) for activation in ACTIVATIONS},
    "leaky relu of slope 0": (LeakyReLU(slope=0.0), 5),
    "leaky relu of slope 0.3": (LeakyReLU(slope=0.3), 5),
    "elu of alpha 0.3": (ELU(alpha=0.3), 5),
    "dropout": (Dropout(), 5),
    "dropout of nothing": (Dropout(rate=0.0), 5),
    "dropout of most": (Dropout(rate=0.9), 5),
    "layer norm": (LayerNorm(5), 5),
    "layer norm of two features": (LayerNorm(2, epsilon=0.5), 2),
    "batch norm": (BatchNorm(4), 4),
    "batch norm that forgets at once": (BatchNorm(3, momentum=0.0, epsilon=0.5), 3),
    "batch norm between layers": (
        Sequential(Linear(3, 4, bias=False), Residual(BatchNorm(4)), Sum(BatchNorm(4), Tanh()), Linear(4, 2)),
        3,
    ),
    "scale": (Scale(4), 4),
    "scale of one feature": (Scale(1, scale_init=initializers.Normal()), 1),
    **{f"mixed {type(a).__name__}": (Mixed(a, 4, mix_init=initializers.Normal()), 4) for a in ACTIVATIONS},
    "scale and mix between layers": (
        Sequential(Scale(3), Linear(3, 4), Mixed(SELU(), 4), Dropout(0.2), Residual(Scale(4)), Linear(4, 2)),
        3,
    ),
    "embedding": (Embedding(6, 4), 3),
    "periodic embedding": (PeriodicEmbedding(3), 3),
    "periodic embedding of one feature": (PeriodicEmbedding(1, frequencies=1, numbers=1), 1),
    "columns": (Columns((PeriodicEmbedding(2), Scale(1)), columns=((3, 0), (2,)), features=5), 5),
    "columns that are all taken": (Columns((Tanh(), Linear(2, 3)), columns=((1,), (0, 2)), features=3), 3),
    "columns of numbers and categories": (
        Columns((PeriodicEmbedding(2), Embedding(6, 4)), columns=((0, 3), (1,)), features=4),
        4,
    ),
    "columns with statistics": (Columns((BatchNorm(2), Dropout(0.3)), columns=((0, 1), (2,)), features=4), 4),
    "convolution": (Conv1d(2, 3, kernel_size=3, padding=1), 10),
    "convolution that leaves steps out": (Conv1d(2, 3, kernel_size=2, stride=3), 12),
    "convolution of more padding than window": (Conv1d(1, 2, kernel_size=2, stride=2, padding=3), 3),
    "convolution of single steps": (Conv1d(3, 2, kernel_size=1), 6),
    "self-attention": (SelfAttention(3), 12),
    "self-attention of two heads": (SelfAttention(4, heads=2), 12),
    "self-attention in one step": (SelfAttention(3), 3),
    "lstm": (LSTM(3, 4), 12),
    "lstm of every step": (LSTM(2, 3, every_step=True), 8),
    "lstm of one step": (LSTM(3, 2), 3),
    "sequences": (
        Sequential(LSTM(2, 4, every_step=True), Residual(SelfAttention(4)), Conv1d(4, 2, kernel_size=2)),
        8,
    ),
    "sequential of one": (Sequential(Tanh()), 3),
    "sequential": (Sequential(Linear(3, 4), Tanh(), Linear(4, 2)), 3),
    "sequential with dropout": (
        Sequential(Linear(3, 8), Dropout(0.4), Tanh(), Dropout(0.2), Linear(8, 2)),
        3,
    ),
    "sequential in sequential": (Sequential(Sequential(Linear(3, 4), GELU()), Sequential(Linear(4, 3))), 3),
    "sum of one": (Sum(Linear(3, 4)), 3),
    "sum": (Sum(Linear(3, 4), Sequential(Linear(3, 2), Sigmoid(), Linear(2, 4))), 3),
    "sum of three without parameters": (Sum(Tanh(), Softplus(), Dropout()), 4),
    "residual": (Residual(Sequential(Linear(3, 5), Softplus(), Linear(5, 3))), 3),
    "residual around an activation": (Residual(ReLU()), 4),
    "residual in residual": (Residual(Residual(Linear(3, 3))), 3),
    "residual block": (residual_block(3, 6), 3),
    "mlp": (mlp(2, 10, 5), 2),
    "mlp of linear layers alone": (mlp(4, 3), 4),
    **{f"mlp with {type(a).__name__}": (mlp(3, 8, 8, 2, activation=a), 3) for a in ACTIVATIONS},
    "residual mlp": (residual_mlp(4, 8, 8, 3), 4),
    "nested": (
        Sequential(
            Sum(Residual(mlp(4, 6, 4)), Sequential(Linear(4, 4), Residual(Tanh()))),
            LeakyReLU(0.1),
            Sum(Linear(4, 3, bias=False), residual_block(4, 3)),
        ),
        4,
    ),
}


def kinds_in(node: Any) -> Iterator[type]:
    """The classes of a layer and of all its children."""
    if isinstance(node, tuple):
        for child in node:
            yield from kinds_in(child)
    elif dataclasses.is_dataclass(node):
        yield type(node)
        for field in dataclasses.fields(node):
            yield from kinds_in(getattr(node, field.name))


OF_TWO_MODES = {  # the others do the same in both
    name: row for name, row in LAYER_TABLE.items() if {BatchNorm, Dropout} & {*kinds_in(row[0])}
}

RNG = np.random.default_rng(20)
LOGITS = 2 * RNG.standard_normal((6, 4))
COLUMN = 2 * RNG.standard_normal((6, 1))
LABELS = np.array([0, 3, 1, 1, 2, 0])
BINARY = np.array([0, 1, 1, 0, 1, 0])
PROBABILITIES = RNG.dirichlet(np.ones(4), 6)
VALUES = RNG.standard_normal((6, 4))

LOSS_TABLE: dict[str, tuple[Loss, Array, Array]] = {
    "softmax with labels": (SoftmaxCrossEntropy(), LOGITS, LABELS),
    "softmax with small labels": (SoftmaxCrossEntropy(), LOGITS, LABELS.astype(np.uint8)),
    "softmax with probabilities": (SoftmaxCrossEntropy(), LOGITS, PROBABILITIES),
    "softmax with weights that do not sum to 1": (SoftmaxCrossEntropy(), LOGITS, 3 * PROBABILITIES),
    "softmax of one example": (SoftmaxCrossEntropy(), LOGITS[:1], LABELS[:1]),
    "softmax of far logits": (SoftmaxCrossEntropy(), 10 * LOGITS, LABELS),
    "softmax smoothed with labels": (SoftmaxCrossEntropy(smoothing=0.2), LOGITS, LABELS),
    "softmax smoothed with probabilities": (SoftmaxCrossEntropy(smoothing=0.2), LOGITS, 3 * PROBABILITIES),
    "focal": (Focal(), LOGITS, LABELS),
    "focal of gamma 0.5 and far logits": (Focal(0.5), 10 * LOGITS, LABELS),
    "focal that is cross-entropy": (Focal(0.0), LOGITS, LABELS),
    "hinge": (Hinge(), LOGITS, LABELS),
    "hinge of far scores": (Hinge(), 10 * LOGITS, LABELS),
    "squared hinge": (Hinge(squared=True), LOGITS, LABELS),
    "binary with a vector": (BinaryCrossEntropy(), COLUMN[:, 0], BINARY),
    "binary with a column": (BinaryCrossEntropy(), COLUMN, BINARY),
    "binary with a vector and a column": (BinaryCrossEntropy(), COLUMN[:, 0], BINARY[:, None]),
    "binary with probabilities": (BinaryCrossEntropy(), LOGITS, PROBABILITIES),
    "squared error with a vector": (MeanSquaredError(), COLUMN[:, 0], VALUES[:, 0]),
    "squared error with a column": (MeanSquaredError(), COLUMN, VALUES[:, 0]),
    "squared error with a matrix": (MeanSquaredError(), LOGITS, VALUES),
    "squared error with whole numbers": (MeanSquaredError(), COLUMN[:, 0], LABELS),
    "absolute error with a vector": (MeanAbsoluteError(), COLUMN[:, 0], VALUES[:, 0]),
    "absolute error with a matrix": (MeanAbsoluteError(), LOGITS, VALUES),
    "quantile with a vector": (Quantile(0.8), COLUMN[:, 0], VALUES[:, 0]),
    "quantile with a matrix": (Quantile(0.1), LOGITS, VALUES),
    "poisson with a vector": (Poisson(), COLUMN[:, 0], LABELS),
    "poisson with a matrix": (Poisson(), LOGITS, 3 * PROBABILITIES),
    "huber with a vector": (Huber(), COLUMN[:, 0], VALUES[:, 0]),
    "huber with a matrix": (Huber(), LOGITS, VALUES),
    "huber that is quadratic": (Huber(delta=100.0), LOGITS, VALUES),
    "huber that is linear": (Huber(delta=0.01), LOGITS, VALUES),
}

THETA = RNG.choice([-1.0, 1.0], 9) * RNG.uniform(0.2, 1.2, 9)
MASK = np.arange(9) % 3 > 0

PENALTY_TABLE: dict[str, tuple[Penalty, Array]] = {
    "L2": (L2(0.01), MASK),
    "L2 of nothing": (L2(0.0), MASK),
    "L2 on everything": (L2(2.0), np.ones(9, bool)),
    "L2 nowhere": (L2(0.01), np.zeros(9, bool)),
    "L1": (L1(0.01), MASK),
    "L1 on everything": (L1(2.0), np.ones(9, bool)),
}


@pytest.mark.parametrize(("layer", "features"), LAYER_TABLE.values(), ids=LAYER_TABLE.keys())
def test_every_layer_passes(layer: Layer, features: int) -> None:
    _expect_passed(layer, features, training=True)


@pytest.mark.parametrize(("layer", "features"), OF_TWO_MODES.values(), ids=OF_TWO_MODES.keys())
def test_what_does_something_else_in_evaluation_passes_there_too(layer: Layer, features: int) -> None:
    _expect_passed(layer, features, training=False)


def _expect_passed(layer: Layer, features: int, training: bool) -> None:
    report = check_layer(layer, features, training=training)
    assert report.passed, str(report)
    assert "right to rounding" in [row.name for row in report.rows]  # it carries complex numbers


@pytest.mark.parametrize(("loss", "output", "target"), LOSS_TABLE.values(), ids=LOSS_TABLE.keys())
def test_every_loss_passes(loss: Loss, output: Array, target: Array) -> None:
    report = check_loss(loss, output, target)
    assert report.passed, str(report)


@pytest.mark.parametrize(("penalty", "mask"), PENALTY_TABLE.values(), ids=PENALTY_TABLE.keys())
def test_every_penalty_passes(penalty: Penalty, mask: Array) -> None:
    report = check_penalty(penalty, THETA, mask)
    assert report.passed, str(report)


def test_the_tables_hold_every_kind_that_there_is() -> None:
    found = {kind for row in LAYER_TABLE.values() for kind in kinds_in(row[0])}
    found |= {type(row[0]) for row in LOSS_TABLE.values()} | {type(row[0]) for row in PENALTY_TABLE.values()}
    assert found >= {*LAYERS, *LOSSES, *PENALTIES}


def networks(features: int, depth: int) -> st.SearchStrategy[Layer]:
    """Random networks that keep their number of features."""
    leaf: st.SearchStrategy[Layer] = st.sampled_from([*ACTIVATIONS, Dropout(0.3), Linear(features, features)])
    if depth == 0:
        return leaf
    child = networks(features, depth - 1)
    children = st.lists(child, min_size=1, max_size=3)
    return st.one_of(
        leaf,
        child.map(Residual),
        children.map(lambda layers: Sequential(*layers)),
        children.map(lambda layers: Sum(*layers)),
    )


@settings(max_examples=40)
@given(st.data(), st.integers(1, 6), st.integers(1, 9), st.integers(0, 2**32 - 1), st.booleans())
def test_random_networks_pass(
    data: st.DataObject, features: int, samples: int, seed: int, training: bool
) -> None:
    network = data.draw(networks(features, depth=2))
    report = check_layer(network, features, seed=seed, samples=samples, training=training)
    assert report.passed, str(report)


@settings(max_examples=40)
@given(
    st.sampled_from(
        [
            *(SoftmaxCrossEntropy(), SoftmaxCrossEntropy(smoothing=0.3), BinaryCrossEntropy()),
            *(MeanSquaredError(), MeanAbsoluteError(), Huber(0.7), Quantile(0.8), Poisson()),
        ]
    ),
    st.integers(1, 8),
    st.integers(1, 5),
    st.integers(0, 2**32 - 1),
)
def test_losses_pass_at_random_shapes(loss: Loss, samples: int, classes: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    target = rng.dirichlet(np.ones(classes), samples)
    report = check_loss(loss, 2 * rng.standard_normal((samples, classes)), target, seed=seed)
    assert report.passed, str(report)
