"""Rows that do not all count the same: a weight is a number of copies, in both engines and every loss."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Affine, Split
from gradwright.engine import Rows, Task, native, reference, variants
from gradwright.nn import Loss, Objective
from gradwright.nn.layer import Array
from gradwright.optim import SGD, Adam, Constant

CLOSE = 1e-10  # relative, in float64: sums are rounded in another order
LOSSES: dict[str, tuple[Loss, Any]] = {
    "labels": (gw.SoftmaxCrossEntropy(), lambda rng, n: rng.integers(3, size=n)),
    "probabilities": (gw.SoftmaxCrossEntropy(), lambda rng, n: rng.dirichlet(np.ones(3), size=n)),
    "yes or no": (gw.BinaryCrossEntropy(), lambda rng, n: rng.random((n, 3))),
    "squares": (gw.MeanSquaredError(), lambda rng, n: rng.normal(size=(n, 3))),
    "smoothed labels": (gw.SoftmaxCrossEntropy(smoothing=0.2), lambda rng, n: rng.integers(3, size=n)),
    "focal": (gw.Focal(), lambda rng, n: rng.integers(3, size=n)),
    "hinge": (gw.Hinge(), lambda rng, n: rng.integers(3, size=n)),
    "squared hinge": (gw.Hinge(squared=True), lambda rng, n: rng.integers(3, size=n)),
    "magnitudes": (gw.MeanAbsoluteError(), lambda rng, n: rng.normal(size=(n, 3))),
    "quantile": (gw.Quantile(0.8), lambda rng, n: rng.normal(size=(n, 3))),
    "counts": (gw.Poisson(), lambda rng, n: rng.poisson(2.0, size=(n, 3)).astype(float)),
    "huber": (gw.Huber(0.5), lambda rng, n: rng.normal(size=(n, 3))),
}
ENGINES = {"reference": reference, "native": native}
every_loss = pytest.mark.parametrize("name", LOSSES)
every_engine = pytest.mark.parametrize(
    "engine",
    [
        "reference",
        pytest.param(
            "native", marks=pytest.mark.skipif(not variants.supported(), reason="the engine was not built")
        ),
    ],
)


def weighted(name: str, n: int = 40) -> tuple[Objective, Rows]:
    """A network and rows of which some count nothing, and some several times."""
    loss, targets = LOSSES[name]
    rng = np.random.default_rng(n)
    split = Split(rng.normal(size=(n, 4)), targets(rng, n), rng.integers(4, size=n))
    return Objective(gw.mlp(4, 7, 3), loss, gw.L2(0.01)), Rows(split, Affine())


def copied(rows: Rows) -> Rows:
    """The same rows, each as many times as its weight says."""
    assert rows.split.weights is not None
    numbers = np.repeat(np.arange(len(rows.split)), rows.split.weights.astype(int))
    return replace(rows, split=Split(rows.split.x[numbers], rows.split.y[numbers]))


def theta_of(objective: Objective) -> Array:
    return objective.layout.initialize(np.random.default_rng(1))


@every_engine
@every_loss
def test_a_weight_is_a_number_of_copies_in_what_is_measured(engine: str, name: str) -> None:
    objective, rows = weighted(name)
    found, expected = (
        ENGINES[engine].evaluate(objective, theta_of(objective), r) for r in (rows, copied(rows))
    )
    assert found == pytest.approx(expected, rel=CLOSE)


@every_engine
@every_loss
def test_a_weight_is_a_number_of_copies_in_the_gradient(engine: str, name: str) -> None:
    objective, rows = weighted(name)
    (value, grad), (expected_value, expected) = (
        ENGINES[engine].value_and_grad(objective, theta_of(objective), r) for r in (rows, copied(rows))
    )
    assert value == pytest.approx(expected_value, rel=CLOSE)
    np.testing.assert_allclose(grad, expected, rtol=CLOSE, atol=CLOSE * np.abs(expected).max())


@pytest.mark.skipif(not variants.supported(), reason="the engine was not built")
@pytest.mark.parametrize("batch", [1, 7, 40])
@pytest.mark.parametrize("optimizer", [SGD(), SGD(momentum=0.9), Adam()], ids=lambda o: type(o).__name__)
@every_loss
def test_an_epoch_over_weighted_rows_is_that_of_the_reference(name: str, optimizer: Any, batch: int) -> None:
    objective, rows = weighted(name)
    task = Task(objective, optimizer, Constant(0.05), batch, seed=3, dtype="float64")
    ours, theirs = (e.train_epoch(task, task.initial_state(), rows) for e in (native, reference))
    np.testing.assert_allclose(ours.objectives, theirs.objectives, rtol=CLOSE)
    np.testing.assert_allclose(ours.state.theta, theirs.state.theta, rtol=1e-7, atol=1e-9)


@every_loss
def test_the_gradient_of_a_weighted_loss_is_that_of_its_value(name: str) -> None:
    objective, rows = weighted(name, 6)
    split = rows.split
    assert split.weights is not None

    def f(output: Array) -> float:
        return float(objective.loss.forward(output, split.y, split.weights)[0])  # type: ignore[call-arg]

    def grad(output: Array) -> Array:
        _, cache = objective.loss.forward(output, split.y, split.weights)  # type: ignore[call-arg]
        return objective.loss.backward(cache)

    gw.check_gradient(f, grad, np.random.default_rng(2).normal(size=(6, 3))).assert_correct()


def test_a_batch_that_counts_nothing_changes_nothing() -> None:
    objective, rows = weighted("squares")
    nothing = replace(rows, split=Split(rows.split.x, rows.split.y, np.eye(1, len(rows.split))[0]))
    objective = replace(objective, penalty=None)
    task = Task(objective, SGD(), Constant(0.1), 1, seed=0, dtype="float64")
    for engine in ENGINES.values() if variants.supported() else [reference]:
        epoch = engine.train_epoch(task, task.initial_state(), nothing)
        assert np.count_nonzero(epoch.objectives) == 1
    order = np.arange(1, len(rows.split))
    still = reference.train_epoch(task, task.initial_state(), nothing, order=order)
    np.testing.assert_array_equal(still.state.theta, task.initial_state().theta)


@every_engine
def test_an_epoch_visits_rows_in_the_order_that_is_given(engine: str) -> None:
    objective, rows = weighted("labels")
    task = Task(objective, SGD(), Constant(0.1), 8, seed=0, dtype="float64")
    order = np.arange(len(rows.split))[::-1].copy()
    assert rows.split.weights is not None
    turned = replace(rows, split=Split(rows.split.x[order], rows.split.y[order], rows.split.weights[order]))
    found = ENGINES[engine].train_epoch(task, task.initial_state(), rows, order=order)
    expected = ENGINES[engine].train_epoch(task, task.initial_state(), turned, order=np.arange(len(order)))
    np.testing.assert_array_equal(found.objectives, expected.objectives)
