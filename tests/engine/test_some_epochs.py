"""Some epochs in one call: bit for bit those that are made one by one, wherever they are ended."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Affine, Split
from gradwright.engine import Engine, Epoch, Rows, State, Task, always, choose_engine, native, variants
from gradwright.errors import DivergenceError
from gradwright.nn import Layer, residual_block

pytestmark = [
    pytest.mark.usefixtures("isa"),
    pytest.mark.skipif(not variants.supported(), reason="the compiled engine was not built"),
]
COUNT, STEPS = 5, 13  # epochs, and the steps of each
OPTIMIZERS = [gw.SGD(), gw.SGD(momentum=0.9), gw.Adam(), gw.RMSProp()]
NETWORKS: dict[str, Layer] = {
    "one layer": gw.Linear(3, 4),
    "narrow": gw.mlp(3, 20, 4),
    "wide": gw.mlp(3, 150, 4),
    "noisy": gw.Sequential(gw.Linear(3, 9), gw.Dropout(0.3), gw.Tanh(), gw.Dropout(0.1), gw.Linear(9, 4)),
    "with statistics": gw.Sequential(gw.Linear(3, 9), gw.BatchNorm(9), gw.ReLU(), gw.Linear(9, 4)),
    "residual": gw.Sequential(residual_block(3, 8), gw.Linear(8, 4)),
}


def task(network: Layer, **changes: Any) -> Task:
    objective, schedule = (
        gw.Objective(network, gw.SoftmaxCrossEntropy()),
        gw.OneCycle(0.05, duration=COUNT * STEPS),
    )
    return replace(Task(objective, gw.SGD(), schedule, batch_size=8, seed=3), **changes)


def labelled(count: int) -> Rows:
    rng = np.random.default_rng(0)
    return Rows(Split(rng.normal(size=(count, 3)).astype(np.float32), rng.integers(4, size=count)), Affine())


@pytest.fixture
def rows() -> Rows:
    return labelled(101)


def one_by_one(engine: Engine, wanted: Task, state: State, rows: Rows, count: int = COUNT) -> list[Epoch]:
    epochs = []
    for _ in range(count):
        epochs.append(engine.train_epoch(wanted, state, rows, always))
        state = epochs[-1].state
    return epochs


def assert_alike(epoch: Epoch, other: Epoch) -> None:
    assert (epoch.complete, epoch.state.epoch, epoch.state.step) == (
        other.complete,
        other.state.epoch,
        other.state.step,
    )
    np.testing.assert_array_equal(epoch.objectives, other.objectives)
    np.testing.assert_array_equal(epoch.sizes, other.sizes)
    np.testing.assert_array_equal(epoch.state.theta, other.state.theta)
    np.testing.assert_array_equal(epoch.state.learned, other.state.learned)
    assert epoch.state.optimizer.keys() == other.state.optimizer.keys()
    for name, vector in epoch.state.optimizer.items():
        np.testing.assert_array_equal(vector, other.state.optimizer[name])


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=repr)
@pytest.mark.parametrize("network", NETWORKS)
def test_each_is_that_of_a_call_of_its_own(network: str, optimizer: Any, rows: Rows) -> None:
    average = gw.EMA(0.9) if optimizer == gw.Adam() else None
    wanted = task(NETWORKS[network], optimizer=optimizer, average=average)
    engine, start = choose_engine("native", wanted, rows), wanted.initial_state()
    together = engine.train_epochs(wanted, start, rows, always, COUNT)
    for epoch, other in zip(together, one_by_one(engine, wanted, start, rows), strict=True):
        assert_alike(epoch, other)
    assert_alike(one_by_one(engine, wanted, start, rows)[0], native.train_epoch(wanted, start, rows))


@pytest.mark.parametrize(
    "changes",
    [{"replace": True}, {"batch_size": 1}, {"optimizer": gw.LBFGS(), "batch_size": 101}],
    ids=["rows with replacement", "one row a step", "all rows a step"],
)
def test_so_are_those_of_tasks_that_go_their_own_way(changes: dict[str, Any], rows: Rows) -> None:
    wanted = task(NETWORKS["narrow"], **changes)
    engine, start = choose_engine("native", wanted, rows), wanted.initial_state()
    together = engine.train_epochs(wanted, start, rows, always, COUNT)
    for epoch, other in zip(together, one_by_one(engine, wanted, start, rows), strict=True):
        assert_alike(epoch, other)


@dataclass(frozen=True)
class Breaks:
    """A rate that no network bears from a step on."""

    step: int

    def rate(self, step: int, _epoch: int) -> float:
        return 0.1 if step < self.step else 1e60


@pytest.mark.parametrize("broken", [0, STEPS - 2, STEPS - 1, STEPS, 40])
def test_epochs_before_a_loss_that_is_not_finite_are_given_first(broken: int, rows: Rows) -> None:
    wanted = task(NETWORKS["narrow"], schedule=Breaks(broken))
    engine, start = choose_engine("native", wanted, rows), wanted.initial_state()
    given: list[Epoch] = []

    def all_of_them() -> None:
        given.extend(engine.train_epochs(wanted, start, rows, always, COUNT))

    with pytest.raises(
        DivergenceError, match=rf"in epoch {(broken + 1) // 13 + 1}, step {(broken + 1) % 13 + 1}:"
    ):
        all_of_them()
    for made, other in zip(given, one_by_one(engine, wanted, start, rows, len(given)), strict=True):
        assert_alike(made, other)


def test_a_caller_ends_them_in_one_of_them() -> None:
    rng = np.random.default_rng(0)
    many = Rows(
        Split(rng.normal(size=(40_000, 3)).astype(np.float32), rng.integers(4, size=40_000)), Affine()
    )
    wanted = task(gw.mlp(3, 60, 60, 4), batch_size=2, schedule=gw.Constant(0.01))
    engine, start = choose_engine("native", wanted, many), wanted.initial_state()
    told: list[int] = []

    def enough(steps: int, _objective: float) -> bool:
        told.append(steps)
        return len(told) < 8

    *whole, last = engine.train_epochs(wanted, start, many, enough, 200)
    assert len(told) == 8
    assert all(epoch.complete for epoch in whole)
    assert not last.complete
    before = whole[-1].state if whole else start
    assert (last.state.epoch, last.state.step) == (before.epoch, before.step + told[-1])
    assert len(last.objectives) == told[-1]
