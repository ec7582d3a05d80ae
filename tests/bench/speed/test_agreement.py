"""A peer is a peer only if it trains what the others train."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gradwright.bench.speed import WORKLOADS, Workload
from gradwright.bench.speed.agreement import disagreement, tolerance
from gradwright.bench.speed.peers import PEERS, Peer, Runner
from gradwright.bench.speed.problem import Problem

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


def cheat(**changes: object) -> Peer:
    """A student who trains a slightly different task."""

    def prepare(problem: Problem, threads: int) -> Runner:
        other = replace(problem.workload, **changes)  # type: ignore[arg-type]
        return STUDENT.prepare(replace(problem, workload=other), threads)

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
    peer = cheat(**changes)
    assert disagreement(peer, Problem.of(SMALL[name]), threads=1) > tolerance(peer, SMALL[name])


def test_a_peer_that_forgets_the_rates_of_a_sweep_is_caught() -> None:
    def prepare(problem: Problem, threads: int) -> Runner:
        return STUDENT.prepare(problem.only(0), threads)

    peer = Peer("alike", "alike", prepare)
    work = SMALL["W7a"]
    assert disagreement(peer, Problem.of(work), threads=1) > tolerance(peer, work)


def test_networks_with_bends_are_allowed_more() -> None:
    peer = PEERS["numpy"]
    smooth: Workload = WORKLOADS["W2"]
    assert tolerance(peer, WORKLOADS["W5"]) > tolerance(peer, smooth)
