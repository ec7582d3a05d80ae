"""One loop for one run and for many: what "best", stopping and interruption mean, they mean everywhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Dataset
from gradwright.errors import DivergenceError
from gradwright.reproductions.runs import train_together
from gradwright.studies.trial import Trial, carry_out
from gradwright.training import RunConfig, make_config
from gradwright.training.agreement import settle
from gradwright.training.epochs import epochs
from gradwright.training.job import Job, Position

SPIRAL = gw.data.load("swiss-roll")


@dataclass(frozen=True)
class BreaksInTheFifth:
    """A rate that no network bears from the fifth epoch on."""

    def rate(self, _step: int, epoch: int) -> float:
        return 0.1 if epoch < 4 else 1e30


LATE = BreaksInTheFifth()


def config(**more: object) -> RunConfig:
    return make_config(**{"network": gw.mlp(2, 6, 2), "learning_rate": 1.0, "epochs": 8, "seed": 1, **more})


def job_of(config: RunConfig, data: Dataset = SPIRAL) -> Job:
    return Job(settle(config, data), data)


def kept(job: Job) -> Position:
    *_, last = epochs(job)
    return last


@pytest.mark.parametrize("monitor", ["validation.accuracy", "validation.loss"])
def test_the_best_is_that_of_the_monitored_metric_for_a_run_a_trial_and_a_reproduction(monitor: str) -> None:
    wanted = config(keep="best", monitor=monitor)
    run = gw.train(wanted, SPIRAL, progress=False)
    best = run.history.best(monitor)
    assert best is not None
    assert 0 < best < 8  # neither the first nor the last, or nothing would be tested
    [again] = train_together([wanted], SPIRAL, points=8)
    np.testing.assert_array_equal(again.theta, run.theta)
    record = carry_out(Trial("id", {}, wanted, "", data=SPIRAL))
    assert record is not None
    assert record.metrics == run.metrics
    assert record.metric(monitor) == run.history.curve(monitor)[best]


def test_the_start_is_the_best_of_a_run_that_only_gets_worse() -> None:
    job = job_of(config(keep="best", learning_rate=1e3, epochs=2))
    first, *_, last = epochs(job)
    np.testing.assert_array_equal(job.kept(last), first.state.theta)


def test_of_equals_the_last_is_kept() -> None:
    job = job_of(config(keep="best", learning_rate=0.0, optimizer=gw.SGD(), epochs=3))
    still = [position.best_theta is position.state.learned for position in epochs(job)]
    assert still == [True, True, True, True]


def test_every_position_goes_on_but_the_last() -> None:
    job = job_of(config(epochs=3))
    assert [each.status for each in epochs(job)] == [None, None, None, "finished"]


def test_an_epoch_that_is_not_measured_has_no_line_but_the_last_has() -> None:
    job = Job(settle(config(epochs=5), SPIRAL), SPIRAL, measure_every=2)
    positions = list(epochs(job))
    assert [each.state.epoch for each in positions] == [0, 1, 2, 3, 4, 5]
    assert [line.epoch for line in positions[-1].history.epochs] == [0, 2, 4, 5]
    np.testing.assert_array_equal(positions[-1].state.theta, kept(job_of(config(epochs=5))).state.theta)


def test_an_interrupted_run_keeps_the_parameters_of_the_moment() -> None:
    job = job_of(config(keep="best", learning_rate=1e3, engine="reference"))
    asked: list[int] = []

    def at_the_third_step() -> bool:
        return len(asked) == 3

    *_, last = epochs(job, on_step=lambda steps, _: asked.append(steps), interrupted=at_the_third_step)
    assert (last.status, last.state.step, len(last.history)) == ("interrupted", 3, 1)
    assert job.kept(last) is last.state.theta


def test_an_interruption_goes_before_the_end() -> None:
    job = job_of(config(epochs=1))
    *_, last = epochs(job, interrupted=lambda: True)
    assert last.status == "interrupted"


def test_a_callback_ends_the_run_and_is_not_asked_after_an_interruption() -> None:
    job = job_of(config())
    *_, last = epochs(job, callbacks=[lambda history, _theta: len(history) == 3])
    assert (last.status, last.state.epoch) == ("stopped early", 2)
    calls: list[int] = []
    list(
        epochs(job, callbacks=[lambda history, _theta: calls.append(len(history))], interrupted=lambda: True)
    )
    assert calls == [1]


def test_a_run_and_a_trial_of_the_same_config_leave_the_same_record() -> None:
    run = gw.train(config(), SPIRAL, progress=False)
    trial = carry_out(Trial(run.record().id, {}, run.config, SPIRAL.checksum(), data=SPIRAL))
    assert trial is not None
    assert {**run.record().to_dict(), "seconds": 0} == {**trial.to_dict(), "seconds": 0}


def test_epochs_that_are_made_in_one_call_are_those_that_are_made_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wanted = config(epochs=40, optimizer=gw.Adam(), learning_rate=0.01, average=gw.EMA(0.9))
    together = list(epochs(job_of(wanted)))
    monkeypatch.setattr("gradwright.training.job.AT_ONCE", 0.0)
    one_by_one = list(epochs(job_of(wanted)))
    for position, other in zip(together, one_by_one, strict=True):
        assert position.state.step == other.state.step
        np.testing.assert_array_equal(position.state.theta, other.state.theta)
        np.testing.assert_array_equal(position.state.learned, other.state.learned)
        for name in ("m", "v", "t"):
            np.testing.assert_array_equal(position.state.optimizer[name], other.state.optimizer[name])
    np.testing.assert_equal(together[-1].history.curves(), one_by_one[-1].history.curves())


def test_what_diverges_among_epochs_of_one_call_has_the_epochs_before_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gradwright.training.job.AT_ONCE", 1e9)  # all epochs after the first
    job = job_of(config(epochs=9, optimizer=gw.SGD(), learning_rate=LATE))
    made: list[int] = []

    def all_of_them() -> None:
        made.extend(position.state.epoch for position in epochs(job))

    with pytest.raises(DivergenceError, match="in epoch 5, step"):
        all_of_them()
    assert made == [0, 1, 2, 3, 4]
