"""Many models in one call: each the same, bit for bit, as if it had been trained alone."""

from __future__ import annotations

from dataclasses import replace

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


@pytest.mark.waits
def test_a_caller_may_end_all_of_them(rows: Rows) -> None:
    slow = Objective(gw.mlp(3, 300, 300, 4), gw.SoftmaxCrossEntropy())
    many = Rows(Split(np.tile(rows.split.x, (5000, 1)), np.tile(rows.split.y, 5000)), Affine())  # seconds
    tasks = [replace(BASE, objective=slow, seed=seed) for seed in range(4)]
    epochs = train_many(tasks, [t.initial_state() for t in tasks], many, 2, lambda begun, _: begun < 1)
    assert all(isinstance(epoch, Epoch) and not epoch.complete for epoch in epochs)


def test_what_cannot_be_is_refused(rows: Rows) -> None:
    with pytest.raises(ConfigError, match="threads: expected at least 1, found 0"):
        train_many([BASE], [BASE.initial_state()], rows, threads=0)
    with pytest.raises(ConfigError, match="states: expected one for each of 1"):
        train_many([BASE], [], rows, threads=1)
