"""Whatever workers, disk and other drivers do, a sweep comes to its end with each run once on record."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import BrokenExecutor

import pytest

from gradwright.studies import dispatch
from tests.hostile.schedules import WrongError, run_schedules

SCHEDULES = 1_000


def test_each_run_is_once_on_record_whatever_the_schedule() -> None:
    seen = run_schedules(range(SCHEDULES))
    assert seen["schedules"] == SCHEDULES
    for event in ("deaths", "told to stop", "answered twice", "failed writes", "given up by the cluster"):
        assert seen[event] > 0, event  # the schedules are as bad as they should be


def forgets_what_a_death_took_along(round_: dispatch._Round, run: str, _error: BrokenExecutor) -> None:
    round_.workers.replaced() if round_.workers.replaced else None
    round_.running.clear()
    round_.suspects.append(run)


def blames_whoever_died_first(round_: dispatch._Round, run: str, _error: BrokenExecutor) -> None:
    round_.workers.replaced() if round_.workers.replaced else None
    round_.claimed += round_.running.values()
    round_.running.clear()
    round_._record(dispatch.failed(round_.pending[run], dispatch.DEATHS))


def forgets_what_is_elsewhere(round_: dispatch._Round, runs: list[str], count: int) -> None:
    taken, recorded = round_.driver.claim(runs, count) if runs else ([], set())
    round_.claimed += taken
    for record in round_.driver.study.read(recorded).values():
        round_._done(record)


@pytest.mark.parametrize(
    ("method", "fault"),
    [
        ("_worker_died", forgets_what_a_death_took_along),
        ("_worker_died", blames_whoever_died_first),
        ("_claim", forgets_what_is_elsewhere),
    ],
)
def test_a_fault_in_the_scheduler_is_caught(
    monkeypatch: pytest.MonkeyPatch, method: str, fault: Callable[..., None]
) -> None:
    monkeypatch.setattr(dispatch._Round, method, fault)
    with pytest.raises(WrongError, match="seed"):
        run_schedules(range(SCHEDULES))
