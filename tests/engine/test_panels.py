"""Wide layers in the compiled engine: any width and batch is right, and threads change only the time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradwright.data import Affine, Split
from gradwright.engine import Rows, Task, native, reference, variants
from gradwright.engine.models import make_model
from gradwright.nn import (
    GELU,
    L2,
    SELU,
    BatchNorm,
    Dropout,
    LayerNorm,
    Linear,
    Mixed,
    Objective,
    ReLU,
    Residual,
    Scale,
    Sequential,
    Sigmoid,
    SoftmaxCrossEntropy,
    mlp,
)
from gradwright.nn.layer import Array
from gradwright.optim import SGD, Adam, Constant

pytestmark = pytest.mark.skipif(not variants.supported(), reason="the compiled engine was not built")

ROUNDING = (
    1e-11  # of an epoch's change: sums in another order, 1e-14 in practice; a lost term is 1e-4 and more
)
CLASSES = 10
IN_PLACE = Affine()  # the stored rows are the inputs


def task(network: Any, batch_size: int, **changes: Any) -> Task:
    goal = Objective(network, SoftmaxCrossEntropy(), L2(0.01))
    settings: dict[str, Any] = {"optimizer": SGD(), "schedule": Constant(0.05), "dtype": "float64"}
    return Task(objective=goal, batch_size=batch_size, seed=3, **{**settings, **changes})


def rows(count: int, inputs: int, features: Affine = IN_PLACE, stored: str = "float64") -> Rows:
    rng = np.random.default_rng(0)
    x = rng.integers(256, size=(count, inputs)) if stored == "uint8" else rng.random((count, inputs))
    return Rows(Split(x.astype(stored), rng.integers(CLASSES, size=count)), features)


def distance(task: Task, rows: Rows) -> float:
    """How far the changes of an epoch lie apart, as a share of the change."""
    start = task.initial_state()
    ours, theirs = native.train_epoch(task, start, rows), reference.train_epoch(task, start, rows)
    change = theirs.state.theta - start.theta
    return float(np.linalg.norm(ours.state.theta - start.theta - change) / np.linalg.norm(change))


@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize("width", [129, 130, 132, 136, 144, 145, 146, 160, 163, 176, 192])
def test_a_layer_of_any_width_is_that_of_the_reference(width: int) -> None:
    """The widths end in each number of registers and of single columns, behind and before the wide layer."""
    network = mlp(width, 150, width, CLASSES, activation=Sigmoid())
    assert distance(task(network, 17), rows(40, width)) < ROUNDING


@pytest.mark.usefixtures("isa")
def test_an_update_of_more_inputs_than_are_taken_at_once_is_that_of_the_reference() -> None:
    network = mlp(201, 150, CLASSES, activation=Sigmoid())
    assert distance(task(network, 256), rows(300, 201)) < ROUNDING  # 64 inputs of so many rows


@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize("outputs", [1, 2, 3, 5, 16])
def test_a_few_columns_behind_a_wide_layer_are_right(outputs: int) -> None:
    network = Sequential(Linear(131, outputs), ReLU(), Linear(outputs, CLASSES))
    assert distance(task(network, 17), rows(40, 131)) < ROUNDING


@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize("batch_size", [1, 2, 13, 100, 256, 257, 600])
def test_a_batch_of_any_size_is_right(batch_size: int) -> None:
    network = mlp(160, 146, CLASSES, activation=ReLU())
    assert distance(task(network, batch_size, optimizer=SGD(momentum=0.9)), rows(601, 160)) < ROUNDING


@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize("stored", ["uint8", "float32", "float64"])
@pytest.mark.parametrize("features", [IN_PLACE, Affine(0.5), Affine(scale=1 / 255), Affine(0.5, 1 / 255)])
def test_inputs_are_read_from_any_stored_kind_through_any_map(stored: str, features: Affine) -> None:
    network = mlp(144, 150, CLASSES, activation=Sigmoid())
    assert distance(task(network, 20), rows(50, 144, features, stored)) < ROUNDING


def test_an_input_that_is_more_than_the_source_of_products_is_right() -> None:
    body = Sequential(Linear(144, 144), GELU(), Linear(144, 144))
    assert distance(task(Sequential(Residual(body), Linear(144, CLASSES)), 20), rows(50, 144)) < ROUNDING


@pytest.mark.usefixtures("isa")
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("threads", [2, 3, 7])
def test_every_number_of_threads_makes_the_same_bits(
    threads: int, dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = Sequential(
        *(Scale(200), Linear(200, 305), Mixed(SELU(), 305), Dropout(0.3), BatchNorm(305), LayerNorm(305)),
        *(Residual(Sequential(Linear(305, 305), GELU())), Linear(305, CLASSES)),
    )
    training, data = (
        task(network, 280, dtype=dtype, optimizer=Adam()),
        rows(700, 200),
    )  # some ms a step: it is shared
    monkeypatch.setenv(variants.THREADS, "1")
    alone = results(training, data)
    monkeypatch.setenv(variants.THREADS, str(threads))
    for one, several in zip(alone, results(training, data), strict=True):
        np.testing.assert_array_equal(one, several)


def results(task: Task, rows: Rows) -> list[Array]:
    """All that the engine computes: an epoch, a gradient, outputs and measurements."""
    start = task.initial_state()
    epoch = native.train_epoch(task, start, rows)
    value, grad = native.value_and_grad(task.objective, start.theta, rows)
    output = native.predict(task.objective, start.theta, rows.split.x)
    metrics = native.evaluate(task.objective, start.theta, rows)
    return [
        epoch.state.theta,
        epoch.objectives,
        np.array(value),
        grad,
        output,
        np.array(list(metrics.values())),
    ]


@pytest.mark.parametrize("threads", [0, -1, 1025])
def test_an_absurd_number_of_threads_is_refused(threads: int) -> None:
    with pytest.raises(ValueError, match="threads: expected 1 to 1024"):
        make_model(task(mlp(3, 2), 1).objective, "float64", 1, threads=threads)
