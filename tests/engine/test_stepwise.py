"""One sample a step on a chain of layers: in blocks where the first is wide, and nobody can tell."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradwright.data import Affine, Split
from gradwright.data.batches import epoch_order
from gradwright.engine import Rows, Task, native, reference
from gradwright.engine.models import make_model
from gradwright.engine.variants import supported
from gradwright.errors import DivergenceError
from gradwright.nn import (
    ELU,
    SELU,
    BinaryCrossEntropy,
    Focal,
    Hinge,
    Huber,
    Layer,
    LeakyReLU,
    Linear,
    MeanAbsoluteError,
    MeanSquaredError,
    Objective,
    Poisson,
    Quantile,
    ReLU,
    Sequential,
    Sigmoid,
    SoftmaxCrossEntropy,
    Tanh,
    mlp,
)
from gradwright.nn.layer import Array
from gradwright.optim import SGD, Constant, CosineDecay

pytestmark = pytest.mark.skipif(not supported(), reason="the compiled engine was not built")

FLOAT64 = 1e-11  # of an epoch's change: every step rounds in another order, which comes to 1e-14 in practice
FLOAT32 = 1e-4  # the same in single precision, 4e-6 in practice; a lost term is off by 1e-2 and more
COUNT = 211  # no multiple of any block
FEW, MANY = 7, 65  # inputs: below and above what a block pays for


def objective(network: Layer, loss: Any = None) -> Objective:
    return Objective(network, loss or SoftmaxCrossEntropy())


def task(goal: Objective, **changes: Any) -> Task:
    settings: dict[str, Any] = {"optimizer": SGD(), "schedule": Constant(0.05), "dtype": "float64"}
    return Task(objective=goal, batch_size=1, seed=3, **{**settings, **changes})


def rows(goal: Objective, inputs: int, outputs: int, count: int = COUNT) -> Rows:
    rng = np.random.default_rng(0)
    x = rng.random((count, inputs))
    labels = isinstance(goal.loss, SoftmaxCrossEntropy | Focal | Hinge)
    y = rng.integers(outputs, size=count) if labels else rng.random((count, outputs))
    return Rows(Split(x, y), Affine(0.1, 1.5))


def distance(task: Task, rows: Rows) -> float:
    """How far the changes of an epoch lie apart, as a share of the change; the objectives alike."""
    start = task.initial_state()
    ours, theirs = native.train_epoch(task, start, rows), reference.train_epoch(task, start, rows)
    assert (ours.state.step, ours.complete) == (theirs.state.step, theirs.complete)
    objectives = relative(ours.objectives, theirs.objectives)
    return max(relative(ours.state.theta - start.theta, theirs.state.theta - start.theta), objectives)


def relative(ours: Array, theirs: Array) -> float:
    return float(np.linalg.norm(ours - theirs) / np.linalg.norm(theirs))


@pytest.mark.parametrize("inputs", [1, 2, 17, 63, 64, 65, 100])
@pytest.mark.parametrize("hidden", [1, 33, 300])
@pytest.mark.parametrize("outputs", [2, 10, 17])
def test_an_epoch_is_one_of_single_steps(inputs: int, hidden: int, outputs: int) -> None:
    goal = objective(mlp(inputs, hidden, outputs, activation=Sigmoid()))
    assert distance(task(goal), rows(goal, inputs, outputs)) < FLOAT64
    assert distance(task(goal, dtype="float32"), rows(goal, inputs, outputs)) < FLOAT32


# ELU(2.5) has slopes so steep that at this rate rounding grows ten thousand times in an epoch
@pytest.mark.parametrize("activation", [ReLU(), LeakyReLU(0.1), ELU(0.5), SELU(), Tanh(), Sigmoid()])
@pytest.mark.parametrize(
    "loss",
    [
        *(SoftmaxCrossEntropy(), SoftmaxCrossEntropy(smoothing=0.2), BinaryCrossEntropy(), Focal()),
        *(Hinge(), Hinge(squared=True)),
        *(MeanSquaredError(), MeanAbsoluteError(), Huber(0.3), Quantile(0.8), Poisson()),
    ],
)
def test_every_activation_and_loss_is_served(activation: Layer, loss: Any) -> None:
    for inputs in FEW, MANY:
        goal = objective(mlp(inputs, 20, 9, 3, activation=activation), loss)
        rate = 0.005 if loss == Hinge(squared=True) else 0.05  # what is squared is as steep as it is far
        assert distance(task(goal, schedule=Constant(rate)), rows(goal, inputs, 3)) < FLOAT64


@pytest.mark.parametrize("inputs", [FEW, MANY])
def test_softmax_regression_and_a_last_activation_and_layers_without_bias_are_served(inputs: int) -> None:
    networks: list[Layer] = [
        Linear(inputs, 5),
        Sequential(Linear(inputs, 6), Tanh(), Linear(6, 5), Sigmoid()),
        Sequential(Linear(inputs, 6, bias=False), Tanh(), Linear(6, 5, bias=False)),
    ]
    for goal in map(objective, networks):
        assert distance(task(goal), rows(goal, inputs, 5)) < FLOAT64


@pytest.mark.parametrize("inputs", [FEW, MANY])
@pytest.mark.parametrize("count", [1, 23, 24, 25, 48, 240])
def test_any_number_of_samples_will_do(inputs: int, count: int) -> None:
    goal = objective(mlp(inputs, 12, 4))
    assert distance(task(goal), rows(goal, inputs, 4, count)) < FLOAT64


@pytest.mark.parametrize("inputs", [FEW, MANY])
def test_each_step_has_its_own_rate(inputs: int) -> None:
    goal = objective(mlp(inputs, 12, 4))
    schedule = CosineDecay(0.2, end=0.01, duration=COUNT, per="step")
    assert distance(task(goal, schedule=schedule), rows(goal, inputs, 4)) < FLOAT64


@pytest.mark.parametrize("inputs", [FEW, MANY])
def test_two_epochs_are_one_after_the_other(inputs: int) -> None:
    goal = objective(mlp(inputs, 12, 4))
    job, data = task(goal), rows(goal, inputs, 4)
    state = native.train_epoch(job, job.initial_state(), data).state
    twice = native.train_epoch(job, state, data).state
    expected = reference.train_epoch(
        job, reference.train_epoch(job, job.initial_state(), data).state, data
    ).state
    assert relative(twice.theta, expected.theta) < FLOAT64


@pytest.mark.parametrize("inputs", [FEW, MANY])
@pytest.mark.parametrize("broken", [0, 5, 24, 100])
def test_an_objective_that_is_not_finite_ends_the_epoch_before_its_step(inputs: int, broken: int) -> None:
    goal = objective(mlp(inputs, 12, 4, activation=ReLU()), MeanSquaredError())
    job, good = task(goal), rows(goal, inputs, 4)
    start = job.initial_state()
    x = good.split.x.copy()
    x[epoch_order(job.seed, 0, COUNT)[broken]] = 1e200  # whose square is beyond float64
    bad = Rows(Split(x, good.split.y), good.features)
    arguments = native.epoch_arguments(job, start, bad)
    model = make_model(goal, job.dtype, job.batch_size)
    assert model.train(**arguments, ask=None) == broken
    with pytest.raises(DivergenceError, match=f"epoch 1, step {broken + 1}:"):
        native.train_epoch(job, start, bad)
    before = reference.train_epoch(job, start, good, on_step=lambda steps, _: steps < max(broken, 1)).state
    expected = before.theta if broken else start.theta
    assert relative(arguments["theta"][0], expected) < FLOAT64


def test_what_was_learnt_before_the_caller_ends_an_epoch_is_kept() -> None:
    goal = objective(mlp(65, 300, 4))
    job, data = (
        task(goal),
        rows(goal, 65, 4, count=20_000),
    )  # long enough for the caller to be asked within it
    start = job.initial_state()
    epoch = native.train_epoch(job, start, data, on_step=lambda *_: False)
    steps = epoch.state.step
    expected = reference.train_epoch(job, start, data, on_step=lambda made, _: made < steps).state
    assert relative(epoch.state.theta - start.theta, expected.theta - start.theta) < FLOAT64
