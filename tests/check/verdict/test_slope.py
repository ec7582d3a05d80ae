"""A measured slope comes with an error that can be trusted, and tells a kink from a curve."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from gradwright.check.verdict.noise import noise_of
from gradwright.check.verdict.slope import look_for_zero, measure_slope

TRUSTED = 6.0  # errors: what the verdict allows a slope to be off

SMOOTH: dict[str, tuple[Callable[[float], float], Callable[[float], float]]] = {
    "sine": (math.sin, math.cos),
    "fast exponential": (lambda x: math.exp(10 * x), lambda x: 10 * math.exp(10 * x)),
    "cubic": (lambda x: x**3, lambda x: 3 * x * x),
    "fast sine": (lambda x: math.sin(100 * x), lambda x: 100 * math.cos(100 * x)),
    "very fast sine": (lambda x: math.sin(1e4 * x), lambda x: 1e4 * math.cos(1e4 * x)),
    "small on a large offset": (lambda x: 1e10 + math.sin(x), math.cos),
    "logarithm near its end": (lambda x: math.log(1e-3 + x), lambda x: 1 / (1e-3 + x)),
    "float32 inside": (lambda x: float(np.sin(np.float32(x))), math.cos),
    "kink beside": (lambda x: abs(x - 0.05), lambda x: math.copysign(1, x - 0.05)),
    "line": (lambda x: 3 * x + 1, lambda _: 3.0),
}


def slope_at(f: Callable[[float], float], x: float):  # type: ignore[no-untyped-def]
    def change(t: float) -> float:
        try:
            return f(x + t) - f(x)
        except ValueError:  # outside the domain
            return math.nan

    return measure_slope(change, noise_of(change, f(x)))


@pytest.mark.parametrize("name", SMOOTH)
def test_the_error_is_never_far_below_the_truth(name: str) -> None:
    f, derivative = SMOOTH[name]
    for x in np.random.default_rng(0).uniform(0.1, 0.9, 200):
        slope = slope_at(f, float(x))
        assert slope.behaviour in ("smooth", "linear"), f"{name} at {x}"
        assert abs(slope.value - derivative(x)) <= TRUSTED * slope.error, f"{name} at {x}"


@pytest.mark.parametrize("name", ["sine", "fast exponential", "cubic", "fast sine", "line"])
def test_the_slope_of_a_smooth_function_is_right_to_nine_digits(name: str) -> None:
    f, derivative = SMOOTH[name]
    for x in np.random.default_rng(1).uniform(0.1, 0.9, 50):
        assert slope_at(f, float(x)).error <= 1e-8 * abs(derivative(x))


@pytest.mark.parametrize(
    ("f", "behaviour"),
    [
        (abs, "kink"),
        (lambda x: max(x, 0.0) + x * x, "kink"),
        (lambda x: float(x > 0) + x, "jump"),
        (lambda x: 2 * x, "linear"),
        (lambda x: math.nan if x else 0.0, "undefined"),
        (lambda x: x * x, "smooth"),
    ],
)
def test_what_happens_at_the_point_itself_is_named(f: Callable[[float], float], behaviour: str) -> None:
    assert measure_slope(f, noise=1e-16).behaviour == behaviour


def test_a_kink_beside_the_point_is_seen_and_does_not_disturb() -> None:
    slope = measure_slope(lambda t: abs(t - 0.01) - 0.01, noise=1e-17)
    assert slope.behaviour == "smooth"
    assert slope.value == pytest.approx(-1, abs=TRUSTED * slope.error)


def test_a_kink_too_near_to_see_is_bounded() -> None:
    def change(t: float) -> float:
        return t * t + 1e-3 * (abs(t - 1e-12) - 1e-12)

    slope = measure_slope(change, noise=1e-16, closest=1e-8)
    assert slope.kink_bound >= 0.9e-3  # the slope is -1e-3, and the central difference says 0
    assert measure_slope(lambda t: t * t + t, noise=1e-16, closest=1e-8).kink_bound < 1e-6


NOISE, TOLERANCE = 1e-16, 1e-7


@pytest.mark.parametrize(
    "change",
    [lambda _: 0.0, lambda t: t * t + t**3, lambda t: math.cos(1000 * t) - 1, lambda t: max(t - 1e-6, 0.0)],
    ids=["constant", "curve", "wave", "kink beside"],
)
def test_a_slope_of_0_is_seen_in_few_steps(change: Callable[[float], float]) -> None:
    calls: list[float] = []

    def counted(t: float) -> float:
        calls.append(t)
        return change(t)

    slope = look_for_zero(counted, NOISE, TOLERANCE)
    assert slope is not None
    assert (slope.behaviour, len(calls)) == ("smooth", 4)
    assert abs(slope.value) + TRUSTED * slope.error < 2 * TOLERANCE


@pytest.mark.parametrize(
    "change",
    [
        lambda t: 2e-7 * t,
        lambda t: abs(t),
        lambda t: 1e-3 * abs(t),
        lambda t: float(t > 0),
        lambda t: math.sin(1e9 * t) ** 2,
        lambda _: math.nan,
    ],
    ids=["line", "kink", "weak kink", "jump", "fast wave", "undefined"],
)
def test_a_slope_that_is_not_0_or_not_there_is_left_to_more_steps(change: Callable[[float], float]) -> None:
    assert look_for_zero(change, NOISE, TOLERANCE) is None


def test_where_noise_leaves_no_room_nothing_is_asked() -> None:
    assert look_for_zero(lambda _: 1 / 0, noise=1e-9, tolerance=TOLERANCE) is None
