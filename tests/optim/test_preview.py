"""The preview of a run: each update's rate, their sum, and the epoch from which on nothing moves."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from gradwright.errors import ConfigError
from gradwright.optim import (
    Constant,
    CosineDecay,
    ExponentialDecay,
    OneCycle,
    PreviewRow,
    StepDecay,
    TriangularCycle,
    preview,
    rates,
)
from gradwright.optim.preview import SAMPLED, sampled_preview

ROUNDING = 1e-12  # relative: sums of up to a few thousand float64 numbers


class Compounding:
    """Report S1's mistake: the rate was multiplied by 0.9^i in place, so the powers add up."""

    def rate(self, step: int, epoch: int) -> float:  # noqa: ARG002
        return 0.1 * math.pow(0.9, epoch * (epoch + 1) / 2)


def test_rates_count_steps_through_and_epochs_by_their_steps() -> None:
    class Clocks:
        def rate(self, step: int, epoch: int) -> float:
            return 100 * epoch + step

    found = rates(Clocks(), epochs=3, steps_per_epoch=2)
    assert found.tolist() == [0, 1, 102, 103, 204, 205]
    assert found.dtype == np.float64


def test_a_preview_gathers_the_run() -> None:
    seen = preview(TriangularCycle(0.25, 0.75, step_size=2, cycles=1), epochs=3, steps_per_epoch=2)
    assert seen.rates.tolist() == [0.25, 0.5, 0.75, 0.5, 0.25, 0.25]
    assert (seen.epochs, seen.steps_per_epoch) == (3, 2)
    assert (seen.first, seen.last, seen.peak, seen.total) == (0.25, 0.25, 0.75, 2.5)
    assert seen.frozen_epoch is None
    assert seen.table() == [
        PreviewRow(1, 0.25, 0.5, 0.3),
        PreviewRow(2, 0.75, 0.5, 0.8),
        PreviewRow(3, 0.25, 0.25, 1.0),
    ]


def test_the_compounding_decay_of_report_s1_freezes_after_eleven_epochs() -> None:
    # 0.9^(10 * 11 / 2) = 3.0e-3 is above 1/1000, 0.9^(11 * 12 / 2) = 9.6e-4 below: the twelfth epoch.
    seen = preview(Compounding(), epochs=200, steps_per_epoch=50)
    assert seen.frozen_epoch == 12
    # all 200 epochs together go less far than four at the first rate
    assert seen.total / (0.1 * 50) == pytest.approx(3.91, abs=0.005)
    assert preview(Compounding(), epochs=11, steps_per_epoch=50).frozen_epoch is None


def test_the_decay_that_was_meant_does_not_freeze_so_soon() -> None:
    # 0.9^65 = 1.06e-3, 0.9^66 = 0.95e-3: the 67th epoch
    assert preview(ExponentialDecay(0.1, 0.9), epochs=200, steps_per_epoch=50).frozen_epoch == 67


def test_a_rate_of_exactly_a_thousandth_is_not_frozen() -> None:
    assert preview(StepDecay(1.0, 1e-3, every=1), epochs=2, steps_per_epoch=3).frozen_epoch is None
    assert preview(StepDecay(1.0, 0.999e-3, every=1), epochs=2, steps_per_epoch=3).frozen_epoch == 2


def test_an_epoch_that_moves_in_part_is_not_frozen() -> None:
    assert preview(StepDecay(1.0, 1e-4, every=4, per="step"), epochs=3, steps_per_epoch=3).frozen_epoch == 3


def test_a_rate_that_comes_back_was_not_frozen() -> None:
    cycle = TriangularCycle(0.0, 1.0, step_size=2)
    assert preview(cycle, epochs=8, steps_per_epoch=1).frozen_epoch is None


@pytest.mark.parametrize("value", [0.0, 0.1])
def test_a_constant_rate_never_freezes(value: float) -> None:
    assert preview(Constant(value), epochs=5, steps_per_epoch=2).frozen_epoch is None


def test_a_rate_of_zero_spends_nothing() -> None:
    assert [row.share for row in preview(Constant(0.0), epochs=2, steps_per_epoch=2).table()] == [0, 0]


@pytest.mark.parametrize(("epochs", "rows"), [(1, 1), (19, 19), (20, 20), (21, 20), (1000, 20)])
def test_the_table_is_thinned_and_keeps_both_ends(epochs: int, rows: int) -> None:
    table = preview(OneCycle(0.1, duration=epochs * 3), epochs, steps_per_epoch=3).table()
    numbers = [row.epoch for row in table]
    assert len(table) == rows
    assert (numbers[0], numbers[-1]) == (1, epochs)
    assert numbers == sorted(set(numbers))
    shares = [row.share for row in table]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0, rel=ROUNDING)


@pytest.mark.parametrize(
    ("epochs", "steps", "message"),
    [
        (0, 5, "epochs: expected a whole number >= 1, found 0"),
        (5, -1, "steps_per_epoch: expected a whole number >= 1, found -1"),
    ],
)
def test_a_run_without_a_step_has_no_preview(epochs: int, steps: int, message: str) -> None:
    with pytest.raises(ConfigError, match=f"^{re.escape(message)}$"):
        preview(Constant(0.1), epochs, steps)


def test_a_rate_that_is_not_finite_is_named_by_its_step() -> None:
    message = "learning_rate: expected finite rates, found inf at step 618"  # 10^309 at epoch 309, of 2 steps
    with pytest.raises(ConfigError, match=f"^{message}$"):
        preview(ExponentialDecay(1.0, 10.0), epochs=320, steps_per_epoch=2)


def test_a_short_run_is_sampled_whole() -> None:
    schedule = OneCycle(0.1, duration=60)
    assert np.array_equal(sampled_preview(schedule, 20, 3).rates, preview(schedule, 20, 3).rates)


@pytest.mark.parametrize("epochs", [1, 7, 2000])
def test_of_a_long_run_the_samples_are_few_and_hold_each_epochs_first_and_last_rate(epochs: int) -> None:
    steps = 300_007  # no multiple of the samples
    schedule = CosineDecay(0.1, end=0.0, duration=epochs * steps, per="step")
    seen = sampled_preview(schedule, epochs, steps)
    every = seen.rates.reshape(epochs, seen.steps_per_epoch)
    assert len(seen.rates) <= SAMPLED
    assert every[-1, 0] == schedule.rate((epochs - 1) * steps, epochs - 1)
    assert every[-1, -1] == schedule.rate(epochs * steps - 1, epochs - 1)
    assert seen.total / len(seen.rates) == pytest.approx(0.05, rel=1e-3)  # half of 0.1, by a sum
