"""Models side by side, a thread for each: the same, bit for bit, as if each had been trained alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Affine, Split
from gradwright.engine import Epoch, Rows, Task, native, variants
from gradwright.errors import DivergenceError
from gradwright.nn import Objective

pytestmark = pytest.mark.skipif(not variants.supported(), reason="the compiled engine was not built")

BASE = Task(
    Objective(gw.mlp(3, 20, 4), gw.SoftmaxCrossEntropy()), gw.SGD(), gw.Constant(0.1), batch_size=8, seed=0
)
TASKS = [
    BASE,
    replace(BASE, seed=1),
    replace(BASE, schedule=gw.Constant(0.01)),
    replace(BASE, optimizer=gw.Adam()),
    replace(BASE, batch_size=33),
    replace(BASE, dtype="float64"),
    replace(BASE, clip_norm=0.1),
    replace(BASE, objective=Objective(gw.residual_mlp(3, 7, 7, 4), gw.SoftmaxCrossEntropy(), gw.L2(0.01))),
    replace(BASE, objective=Objective(gw.mlp(3, 150, 4), gw.SoftmaxCrossEntropy())),
]


@pytest.fixture
def rows() -> Rows:
    rng = np.random.default_rng(0)
    return Rows(Split(rng.normal(size=(200, 3)), rng.integers(4, size=200)), Affine())


def side_by_side(tasks: list[Task], rows: Rows, threads: int) -> list[Epoch | DivergenceError]:
    def train(task: Task) -> Epoch | DivergenceError:
        try:
            return native.train_epoch(task, task.initial_state(), rows, at_most=1)
        except DivergenceError as error:
            return error

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(train, tasks))


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_each_model_is_bit_for_bit_the_one_trained_alone(rows: Rows, threads: int) -> None:
    for task, epoch in zip(TASKS, side_by_side(TASKS, rows, threads), strict=True):
        alone = native.train_epoch(task, task.initial_state(), rows)
        assert isinstance(epoch, Epoch)
        assert np.array_equal(epoch.state.theta, alone.state.theta)
        assert np.array_equal(epoch.objectives, alone.objectives)
        assert all(np.array_equal(epoch.state.optimizer[k], v) for k, v in alone.state.optimizer.items())


def test_a_model_that_diverges_is_told_and_the_others_go_on(rows: Rows) -> None:
    squared = Objective(gw.mlp(3, 4), gw.MeanSquaredError())
    targets = Rows(Split(rows.split.x, np.ones((200, 4))), Affine())
    tasks = [replace(BASE, objective=squared, schedule=gw.Constant(rate)) for rate in (0.01, 1e30, 0.02)]
    epochs = side_by_side(tasks, targets, threads=2)
    assert [isinstance(epoch, DivergenceError) for epoch in epochs] == [False, True, False]


@pytest.fixture
def slow(rows: Rows) -> tuple[Task, Rows]:
    """A model whose epoch takes seconds, and its rows."""
    wide = Objective(gw.mlp(3, 300, 300, 4), gw.SoftmaxCrossEntropy())
    return replace(BASE, objective=wide), Rows(
        Split(np.tile(rows.split.x, (5000, 1)), np.tile(rows.split.y, 5000)), Affine()
    )


@pytest.mark.waits
@pytest.mark.parametrize("no", [False, np.False_, None, 0])
def test_an_answer_is_taken_as_if_takes_it_and_not_asked_for_again(slow: Any, no: Any) -> None:
    task, many = slow
    asked: list[int] = []

    def answer(steps: int, _objective: float) -> Any:
        asked.append(steps)
        return no

    epoch = native.train_epoch(task, task.initial_state(), many, answer)
    assert len(asked) == 1
    assert asked == [len(epoch.objectives)]
    assert not epoch.complete


@pytest.mark.waits
def test_what_the_caller_is_told_is_the_step_and_its_objective(slow: Any) -> None:
    task, many = slow
    told: list[tuple[int, float]] = []

    def answer(steps: int, objective: float) -> bool:
        told.append((steps, objective))
        return len(told) < 3

    epoch = native.train_epoch(task, task.initial_state(), many, answer)
    assert [epoch.objectives[steps - 1] for steps, _ in told] == [objective for _, objective in told]
    assert [steps for steps, _ in told] == sorted({steps for steps, _ in told})


@pytest.mark.waits
def test_what_a_caller_raises_ends_the_epoch_and_is_raised(slow: Any) -> None:
    task, many = slow

    def fail(_steps: int, _objective: float) -> bool:
        raise LookupError("of the caller")

    with pytest.raises(LookupError, match="of the caller"):
        native.train_epoch(task, task.initial_state(), many, fail)
