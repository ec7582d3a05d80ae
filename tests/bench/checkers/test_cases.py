"""The cases: many, different, none of them vacuous, and the same in each run."""

from __future__ import annotations

import numpy as np
import pytest

from gradwright.bench.checkers.architectures import ARCHITECTURES
from gradwright.bench.checkers.cases import (
    Case,
    correct_cases,
    disturbed_cases,
    mixed_unit_cases,
    planted_cases,
)
from gradwright.bench.checkers.homework.families import families
from gradwright.bench.checkers.model import Fault
from gradwright.bench.checkers.models.fully_connected import REGRESSION
from gradwright.bench.checkers.models.units import MixedUnits
from gradwright.bench.checkers.planted import PLANTED
from gradwright.bench.checkers.spoilers import Spoiler, never_refreshed, only, remembering, times
from gradwright.check.faults.cause import Cause

FEWEST_CASES = 60
SMALLEST_DIFFERENCE = 1e-4 * (1 - 1e-9)  # beside the largest entry; a factor of 1.0001 is not exact in binary
LENGTH_TOLERANCE = 1e-6  # a difference of 1e-5 added to numbers of 16 digits keeps 11 of its own

CASES = tuple(planted_cases())


def softmax_regression(spoil: Spoiler) -> Case:
    model = REGRESSION.draw(np.random.default_rng(0))
    return Case("example", model, Fault.of("example"), spoil)


def test_there_are_at_least_sixty_cases_with_names_of_their_own() -> None:
    assert len(CASES) >= FEWEST_CASES
    assert len({case.name for case in CASES}) == len(CASES)


def test_every_architecture_has_faults_of_both_kinds() -> None:
    names = {draw(np.random.default_rng(0)).name for draw in ARCHITECTURES}
    assert names == set(PLANTED)
    assert names <= {case.model.name for case in CASES if case.fault in case.model.faults}


def test_every_word_for_a_gradient_that_is_wrong_at_x_has_a_case() -> None:
    planted = {cause for case in CASES if case.fault for cause in case.fault.causes}
    right_at_x = {Cause.ELSEWHERE, Cause.ACTIVE_SET, Cause.STALE_CACHE}
    of_calls = {Cause.KEPT, Cause.RANDOM, Cause.COVECTOR_IGNORED}  # told by asking again, not by one gradient
    guesses = {Cause.LIKE_L2}  # no case has it for its truth
    accepted = {word for _, family in families("practice") for f in family.faults for word in f.accepts}
    at_homework = {cause for cause in Cause if cause.name in accepted}
    of_f_alone = {Cause.UNUSED, Cause.STEPPED}  # tests/check/faults/test_hypotheses.py
    of_losses = {Cause.LOG_BASE, Cause.RIGHT_CLASS, Cause.NO_INDICATOR}  # tests/check/faults/test_rivals.py
    of_jacobians = {Cause.BRANCH_TWICE, Cause.EPSILON}
    elsewhere = right_at_x | of_calls | guesses | at_homework | of_f_alone | of_losses | of_jacobians
    assert set(Cause) - planted <= elsewhere


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_planted_fault_is_not_vacuous(case: Case) -> None:
    assert np.isfinite(case.size)
    assert case.size >= SMALLEST_DIFFERENCE
    assert case.parameters


def test_a_fault_that_nobody_planted_would_be_seen_to_be_vacuous() -> None:
    model = REGRESSION.draw(np.random.default_rng(0))
    case = Case("no such fault", model, None, lambda _: lambda p: model.gradient(p, "no such fault"))
    assert case.size == 0
    assert not case.parameters


def test_the_name_of_a_case_with_one_wrong_entry_says_which() -> None:
    named = [case for case in CASES if "[" in case.name]
    assert len(named) == len([case for case in CASES if case.entry])
    for case in named:
        assert case.entry is not None
        assert f"d{case.entry} " in case.name


def test_a_location_is_right_if_it_names_wrong_parameters_only() -> None:
    case = softmax_regression(only("W", times(2)))
    assert case.names_parameter("W")
    assert case.names_parameter("row W[3, :]")
    assert not case.names_parameter("b")
    assert not case.names_parameter("W and b")
    assert not case.names_parameter(None)


def test_where_all_is_wrong_no_location_is_right_as_well() -> None:
    case = softmax_regression(lambda right: lambda p: {name: -g for name, g in right(p).items()})
    assert case.names_parameter(None)
    assert case.names_parameter("b")


def test_a_buffer_is_right_once_and_empty_for_each_caller() -> None:
    case = softmax_regression(remembering(1.0))
    right = case.model.gradient(case.model.point)
    for _ in range(2):
        gradient = case.fresh_gradient()
        np.testing.assert_array_equal(gradient(case.model.point)["W"], right["W"])
        np.testing.assert_array_equal(gradient(case.model.point)["W"], 2 * right["W"])


def test_a_cache_that_is_never_refreshed_is_right_until_another_point_is_asked() -> None:
    case = softmax_regression(never_refreshed)
    gradient, here = case.fresh_gradient(), case.model.point
    there = {name: 2 * array for name, array in here.items()}
    right = case.model.gradient(here)
    for point in (here, there):
        np.testing.assert_array_equal(gradient(point)["W"], right["W"])
    assert (case.model.gradient(there)["W"] != right["W"]).any()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_correct_cases_are_right_and_of_their_dtype(dtype: type) -> None:
    cases = list(correct_cases(len(ARCHITECTURES), dtype))
    assert len({case.model.name for case in cases}) == len(ARCHITECTURES)
    for case in cases:
        assert case.size == 0
        assert {array.dtype for array in case.model.point.values()} == {np.dtype(dtype)}


def test_cases_in_mixed_units_have_the_same_value_and_a_right_gradient() -> None:
    for case in mixed_unit_cases(len(ARCHITECTURES)):
        mixed = case.model
        assert isinstance(mixed, MixedUnits)
        assert case.size == 0
        assert mixed.value(mixed.point) == mixed.model.value(mixed.model.point)
        for name, g in mixed.model.gradient(mixed.model.point).items():
            np.testing.assert_array_equal(mixed.gradient(mixed.point)[name], mixed.units[name] * g)


def test_a_model_in_mixed_units_keeps_its_faults() -> None:
    case = next(mixed_unit_cases(1))
    for fault in case.model.faults:
        wrong = case.model.gradient(case.model.point, fault.name)
        right = case.model.gradient(case.model.point)
        assert any((wrong[name] != right[name]).any() for name in right), fault.name


@pytest.mark.parametrize("error", [1e-4, 1e-5])
def test_disturbed_cases_are_wrong_by_the_stated_length_in_one_parameter(error: float) -> None:
    for case in disturbed_cases(len(ARCHITECTURES), error):
        (name,) = case.parameters
        length = np.linalg.norm(case.model.gradient(case.model.point)[name])
        assert np.linalg.norm(case.differences[name]) / length == pytest.approx(error, rel=LENGTH_TOLERANCE)
        assert f"d{name} off by" in case.name


def test_random_cases_are_the_same_in_each_run() -> None:
    one, other = (list(disturbed_cases(4, 1e-4)) for _ in range(2))
    for first, second in zip(one, other, strict=True):
        assert first.name == second.name
        for name, difference in first.differences.items():
            np.testing.assert_array_equal(difference, second.differences[name])
