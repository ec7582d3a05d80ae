"""Measuring in processes: what they are told, what they answer, and what becomes of those that fail."""

from __future__ import annotations

import io
import json
import os
from dataclasses import asdict, replace

import pytest

from gradwright.bench.speed import WORKLOADS
from gradwright.bench.speed.child import main
from gradwright.bench.speed.measure import Effort, cores, measure, on_cores, pinned
from gradwright.bench.speed.peers import PEERS

pytestmark = pytest.mark.waits

SHORT = Effort(repeats=2, seconds=0.001)
TINY = replace(WORKLOADS["W1"], rows=20 * 32)
TINY_SWEEP = replace(TINY, name="W7a", models=3)


def ask(**request: object) -> list[dict[str, object]]:
    """What a measuring process answers, asked in this one."""
    answers = io.StringIO()
    main(io.StringIO(json.dumps(request) + "\nstart\n"), answers)
    return [json.loads(line) for line in answers.getvalue().splitlines()]


def test_a_process_is_ready_before_it_is_timed() -> None:
    ready, result = ask(peer="numpy", workload=asdict(TINY_SWEEP), models=[0, 2], threads=1, **asdict(SHORT))
    assert ready == {"status": "ready"}
    assert result["status"] == "measured"
    assert len(result["microseconds"]) == SHORT.repeats  # type: ignore[arg-type]


def test_a_peer_that_disagrees_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gradwright.bench.speed.child.disagreement", lambda *_: float("nan"))
    (answer,) = ask(peer="numpy", workload=asdict(TINY), models=[0], threads=1, **asdict(SHORT))
    assert answer["status"] == "disagrees"
    assert "0.001" in str(answer["reason"]) or "1e-03" in str(answer["reason"])


def test_a_measurement_comes_from_a_process_of_its_own() -> None:
    found = measure(PEERS["reference"], TINY, 1, SHORT)
    assert found.status == "measured"
    assert len(found.microseconds) == SHORT.repeats
    assert found.error is not None


def test_a_sweep_is_shared_among_processes() -> None:
    if len(cores()) < 2:
        pytest.skip("one core only")
    found = measure(PEERS["numpy"], TINY_SWEEP, 2, SHORT)
    assert (found.status, found.processes) == ("measured", 2)


def test_a_process_that_fails_says_why_in_one_line() -> None:
    broken = replace(TINY, data="noise", widths=(0, 5))
    found = measure(PEERS["numpy"], broken, 1, SHORT)
    assert found.status == "failed"
    assert "\n" not in found.reason
    assert found.reason


def test_a_peer_for_sweeps_is_not_asked_for_one_model() -> None:
    found = measure(replace(PEERS["torch-vmap"], package=None), TINY, 1, SHORT)
    assert (found.status, found.reason) == ("skipped", "it is for sweeps")


def test_a_package_that_is_not_there_is_named() -> None:
    found = measure(replace(PEERS["numpy"], package="no_such_package"), TINY, 1, SHORT)
    assert found.reason == "no_such_package is not installed"


def test_threads_are_pinned_and_the_parent_keeps_its_cores() -> None:
    assert pinned(1)["OMP_NUM_THREADS"] == "1"
    if not hasattr(os, "sched_getaffinity"):
        pytest.skip("cores cannot be chosen here")
    before = os.sched_getaffinity(0)
    with on_cores(cores()[:1]):
        assert len(os.sched_getaffinity(0)) == 1
    assert os.sched_getaffinity(0) == before
