"""A peer is a peer only if it trains what the others train."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from gradwright.bench.speed import WORKLOADS, Workload, workloads
from gradwright.bench.speed.agreement import disagreement, tolerance
from gradwright.bench.speed.peers import PEERS, Peer, Runner, Trained
from gradwright.bench.speed.peers.engines import Reference
from gradwright.bench.speed.problem import Array, Problem
from gradwright.engine.reference import train_epoch

STUDENT: Peer = PEERS["numpy"]
SMALL = {
    name: replace(work, rows=12 * work.batch_size, models=min(work.models, 3))
    for name, work in WORKLOADS.items()
}
# Compiling takes many seconds, and says nothing that one network does not say.
SLOW = {"torch-compile": ("W2",)}


@pytest.mark.filterwarnings("ignore")  # libraries that warn of their own future
@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("peer", PEERS.values(), ids=PEERS)
def test_every_installed_peer_agrees_with_float64_after_ten_steps(peer: Peer, name: str) -> None:
    missing = peer.missing(SMALL[name])
    if missing is not None:
        pytest.skip(missing)
    if name not in SLOW.get(peer.name, SMALL):
        pytest.skip("compiling is tried on one workload")
    assert disagreement(peer, Problem.of(SMALL[name]), threads=1) <= tolerance(peer, SMALL[name])


def cheat(honest: Callable[[Problem, int], Runner], **changes: object) -> Peer:
    """A peer that trains a slightly different task."""

    def prepare(problem: Problem, threads: int) -> Runner:
        other = replace(problem.workload, **changes)  # type: ignore[arg-type]
        return honest(replace(problem, workload=other), threads)

    return Peer("cheat", "cheat", prepare)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("W2", {"learning_rate": 0.1 * 1.01}),
        ("W2", {"activation": "sigmoid"}),
        ("W6", {"l2": 0.0}),
    ],
)
def test_a_peer_that_trains_something_else_is_caught(name: str, changes: dict[str, object]) -> None:
    peer = cheat(STUDENT.prepare, **changes)
    assert disagreement(peer, Problem.of(SMALL[name]), threads=1) > tolerance(peer, SMALL[name])


def test_a_peer_that_forgets_the_rates_of_a_sweep_is_caught() -> None:
    def prepare(problem: Problem, threads: int) -> Runner:
        return STUDENT.prepare(problem.only(0), threads)

    peer = Peer("alike", "alike", prepare)
    work = SMALL["W7a"]
    assert disagreement(peer, Problem.of(work), threads=1) > tolerance(peer, work)


class OwnMasks(Reference):
    """The reference with masks of its own."""

    def train(self, order: NDArray[np.int64]) -> Trained:
        (task,), (state,), (rows,) = self.tasks, self.states, order
        return self._keep([train_epoch(replace(task, seed=99), state, self.rows, order=rows.ravel())])


@pytest.mark.parametrize("name", ["W8a", "W9a"])
def test_a_peer_with_masks_of_its_own_is_one_more_run(name: str) -> None:
    peer = Peer("own", "own", OwnMasks)
    assert disagreement(peer, Problem.of(SMALL[name]), threads=1) <= tolerance(peer, SMALL[name])


@pytest.mark.parametrize("changes", [{"regularizer": None}, {"learning_rate": 0.1 / 2}])
def test_a_peer_without_dropout_or_of_half_the_rate_is_no_such_run(changes: dict[str, object]) -> None:
    peer = cheat(OwnMasks, **changes)
    assert disagreement(peer, Problem.of(SMALL["W8a"]), threads=1) > tolerance(peer, SMALL["W8a"])


@pytest.mark.parametrize("rate", [0.1, 0.3])
def test_a_peer_that_drops_another_share_is_no_such_run(rate: float, monkeypatch: pytest.MonkeyPatch) -> None:
    def prepare(problem: Problem, threads: int) -> Runner:
        with monkeypatch.context() as patch:
            patch.setattr(workloads, "DROPPED", rate)
            return OwnMasks(problem, threads)

    peer = Peer("other", "other", prepare)
    assert disagreement(peer, Problem.of(SMALL["W9a"]), threads=1) > tolerance(peer, SMALL["W9a"])


class Frozen(Reference):
    """The reference with running statistics that stay where they began."""

    def parameters(self) -> list[list[Array]]:
        (task,), (state,) = self.tasks, self.states
        layout, first = task.objective.layout, task.initial_state().theta
        return [list(layout.named(layout.with_statistics(state.theta, layout.tree(first))).values())]


@pytest.mark.parametrize("name", ["W8c", "W9c"])
def test_a_peer_that_moves_no_running_statistics_is_caught(name: str) -> None:
    peer = Peer("frozen", "frozen", Frozen)
    assert disagreement(peer, Problem.of(SMALL[name]), threads=1) > tolerance(peer, SMALL[name])


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("W10", {"optimizer": "SGD"}),
        ("W10", {"learning_rate": 0.001 * 1.01}),
        ("W11a", {"activation": "SELU"}),
        ("W11c", {"activation": "Mish"}),
        ("W11e", {"loss": "cross-entropy"}),
        ("W11f", {"average": False}),
    ],
)
def test_a_peer_with_another_loss_activation_optimizer_or_average_is_caught(
    name: str, changes: dict[str, object]
) -> None:
    peer = cheat(Reference, **changes)
    assert disagreement(peer, Problem.of(SMALL[name]), threads=1) > tolerance(peer, SMALL[name])


def test_epochs_of_less_than_ten_steps_follow_each_other() -> None:
    short = replace(WORKLOADS["W2"], rows=3 * 16)
    assert disagreement(PEERS["reference"], Problem.of(short), threads=1) <= tolerance(STUDENT, short)
    still = cheat(FirstOnly, learning_rate=0.1)
    assert disagreement(still, Problem.of(short), threads=1) > tolerance(still, short)


class FirstOnly(Reference):
    """The reference, which trains for one epoch and then stands still."""

    def train(self, order: NDArray[np.int64]) -> Trained:
        if self.states[0].epoch:
            return Trained(order.shape[1], 0.0)
        return super().train(order)


def test_running_statistics_hide_nothing_of_what_is_learned() -> None:
    peer = cheat(Reference, learning_rate=0.01 * 1.05)
    assert disagreement(peer, Problem.of(SMALL["W9c"]), threads=1) > tolerance(peer, SMALL["W9c"])


def test_networks_with_bends_are_allowed_more() -> None:
    peer = PEERS["numpy"]
    smooth: Workload = WORKLOADS["W2"]
    assert tolerance(peer, WORKLOADS["W5"]) > tolerance(peer, smooth)
