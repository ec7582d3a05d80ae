"""Handing out: no sooner than there are hands, and nothing is forgotten on the way."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future

import pytest

from gradwright.errors import RecordError
from gradwright.studies import RunRecord, Study
from gradwright.studies.dispatch import dispatch
from gradwright.studies.drivers import driving
from gradwright.studies.executors import Workers
from gradwright.studies.plan import plan_of
from gradwright.studies.trial import Trial, carry_out
from gradwright.training.record import run_id
from tests.studies.conftest import settings

pytestmark = pytest.mark.waits


def trials(count: int) -> list[Trial]:
    plan = plan_of(settings(search={"kind": "Random", "trials": count}))
    points = next(plan.search.batches(plan.space))
    configs = [plan.config(point, seed=0) for point in points]
    ids = [run_id(point, 0, "data") for point in points]
    return [Trial(*each, "data") for each in zip(ids, points, configs, strict=True)]


def here(slots: int) -> Workers:
    def submit(trial: Trial) -> Future[RunRecord | None]:
        future: Future[RunRecord | None] = Future()
        future.set_result(carry_out(trial))
        return future

    return Workers(submit, slots)


def test_trials_are_asked_for_as_workers_become_free(study: Study) -> None:
    asked: list[str] = []
    ahead: list[int] = []

    def coming() -> Iterator[Trial]:
        for each in trials(60):
            asked.append(each.id)
            yield each

    with driving(study) as driver:
        assert dispatch(
            driver, here(3), coming(), lambda _: ahead.append(len(asked) - len(ahead)), lambda: False
        )
    assert len(study.ids()) == len(ahead) == 60
    assert max(ahead) <= 3 * 3  # at work, and twice as many on their way to the disk


def test_a_run_that_comes_twice_is_made_once(study: Study) -> None:
    first, second, *_ = trials(2)
    made: list[str] = []
    with driving(study) as driver:
        work = [first, second, first, second, first]
        assert dispatch(driver, here(8), work, lambda record: made.append(record.id), lambda: False)
    assert sorted(made) == sorted([first.id, second.id])


def test_a_record_that_is_damaged_while_the_sweep_runs_is_made_again(study: Study) -> None:
    first, second = trials(2)
    file = study.file(second.id)
    with driving(study) as driver:
        file.write_text('{"version"')
        assert dispatch(driver, here(1), [first, second], lambda _: None, lambda: False)
    assert len(study.damaged) == 1
    assert study.read([second.id])[second.id].status == "finished"


def test_what_another_driver_finishes_meanwhile_is_taken_in(study: Study) -> None:
    first, second = trials(2)
    taken: list[str] = []
    with driving(study) as other, driving(study) as driver:
        other.claim([second.id], 1)

        def take(record: RunRecord) -> None:
            taken.append(record.id)
            if record.id == first.id:
                made = carry_out(second)
                assert made is not None
                study.add(made)

        assert dispatch(driver, here(2), [first, second], take, lambda: False)
    assert taken == [first.id, second.id]


def test_a_record_that_cannot_be_written_ends_the_sweep_with_its_message(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = trials(2)
    write = Study.write

    def full(self: Study, record: RunRecord) -> None:
        if record.id == second.id:
            raise RecordError("the disk is full")
        write(self, record)

    monkeypatch.setattr(Study, "write", full)
    with driving(study) as driver, pytest.raises(RecordError, match="the disk is full"):
        dispatch(driver, here(1), [first, second], lambda _: None, lambda: False)
    assert study.ids() == {first.id}
