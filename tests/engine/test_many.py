"""Many models in one call: each the same, bit for bit, as if it had been trained alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Affine, Split
from gradwright.engine import Epoch, Rows, Task, native, variants
from gradwright.engine.many import train_many
from gradwright.errors import ConfigError, DivergenceError
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


@pytest.mark.parametrize("threads", [1, 2, 5, 50])
def test_each_model_is_bit_for_bit_the_one_trained_alone(rows: Rows, threads: int) -> None:
    states = [task.initial_state() for task in TASKS]
    together = train_many(TASKS, states, rows, threads)
    for task, state, epoch in zip(TASKS, states, together, strict=True):
        alone = native.train_epoch(task, state, rows)
        assert isinstance(epoch, Epoch)
        assert np.array_equal(epoch.state.theta, alone.state.theta)
        assert np.array_equal(epoch.objectives, alone.objectives)
        assert all(np.array_equal(epoch.state.optimizer[k], v) for k, v in alone.state.optimizer.items())


def test_a_model_that_diverges_is_told_and_the_others_go_on(rows: Rows) -> None:
    squared = Objective(gw.mlp(3, 4), gw.MeanSquaredError())
    targets = Rows(Split(rows.split.x, np.ones((200, 4))), Affine())
    tasks = [replace(BASE, objective=squared, schedule=gw.Constant(rate)) for rate in (0.01, 1e30, 0.02)]
    epochs = train_many(tasks, [task.initial_state() for task in tasks], targets, threads=2)
    assert [isinstance(epoch, DivergenceError) for epoch in epochs] == [False, True, False]


THREADS = pytest.mark.parametrize("threads", [1, 2, 3])


@pytest.fixture
def slow(rows: Rows) -> tuple[list[Task], Rows]:
    """Four models, in both dtypes, whose epochs take seconds, and their rows."""
    wide = Objective(gw.mlp(3, 300, 300, 4), gw.SoftmaxCrossEntropy())
    many = Rows(Split(np.tile(rows.split.x, (5000, 1)), np.tile(rows.split.y, 5000)), Affine())
    dtypes = ("float32", "float32", "float64", "float64")
    return [replace(BASE, objective=wide, seed=k, dtype=dtype) for k, dtype in enumerate(dtypes)], many


@pytest.mark.waits
@THREADS
def test_a_caller_who_says_no_ends_all_of_them_and_is_not_asked_again(slow: Any, threads: int) -> None:
    tasks, many = slow
    states = [task.initial_state() for task in tasks]
    asked: list[int] = []

    def no(steps: int, _objective: float) -> bool:
        asked.append(steps)
        return False

    epochs = train_many(tasks, states, many, threads, no)
    assert len(asked) == 1
    assert all(isinstance(epoch, Epoch) and not epoch.complete for epoch in epochs)
    for epoch, state in list(zip(epochs, states, strict=True))[threads:]:  # were never begun
        assert isinstance(epoch, Epoch)
        assert len(epoch.objectives) == 0
        assert np.array_equal(epoch.state.theta, state.theta)


@pytest.mark.waits
@THREADS
def test_what_the_caller_is_told_are_the_steps_of_all_models(rows: Rows, threads: int) -> None:
    vast = Objective(gw.mlp(3, 1500, 1500, 4), gw.SoftmaxCrossEntropy())
    tasks = [BASE, BASE, BASE, replace(BASE, objective=vast, optimizer=gw.Adam(), batch_size=1)]
    short = 3 * 25  # steps, of the first three
    told: list[tuple[int, float]] = []

    def until_the_vast_one_is_under_way(steps: int, objective: float) -> bool:
        told.append((steps, objective))
        return steps <= short

    states = [task.initial_state() for task in tasks]
    epochs = train_many(tasks, states, rows, threads, until_the_vast_one_is_under_way)
    assert [isinstance(epoch, Epoch) and epoch.complete for epoch in epochs] == [True, True, True, False]
    steps = [count for count, _ in told]
    assert steps == sorted(steps)
    assert short < steps[-1] <= sum(epoch.state.step for epoch in epochs if isinstance(epoch, Epoch))
    assert all(0 < objective < 10 for count, objective in told if count)
    assert all(np.isnan(objective) for count, objective in told if not count)


@pytest.mark.waits
@THREADS
@pytest.mark.parametrize("count", [1, 4])
def test_what_a_caller_raises_ends_all_of_them_and_is_raised(slow: Any, threads: int, count: int) -> None:
    tasks, many = slow[0][:count], slow[1]

    def fail(_steps: int, _objective: float) -> bool:
        raise LookupError("of the caller")

    with pytest.raises(LookupError, match="of the caller"):
        train_many(tasks, [task.initial_state() for task in tasks], many, threads, fail)


@pytest.mark.waits
@THREADS
@pytest.mark.parametrize("no", [np.False_, None, 0])
def test_an_answer_is_taken_as_if_takes_it(slow: Any, threads: int, no: Any) -> None:
    tasks, many = slow
    epochs = train_many(tasks, [task.initial_state() for task in tasks], many, threads, lambda *_: no)
    assert all(isinstance(epoch, Epoch) and not epoch.complete for epoch in epochs)


def test_what_cannot_be_is_refused(rows: Rows) -> None:
    with pytest.raises(ConfigError, match="threads: expected a whole number >= 1, found 0"):
        train_many([BASE], [BASE.initial_state()], rows, threads=0)
    with pytest.raises(ConfigError, match="states: expected one for each of 1"):
        train_many([BASE], [], rows, threads=1)
