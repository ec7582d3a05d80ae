"""Which measurements a benchmark makes."""

from __future__ import annotations

import pytest

from gradwright.bench.speed.measure import cores
from gradwright.bench.speed.record import Measurement
from gradwright.bench.speed.suite import QUICK_WORKLOADS, in_order, plan
from gradwright.errors import ConfigError


def test_w7_means_both_sweeps() -> None:
    todo = plan(["w7"], ["numpy"], [1], quick=False)
    assert [cell.workload.name for cell in todo.cells] == ["W7a", "W7b"]


def test_nothing_named_means_everything() -> None:
    todo = plan([], [], [1], quick=False)
    names = {cell.workload.name for cell in todo.cells}
    assert {"W1", "W7b", "batch=4096", "rows=10000000"} <= names
    assert todo.threads == [1]


def test_quick_means_a_few_on_one_thread() -> None:
    todo = plan([], [], [], quick=True)
    assert {cell.workload.name for cell in todo.cells} == set(QUICK_WORKLOADS)
    assert todo.threads == [1]


def test_what_is_named_is_measured_quickly_too() -> None:
    todo = plan(["batch"], ["numpy"], [], quick=True)
    assert [cell.workload.name for cell in todo.cells] == [f"batch={n}" for n in (1, 16, 256, 4096)]


@pytest.mark.parametrize(
    ("only", "peers", "threads", "message"),
    [
        (["W99"], [], [], "--only: expected some of W1"),
        ([], ["keras"], [], "--peers: expected some of gradwright"),
        ([], [], [0], "--threads: expected 1 to"),
        ([], [], [len(cores()) + 1], "--threads: expected 1 to"),
    ],
)
def test_what_is_not_known_is_named(
    only: list[str], peers: list[str], threads: list[int], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        plan(only, peers, threads, quick=False)


def test_measurements_stand_in_the_order_of_a_plan_whenever_they_were_made() -> None:
    todo = plan(["W2", "batch", "rows"], ["gradwright", "numpy"], [1], quick=False)
    planned = [Measurement(cell.workload.name, cell.peer, cell.threads, "measured") for cell in todo.cells]
    assert in_order(planned[5:] + planned[:5]) == tuple(planned)
