"""Narrow layers, a sample in each lane: any width and batch, layers of several linear steps, each variant."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Affine, Split
from gradwright.engine import Rows, Task, native, reference, variants
from gradwright.engine.lower import lower
from gradwright.nn import Layer, Objective
from gradwright.nn.layer import Array
from gradwright.optim import SGD, Constant

pytestmark = [
    pytest.mark.skipif(not variants.supported(), reason="the compiled engine was not built"),
    pytest.mark.usefixtures("isa"),
]

# Of the norm of a change: sums are rounded in another order; exp and tanh are right to a few last places.
CLOSE = {"float64": 1e-11, "float32": 1e-4}


def rows_for(objective: Objective, count: int) -> Rows:
    plan = lower(objective)
    rng = np.random.default_rng(count)
    x = rng.normal(size=(count, plan.widths[0]))
    return Rows(Split(x, rng.integers(plan.widths[plan.output], size=count)), Affine())


def assert_one_epoch_is_that_of_the_reference(
    network: Layer, count: int, batch: int, dtype: str, penalty: gw.L2 | None = None
) -> None:
    objective = Objective(network, gw.SoftmaxCrossEntropy(), penalty)
    rows = rows_for(objective, count)
    task = Task(objective, SGD(), Constant(0.05), batch, seed=1, dtype=dtype)
    start = task.initial_state().theta.astype(np.float64)
    ours = native.train_epoch(task, task.initial_state(), rows)
    exact = replace(task, dtype="float64")
    theirs = reference.train_epoch(exact, replace(exact.initial_state(), theta=start), rows)
    np.testing.assert_allclose(ours.objectives, theirs.objectives, rtol=CLOSE[dtype])
    assert_close(ours.state.theta - start, theirs.state.theta - start, CLOSE[dtype])


def assert_close(found: Array, expected: Array, tolerance: float) -> None:
    distance, size = np.linalg.norm(found - expected), np.linalg.norm(expected)
    assert distance <= tolerance * size, f"{distance / size:.1e} apart, {tolerance:.0e} allowed"


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_every_width_leaves_the_right_rest(dtype: str) -> None:
    for width in [*range(1, 36), 47, 48, 49, 50, 63, 64, 65, 66, 79, 80, 100, 127, 128]:
        assert_one_epoch_is_that_of_the_reference(gw.mlp(3, width, 2), 20, 20, dtype)
        assert_one_epoch_is_that_of_the_reference(gw.mlp(width, 5, width + 1), 20, 20, dtype)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_what_lies_beyond_the_columns_and_rows_of_weights_adds_nothing_to_a_penalty(dtype: str) -> None:
    for width in (1, 5, 9, 17, 18, 21, 22, 28, 50, 82):
        assert_one_epoch_is_that_of_the_reference(gw.mlp(7, width, width, 5), 60, 20, dtype, gw.L2(0.1))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_every_batch_size_fills_its_lanes(dtype: str) -> None:
    for batch in range(1, 71):
        assert_one_epoch_is_that_of_the_reference(gw.mlp(4, 7, 3), 2 * batch + batch // 2, batch, dtype)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("steps", [1, 5, 16, 17, 40])
def test_batches_that_are_brought_in_together_stay_apart(dtype: str, steps: int) -> None:
    assert_one_epoch_is_that_of_the_reference(gw.mlp(2, 3, 2), 4 * steps - 1, 4, dtype)


def branches(*layers: Layer) -> Layer:
    return gw.Sequential(gw.Linear(4, 6), gw.Tanh(), gw.Sum(*layers), gw.Linear(9, 3))


TOGETHER = {  # networks whose consecutive linear steps share a source
    "a block": gw.residual_mlp(5, 20, 20, 4),
    "blocks of other widths": gw.residual_mlp(3, 7, 18, 33, 5),
    "a block of one unit": gw.residual_mlp(3, 1, 2),
    "three branches": branches(gw.Linear(6, 9), gw.Linear(6, 9), gw.Linear(6, 9)),
    "without biases": branches(gw.Linear(6, 9, bias=False), gw.Linear(6, 9, bias=False)),
    "a bias in one branch": branches(gw.Linear(6, 9, bias=False), gw.Linear(6, 9)),
    "other activations": branches(
        gw.Sequential(gw.Linear(6, 9), gw.Sigmoid()), gw.Sequential(gw.Linear(6, 9), gw.LeakyReLU(0.2))
    ),
    "an activation that needs its input": branches(
        gw.Sequential(gw.Linear(6, 9), gw.GELU()), gw.Sequential(gw.Linear(6, 9), gw.Softplus())
    ),
    "a branch of two layers": branches(
        gw.Sequential(gw.Linear(6, 5), gw.Tanh(), gw.Linear(5, 9)), gw.Linear(6, 9)
    ),
    "a branch whose output is read twice": branches(
        gw.Sequential(gw.Linear(6, 9), gw.Residual(gw.Sequential(gw.Linear(9, 9), gw.Tanh()))),
        gw.Linear(6, 9),
    ),
    "the input beside its product": gw.Sequential(gw.Residual(gw.Linear(4, 4)), gw.Linear(4, 2)),
    "a sum of activations": gw.Sequential(gw.Linear(3, 5), gw.Sum(gw.Tanh(), gw.ReLU()), gw.Linear(5, 2)),
    "too wide for one block": gw.residual_mlp(9, 40, 40, 3),
    "wider than a block each": gw.residual_mlp(9, 70, 3),
    "at the input": gw.Sequential(gw.Sum(gw.Linear(4, 9), gw.Linear(4, 9)), gw.Sigmoid()),
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", TOGETHER)
def test_linear_steps_of_one_source_learn_together_as_they_would_apart(name: str, dtype: str) -> None:
    for batch in (1, 16, 21, 48):
        assert_one_epoch_is_that_of_the_reference(TOGETHER[name], 60, batch, dtype)


@pytest.mark.parametrize("penalty", [gw.L2(0.02), gw.L1(0.02)], ids=["L2", "L1"])
@pytest.mark.parametrize("name", TOGETHER)
def test_a_shared_block_of_weights_is_penalised_once(name: str, penalty: gw.L2 | gw.L1) -> None:
    objective = Objective(TOGETHER[name], gw.SoftmaxCrossEntropy(), penalty)
    rows = rows_for(objective, 30)
    theta = objective.layout.initialize(np.random.default_rng(0))
    value, grad = native.value_and_grad(objective, theta, rows)
    wanted, wanted_grad = objective.value_and_grad(theta, rows.split.x, rows.split.y)
    assert value == pytest.approx(wanted, rel=CLOSE["float64"])
    assert_close(grad, wanted_grad, CLOSE["float64"])


def test_numbers_that_are_not_finite_are_seen_in_any_class() -> None:
    objective = Objective(gw.Linear(2, 5), gw.SoftmaxCrossEntropy())
    rows = rows_for(objective, 20)
    for bad in (np.nan, np.inf, -np.inf):
        for place in range(5):
            theta = np.zeros(15, np.float32)
            theta[objective.layout.slots[1].start + place] = bad
            value, _ = native.value_and_grad(objective, theta, rows)
            wanted = {np.nan: False, np.inf: False, -np.inf: place not in rows.split.y}[bad]
            assert bool(np.isfinite(value)) == wanted, f"{bad} in class {place}: {value}"
