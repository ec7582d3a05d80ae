"""A search along a direction ends where the strong Wolfe conditions hold, or says that it found nothing."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from gradwright.optim.line_search import DECREASE, MOST, Point, between, strong_wolfe

CURVATURE = 0.9
LENGTHS = [1e-3, 0.3, 1.0, 7.0, 1e3]  # at which a search begins: far too short to far too long

Function = Callable[[float], tuple[float, float]]  # phi(a) and phi'(a)

FUNCTIONS: dict[str, Function] = {
    "a parabola": lambda a: ((a - 2) ** 2, 2 * (a - 2)),
    "a quartic": lambda a: ((a - 1) ** 4, 4 * (a - 1) ** 3),
    "a flat start": lambda a: (-a / (a * a + 2), (a * a - 2) / (a * a + 2) ** 2),
    "waves": lambda a: (a * a / 20 - a / 3 + math.sin(5 * a) / 20, a / 10 - 1 / 3 + math.cos(5 * a) / 4),
    "a wall": lambda a: (-a - 0.1 * math.log(1 - a), -1 + 0.1 / (1 - a)) if a < 1 else (math.inf, math.nan),
}  # fmt: skip


class Along:
    """phi as the search asks for it, which notes the lengths."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.start = self.at(0.0)
        self.lengths: list[float] = []

    def at(self, length: float) -> Point:
        value, slope = self.function(length)
        return Point(length, value, slope, np.array([length]), np.array([slope]))

    def __call__(self, length: float) -> Point:
        self.lengths.append(length)
        return self.at(length)


@pytest.mark.parametrize("first", LENGTHS)
@pytest.mark.parametrize("curvature", [0.1, CURVATURE])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_point_that_is_found_fulfils_both_conditions(name: str, curvature: float, first: float) -> None:
    phi = Along(FUNCTIONS[name])
    found = strong_wolfe(phi, phi.start, first, curvature)
    assert found is not None
    assert found.value <= phi.start.value + DECREASE * found.length * phi.start.slope
    assert abs(found.slope) <= curvature * abs(phi.start.slope)
    assert phi.lengths[0] == first
    assert len(phi.lengths) <= MOST


def test_a_first_length_that_serves_is_the_only_one_that_is_tried() -> None:
    phi = Along(FUNCTIONS["a parabola"])
    found = strong_wolfe(phi, phi.start, 1.5, CURVATURE)
    assert found is not None
    assert phi.lengths == [found.length] == [1.5]


def test_the_minimum_of_a_parabola_is_found_at_once_between_two_points() -> None:
    phi = Along(FUNCTIONS["a parabola"])
    found = strong_wolfe(phi, phi.start, 5.0, 0.01)
    assert found is not None
    assert phi.lengths == [5.0, pytest.approx(2.0)]


def test_the_minimum_of_a_cubic_is_found_from_either_side() -> None:
    phi = Along(lambda a: (a**3 / 3 - a, a * a - 1))
    assert between(phi.at(0.3), phi.at(1.6)) == pytest.approx(1.0)
    assert between(phi.at(1.6), phi.at(0.3)) == pytest.approx(1.0)


def test_where_the_cubic_has_no_minimum_well_inside_the_middle_is_taken() -> None:
    only_falls = Point(3.0, -4 / 3, -1.0, np.zeros(1), np.zeros(1))
    assert between(Point(1.0, 0.0, -1.0, np.zeros(1), np.zeros(1)), only_falls) == 2.0
    phi = Along(lambda a: (a**3 / 3 - a, a * a - 1))
    assert between(phi.at(0.99), phi.at(3.0)) == pytest.approx((0.99 + 3.0) / 2)


def test_there_is_nothing_to_find_along_what_does_not_fall() -> None:
    for slope in (0.0, 1.0, math.nan):
        phi = Along(lambda a, slope=slope: (slope * a, slope))  # type: ignore[misc]
        assert strong_wolfe(phi, phi.start, 1.0, CURVATURE) is None
        assert phi.lengths == []


def test_a_slope_that_is_not_true_is_given_up_after_a_bounded_number_of_evaluations() -> None:
    phi = Along(lambda a: (a, -1.0))
    assert strong_wolfe(phi, phi.start, 1.0, CURVATURE) is None
    assert len(phi.lengths) == MOST


def test_what_falls_for_ever_is_followed_for_a_bounded_number_of_evaluations() -> None:
    phi = Along(lambda a: (-a, -1.0))
    found = strong_wolfe(phi, phi.start, 1.0, CURVATURE)
    assert found is not None
    assert found.length == phi.lengths[-1]
    assert len(phi.lengths) == MOST


def test_at_a_kink_where_no_slope_is_flat_the_lowest_point_is_taken() -> None:
    phi = Along(lambda a: (abs(a - 1), math.copysign(1.0, a - 1)))
    found = strong_wolfe(phi, phi.start, 0.3, CURVATURE)
    assert found is not None
    assert found.value == min(abs(length - 1) for length in phi.lengths)
    assert found.value < 1e-3
    assert len(phi.lengths) == MOST


def test_lengths_at_which_nothing_is_finite_are_too_long() -> None:
    phi = Along(lambda a: ((a - 0.5) ** 2, 2 * (a - 0.5)) if a < 1 else (math.inf, math.nan))
    found = strong_wolfe(phi, phi.start, 1e6, CURVATURE)
    assert found is not None
    assert 0 < found.length < 1
