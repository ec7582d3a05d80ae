"""The rates really used, and the decay that freezes a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

import gradwright as gw
from gradwright.diagnosis.findings import of_rates
from gradwright.diagnosis.rates import rates_used

ROUNDING = 1e-9  # of sums of some thousand rates


@dataclass(frozen=True)
class Compound:
    """``rate *= factor ** epoch`` after each epoch: a decay of the decayed rate."""

    start: float
    factor: float

    def rate(self, step: int, epoch: int) -> float:  # noqa: ARG002
        return float(self.start * self.factor ** (epoch * (epoch + 1) / 2))


def test_a_compounding_decay_is_worth_four_epochs_and_freezes_early() -> None:
    used = rates_used(Compound(0.001, 0.9), epochs=200, steps_per_epoch=3)
    assert used is not None
    assert used.worth == pytest.approx(3.91, abs=0.005)  # known to two digits
    # 0.9^(i (i + 1) / 2) < 1/1000 first at i = 11 (66 > 65.6), which is epoch 12
    assert used.frozen_epoch == 12
    [finding] = of_rates(used)
    assert finding.kind == "frozen"
    assert "From epoch 12 of 200" in finding.message
    assert "3.9 epochs" in finding.message


def test_the_numbers_are_those_of_the_schedule() -> None:
    used = rates_used(gw.OneCycle(1.0, duration=100), epochs=10, steps_per_epoch=10)
    assert used is not None
    every = [gw.OneCycle(1.0, duration=100).rate(step, step // 10) for step in range(100)]
    assert (used.first, used.peak, used.last) == (every[0], max(every), every[-1])
    assert used.worth == pytest.approx(sum(every) / max(every) / 10, rel=ROUNDING)


@pytest.mark.parametrize(
    "schedule",
    [
        gw.Constant(0.1),
        gw.ExponentialDecay(0.1, 0.98),
        gw.CosineDecay(0.1, end=0.0, duration=100),
        gw.PolynomialDecay(0.1, end=0.0, duration=100),
        gw.StepDecay(0.1, 0.1, every=40),
        gw.TriangularCycle(1e-5, 0.1, step_size=20),
        gw.OneCycle(0.1, duration=1000),
    ],
    ids=lambda schedule: type(schedule).__name__,
)
def test_schedules_as_they_are_meant_freeze_nothing(schedule: Any) -> None:
    assert list(of_rates(rates_used(schedule, 100, 10))) == []


def test_a_rate_of_zero_moves_nothing() -> None:
    used = rates_used(gw.Constant(0.0), 5, 10)
    assert used is not None
    assert used.worth == 0
    [finding] = of_rates(used)
    assert "0 in every step" in finding.message


def test_no_epochs_have_no_rates() -> None:
    assert rates_used(gw.Constant(0.1), 0, 10) is None
    assert list(of_rates(None)) == []
