"""Every schedule: known values, laws that hold everywhere, and what it does outside its span."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradwright.errors import ConfigError
from gradwright.optim import (
    Constant,
    CosineDecay,
    CosLog,
    ExponentialDecay,
    LinearWarmup,
    OneCycle,
    PolynomialDecay,
    Schedule,
    StepDecay,
    TriangularCycle,
    as_schedule,
)

ROUNDING = 1e-14  # relative: a handful of float64 operations
RATES = st.floats(1e-6, 10.0)
COUNTS = st.integers(1, 1000)
TIMES = st.integers(0, 3000)

S4 = TriangularCycle(1e-5, 1e-1, step_size=500, cycles=1)

# schedule, step, epoch, the rate worked by hand
KNOWN: list[tuple[Schedule, int, int, float]] = [
    (Constant(0.1), 0, 0, 0.1),
    (Constant(0.1), 10**6, 10**3, 0.1),
    (Constant(0.0), 5, 5, 0.0),
    (ExponentialDecay(0.1, 0.99), 0, 0, 0.1),
    (ExponentialDecay(0.1, 0.99), 999, 0, 0.1),  # the epoch's clock stands still within an epoch
    (ExponentialDecay(0.1, 0.99), 1000, 1, 0.099),
    (ExponentialDecay(0.1, 0.99), 2000, 2, 0.09801),
    (ExponentialDecay(0.1, 0.5, per="step"), 3, 0, 0.0125),
    (ExponentialDecay(0.1, 2.0), 0, 4, 1.6),
    (StepDecay(0.8, 0.5, every=10), 0, 9, 0.8),
    (StepDecay(0.8, 0.5, every=10), 0, 10, 0.4),
    (StepDecay(0.8, 0.5, every=10), 0, 29, 0.2),
    (StepDecay(0.8, 0.1, every=100, per="step"), 250, 0, 0.008),
    (PolynomialDecay(1.0, end=0.2, duration=8), 0, 0, 1.0),
    (PolynomialDecay(1.0, end=0.2, duration=8), 0, 2, 0.8),
    (PolynomialDecay(1.0, end=0.2, duration=8, power=2.0), 0, 4, 0.4),  # 0.2 + 0.8 / 4
    (PolynomialDecay(1.0, end=0.2, duration=8, power=2.0), 0, 8, 0.2),
    (PolynomialDecay(1.0, end=0.2, duration=8), 0, 100, 0.2),
    (PolynomialDecay(0.0, end=1.0, duration=4, per="step"), 3, 0, 0.75),  # upwards, on the clock of steps
    (CosineDecay(1.0, end=0.0, duration=12), 0, 0, 1.0),
    (CosineDecay(1.0, end=0.0, duration=12), 0, 4, 0.75),  # (1 + cos 60 degrees) / 2
    (CosineDecay(1.0, end=0.5, duration=12), 0, 6, 0.75),
    (CosineDecay(1.0, end=0.0, duration=12, per="step"), 8, 0, 0.25),
    (CosineDecay(1.0, end=0.5, duration=12), 0, 12, 0.5),
    (CosineDecay(1.0, end=0.5, duration=12), 0, 24, 0.5),
    (LinearWarmup(4, Constant(0.8)), 0, 0, 0.2),
    (LinearWarmup(4, Constant(0.8)), 3, 0, 0.8),
    (LinearWarmup(4, Constant(0.8)), 4, 0, 0.8),
    (LinearWarmup(2, ExponentialDecay(0.8, 0.5), per="epoch"), 0, 0, 0.4),
    (LinearWarmup(2, ExponentialDecay(0.8, 0.5), per="epoch"), 9, 1, 0.4),  # full, of a rate that has halved
    (LinearWarmup(2, ExponentialDecay(0.8, 0.5), per="epoch"), 9, 2, 0.2),
    (OneCycle(1.0, duration=100), 0, 0, 0.1),
    (OneCycle(1.0, duration=100), 45, 0, 1.0),
    (OneCycle(1.0, duration=100), 90, 0, 0.1),
    (OneCycle(1.0, duration=100), 95, 0, 0.05005),  # half way from 0.1 to 0.0001
    (OneCycle(1.0, duration=100), 100, 0, 0.0001),
    (OneCycle(1.0, duration=100), 1000, 0, 0.0001),
    (OneCycle(2.0, duration=10, divisor=4.0, tail=0.2, per="epoch"), 0, 2, 1.25),  # half way from 0.5 to 2
    (CosLog(2.0, duration=15), 0, 0, 0.0),
    (CosLog(2.0, duration=15), 2, 0, 2 * math.sin(math.pi * math.log2(3)) ** 2),  # after 3 of 16 parts
    (CosLog(2.0, duration=15, waves=1, per="epoch"), 99, 5, 2 * math.sin(math.pi * math.log2(4 / 3)) ** 2),
    (S4, 0, 0, 1e-5),
    (S4, 1, 0, 0.00020998),  # 1e-5 + 0.09999 / 500
    (S4, 250, 0, 0.050005),
    (S4, 500, 0, 0.1),
    (S4, 750, 0, 0.050005),
    (S4, 999, 0, 0.00020998),
    (S4, 1000, 0, 1e-5),  # after the only cycle
    (S4, 1500, 0, 1e-5),
    (TriangularCycle(1e-5, 1e-1, step_size=500), 1500, 0, 0.1),
    (TriangularCycle(1e-5, 1e-1, step_size=800, cycles=3), 4000, 0, 0.1),  # S4's longer run: 4800 updates
    (TriangularCycle(1e-5, 1e-1, step_size=800, cycles=3), 5600, 0, 1e-5),
]


@pytest.mark.parametrize(("schedule", "step", "epoch", "expected"), KNOWN)
def test_a_rate_worked_by_hand(schedule: Schedule, step: int, epoch: int, expected: float) -> None:
    assert schedule.rate(step, epoch) == pytest.approx(expected, rel=ROUNDING, abs=0)


@pytest.mark.parametrize(
    "schedule",
    [
        PolynomialDecay(0.3, end=0.1, duration=7, power=1.7),
        CosineDecay(0.3, end=0.1, duration=7),
        OneCycle(0.3, duration=7, per="epoch"),
        TriangularCycle(0.1, 0.3, step_size=7),
    ],
    ids=lambda schedule: type(schedule).__name__,
)
def test_ends_are_met_exactly(schedule: Schedule) -> None:
    ends = {
        PolynomialDecay: (0.3, 0.1),
        CosineDecay: (0.3, 0.1),
        OneCycle: (0.3 / 10, 0.3 / 10 * 1e-3),
        TriangularCycle: (0.1, 0.3),
    }
    assert (schedule.rate(0, 0), schedule.rate(7, 7)) == ends[type(schedule)]


@pytest.mark.parametrize(("schedule", "step", "epoch", "_"), KNOWN)
def test_a_rate_is_a_plain_float(schedule: Schedule, step: int, epoch: int, _: float) -> None:
    assert type(schedule.rate(step, epoch)) is float


def test_whole_numbers_are_rates_too() -> None:
    rate = Constant(1).rate(0, 0)
    assert (rate, type(rate)) == (1.0, float)


@given(start=RATES, factor=st.floats(0.01, 1.0), time=TIMES)
def test_exponential_decay_multiplies_by_its_factor_each_epoch(
    start: float, factor: float, time: int
) -> None:
    schedule = ExponentialDecay(start, factor)
    expected = schedule.rate(0, time) * factor
    smallest_normal = 1e-300  # below it a float has fewer digits
    assert schedule.rate(0, time + 1) == pytest.approx(expected, rel=1e-12, abs=smallest_normal)


@given(start=RATES, factor=st.floats(0.01, 1.0), every=COUNTS, time=TIMES)
def test_step_decay_is_exponential_decay_in_blocks(
    start: float, factor: float, every: int, time: int
) -> None:
    assert StepDecay(start, factor, every=every).rate(0, time) == ExponentialDecay(start, factor).rate(
        0, time // every
    )


@pytest.mark.parametrize("growth", [ExponentialDecay(1.0, 10.0), StepDecay(1.0, 10.0, every=1)])
def test_a_growing_rate_that_leaves_the_range_of_floats_is_infinite(growth: Schedule) -> None:
    assert growth.rate(0, 300) < math.inf
    assert growth.rate(0, 400) == math.inf


@given(rates=st.tuples(RATES, RATES), duration=COUNTS, time=TIMES, power=st.floats(0.1, 5.0))
def test_decays_go_from_start_to_end_and_never_back(
    rates: tuple[float, float], duration: int, time: int, power: float
) -> None:
    end, start = sorted(rates)
    for schedule in (
        PolynomialDecay(start, end=end, duration=duration, power=power),
        CosineDecay(start, end=end, duration=duration),
    ):
        now, later = schedule.rate(0, time), schedule.rate(0, time + 1)
        assert later <= now * (1 + ROUNDING)
        assert end * (1 - ROUNDING) <= now <= start * (1 + ROUNDING)


@given(rates=st.tuples(RATES, RATES), duration=COUNTS, time=TIMES)
def test_cosine_decay_is_symmetric_about_its_middle(
    rates: tuple[float, float], duration: int, time: int
) -> None:
    start, end = rates
    time = min(time, duration)
    schedule = CosineDecay(start, end=end, duration=duration)
    both = schedule.rate(0, time) + schedule.rate(0, duration - time)
    assert both == pytest.approx(start + end, rel=1e-12)


@given(rates=st.tuples(RATES, RATES), step_size=COUNTS, step=TIMES)
def test_the_triangle_stays_between_its_rates_repeats_and_is_symmetric(
    rates: tuple[float, float], step_size: int, step: int
) -> None:
    low, high = sorted(rates)
    schedule = TriangularCycle(low, high, step_size=step_size)
    rate, period = schedule.rate(step, 0), 2 * step_size
    assert low * (1 - ROUNDING) <= rate <= high * (1 + ROUNDING)
    assert schedule.rate(step + period, 0) == rate
    assert schedule.rate(period - step % period, 0) == pytest.approx(rate, rel=1e-9)


@given(cycles=st.integers(1, 5), step_size=COUNTS, step=TIMES)
def test_the_triangle_stays_low_after_its_last_cycle(cycles: int, step_size: int, step: int) -> None:
    endless, limited = (
        TriangularCycle(0.1, 1.0, step_size=step_size),
        TriangularCycle(0.1, 1.0, step_size=step_size, cycles=cycles),
    )
    last = 2 * step_size * cycles
    assert limited.rate(step % last, 0) == endless.rate(step % last, 0)
    assert limited.rate(last + step, 0) == 0.1


@given(peak=RATES, duration=COUNTS, divisor=st.floats(1, 100), tail=st.floats(0.01, 0.99), step=TIMES)
def test_one_cycle_stays_between_its_last_rate_and_its_peak(
    peak: float, duration: int, divisor: float, tail: float, step: int
) -> None:
    rate = OneCycle(peak, duration=duration, divisor=divisor, tail=tail).rate(step, 0)
    assert peak / divisor * 1e-3 * (1 - 1e-9) <= rate <= peak * (1 + 1e-9)


@given(peak=RATES, duration=COUNTS, waves=st.integers(1, 6), step=TIMES)
def test_waves_stay_between_0_and_their_peak_and_end_at_0(
    peak: float, duration: int, waves: int, step: int
) -> None:
    schedule = CosLog(peak, duration=duration, waves=waves)
    assert 0 <= schedule.rate(step, 0) <= peak
    assert schedule.rate(duration + step, 0) == 0


@pytest.mark.parametrize("waves", [1, 2, 3, 4])
def test_each_wave_is_twice_as_long_as_the_one_before(waves: int) -> None:
    unit = 1000  # steps of the first wave, which is one of 2^waves - 1 parts
    schedule = CosLog(0.5, duration=(2**waves - 1) * unit, waves=waves)
    feet = [(2**wave - 1) * unit for wave in range(waves + 1)]
    assert [schedule.rate(step, 0) for step in feet] == pytest.approx([0.0] * (waves + 1), abs=1e-15)
    for foot, end in pairwise(feet):
        inside = [schedule.rate(step, 0) for step in range(foot + 1, end)]
        assert max(inside) == pytest.approx(0.5, rel=1e-5)  # half a step of 1000 beside the top
        top = inside.index(max(inside))
        assert inside[: top + 1] == sorted(inside[: top + 1])
        assert inside[top:] == sorted(inside[top:], reverse=True)


@given(rate=RATES, duration=COUNTS, step=TIMES)
def test_warm_up_is_a_share_of_what_follows_and_then_gets_out_of_the_way(
    rate: float, duration: int, step: int
) -> None:
    then = ExponentialDecay(rate, 0.9, per="step")
    warm = LinearWarmup(duration, then).rate(step, 0)
    assert 0 <= warm <= then.rate(step, 0)
    if step >= duration - 1:
        assert warm == then.rate(step, 0)
    else:
        assert warm == pytest.approx(then.rate(step, 0) * (step + 1) / duration, rel=1e-12, abs=1e-300)


def test_a_number_becomes_a_constant_schedule_and_a_schedule_stays() -> None:
    assert as_schedule(0.1) == Constant(0.1)
    assert as_schedule(1) == Constant(1.0)
    assert as_schedule(S4) is S4


@pytest.mark.parametrize("bad", [-0.1, math.nan, math.inf, True, None, "fast", [0.1]])
def test_what_is_neither_is_refused_by_the_name_of_the_setting(bad: object) -> None:
    with pytest.raises(ConfigError) as caught:
        as_schedule(bad)  # type: ignore[arg-type]
    expected = "learning_rate: expected a schedule or a finite number >= 0"
    assert str(caught.value) == f"{expected}, found {bad!r}"


def test_a_class_of_ones_own_is_a_schedule_by_its_method() -> None:
    class Halving:
        def rate(self, step: int, epoch: int) -> float:  # noqa: ARG002
            return math.pow(0.5, epoch)

    halving = Halving()
    assert as_schedule(halving) is halving
    assert LinearWarmup(1, halving).rate(0, 1) == 0.5
