"""Random networks of all that a plan has a step for, batches for them, and each set of kernels in turn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import strategies as st

from gradwright.engine import variants
from gradwright.nn import (
    ELU,
    GELU,
    L1,
    L2,
    SELU,
    BatchNorm,
    BinaryCrossEntropy,
    Columns,
    Dropout,
    Embedding,
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
    Objective,
    Penalty,
    PeriodicEmbedding,
    Poisson,
    Quantile,
    ReLU,
    Residual,
    Scale,
    Sequential,
    Sigmoid,
    SiLU,
    SoftmaxCrossEntropy,
    Softplus,
    Sum,
    Tanh,
    residual_block,
)
from gradwright.nn.layer import Array

ALIKE = (*variants.WITH_BF16, "avx512")  # but for products in bfloat16: one module


def kernels() -> tuple[str, ...]:
    """A variant for each set of kernels that runs here, the best of those that are alike."""
    names = variants.supported()
    best = next((name for name in names if name in ALIKE), None)
    return tuple(name for name in names if name == best or name not in ALIKE)


@pytest.fixture(params=kernels() or ("none",))
def isa(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each set of kernels of this machine in turn, so that no faster one hides another."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(variants.VARIABLE, request.param)
        yield request.param


WIDTHS = st.integers(1, 7)
RATES = st.sampled_from([0.0, 0.2, 0.5])
EPSILON = 0.1  # of norms: so that rounding is not divided by next to nothing where all entries are equal
ACTIVATIONS: st.SearchStrategy[Layer] = st.sampled_from(
    (
        *(ReLU(), LeakyReLU(0.1), LeakyReLU(0.0), ELU(), ELU(2.5), SELU()),
        *(Tanh(), Sigmoid(), Softplus(), GELU(), SiLU(), Mish()),
    )
)
LOSSES: st.SearchStrategy[Loss] = st.sampled_from(
    (
        *(SoftmaxCrossEntropy(), SoftmaxCrossEntropy(smoothing=0.2), BinaryCrossEntropy()),
        *(MeanSquaredError(), MeanAbsoluteError(), Huber(0.5), Quantile(0.8), Poisson()),
    )
)
PENALTIES: st.SearchStrategy[Penalty | None] = st.sampled_from((None, L2(0.01), L1(0.01)))


@st.composite
def networks_between(draw: st.DrawFn, inputs: int, outputs: int, depth: int) -> Layer:
    """A network from ``inputs`` to ``outputs`` features, with containers nested at most ``depth`` deep."""
    kinds = ["Linear"]
    if depth:
        kinds += ["Sequential", "Sequential", "Sum", "residual_block"]
    if inputs == outputs:
        kinds += ["activation", "Dropout", "LayerNorm", "BatchNorm", "Scale", "Mixed"]
        kinds += ["Residual"] if depth else []
    match draw(st.sampled_from(kinds)):
        case "Sequential":
            hidden = draw(WIDTHS)
            first = draw(networks_between(inputs, hidden, depth - 1))
            last = draw(networks_between(hidden, outputs, depth - 1))
            return Sequential(first, draw(ACTIVATIONS), last)
        case "Sum":
            count = draw(st.integers(1, 3))
            return Sum(*(draw(networks_between(inputs, outputs, depth - 1)) for _ in range(count)))
        case "Residual":
            return Residual(draw(networks_between(inputs, outputs, depth - 1)))
        case "residual_block":
            return residual_block(inputs, outputs)
        case "activation":
            return draw(ACTIVATIONS)
        case "Dropout":
            return Dropout(draw(RATES))
        case "LayerNorm":
            return LayerNorm(inputs, epsilon=EPSILON)
        case "BatchNorm":
            return BatchNorm(inputs, momentum=draw(RATES), epsilon=EPSILON)
        case "Scale":
            return Scale(inputs)
        case "Mixed":
            return Mixed(draw(ACTIVATIONS), inputs)
    return Linear(inputs, outputs, bias=draw(st.booleans()))


WORDS = 3  # of an embedding


@st.composite
def columns_of_input(draw: st.DrawFn) -> Columns:
    """Some columns as waves, some looked up, some left over, in any order."""
    order = draw(st.permutations(range(draw(st.integers(2, 5)))))
    waves, words = order[: draw(st.integers(0, 2))], order[-1:]
    waves = [column for column in waves if column not in words]
    layers: list[Layer] = [Embedding(WORDS, draw(st.integers(1, 2)))]
    taken = [tuple(words)]
    if waves:
        numbers = draw(st.integers(1, 2))
        layers.append(PeriodicEmbedding(len(waves), frequencies=draw(st.integers(1, 3)), numbers=numbers))
        taken.append(tuple(waves))
    return Columns(tuple(layers), columns=tuple(taken), features=len(order))


@dataclass(frozen=True, eq=False)
class Problem:
    """An objective with parameters, none of them 0, and a batch."""

    objective: Objective
    theta: Array
    x: Array
    target: Array


@st.composite
def problems_of(draw: st.DrawFn) -> Problem:
    first = draw(st.none() | columns_of_input())
    inputs = draw(WIDTHS) if first is None else first.output_features(None)
    outputs = draw(WIDTHS)
    body = draw(networks_between(inputs, outputs, depth=3))
    # a Linear on one side: a network of activations alone takes any number of features
    ends = (Linear(inputs, inputs), body) if draw(st.booleans()) else (body, Linear(outputs, outputs))
    objective = Objective(Sequential(*([first] if first else []), *ends), draw(LOSSES), draw(PENALTIES))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    rows = draw(st.integers(1, 9))
    theta = rng.normal(scale=0.5, size=objective.layout.size)
    for slot in objective.layout.statistics:
        theta[slot.start : slot.stop] = np.abs(theta[slot.start : slot.stop])  # a variance is not below 0
    x = rng.normal(size=(rows, first.features if first else inputs))
    if first:
        x[:, first.columns[0]] = rng.integers(WORDS, size=(rows, len(first.columns[0])))
    target: Array
    match objective.loss:
        case SoftmaxCrossEntropy() if draw(st.booleans()):
            target = rng.integers(outputs, size=rows)
        case SoftmaxCrossEntropy() | BinaryCrossEntropy():
            target = rng.random((rows, outputs))
        case Poisson():
            target = rng.poisson(2.0, size=(rows, outputs)).astype(float)
        case _:
            target = rng.normal(size=(rows, outputs))
    return Problem(objective, theta, x, target)


@pytest.fixture(scope="session")
def problems() -> st.SearchStrategy[Problem]:
    """Objectives of every layer, loss and penalty that a plan has words for, each with data."""
    return problems_of()
