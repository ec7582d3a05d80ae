"""The comparison counts what each checker finds, alarms, names and costs, and prints it side by side."""

from __future__ import annotations

import json
from itertools import chain, islice
from typing import Any

import numpy as np
import pytest

from gradwright.bench.checkers import run
from gradwright.bench.checkers.cases import Case, correct_cases, mixed_unit_cases, planted_cases
from gradwright.bench.checkers.checker import Answer, Checker
from gradwright.bench.checkers.result import Comparison, Share
from gradwright.bench.checkers.run import GRADWRIGHT, QUICK_DRAWS, compare_checkers, judge
from gradwright.check.faults.cause import Cause

SAMPLE = 6  # every sixth planted fault: each architecture and both kinds are among them
WIDTH = 120  # of a terminal
PLANTED = len(list(planted_cases()))


def yes(f: Any, grad: Any, x: Any) -> Answer:  # noqa: ARG001 -- it looks at the function alone
    f(x)
    f(x)
    return Answer("correct")


def no(f: Any, grad: Any, x: Any) -> Answer:  # noqa: ARG001 -- it looks at nothing
    return Answer("wrong", Cause.SIGN, "W1")


YES = Checker("yes", "all is well", yes)
NO = Checker("no", "nothing is", no, explains=True)
ABSENT = Checker("absent", "unknown", no, needs="no_such_package_anywhere")


@pytest.fixture(scope="module")
def result() -> Comparison:
    return compare_checkers(checkers=(YES, NO, ABSENT))


def case_named(name: str) -> Case:
    return next(case for case in planted_cases() if case.name == name)


def test_one_who_always_agrees_finds_nothing_and_never_alarms(result: Comparison) -> None:
    shares = result.scores[0].shares()
    assert shares["faults_found"] == Share(0, PLANTED)
    assert (
        shares["false_alarms"]
        == shares["false_alarms_float32"]
        == shares["false_alarms_mixed_units"]
        == Share(0, QUICK_DRAWS)
    )
    assert shares["undecided"] == Share(0, 3 * QUICK_DRAWS)


def test_one_who_always_objects_finds_everything_and_always_alarms(result: Comparison) -> None:
    shares = result.scores[1].shares()
    assert shares["faults_found"] == Share(PLANTED, PLANTED)
    assert shares["off_by_1e-4_found"] == shares["off_by_1e-5_found"] == Share(QUICK_DRAWS, QUICK_DRAWS)
    for title in ("false_alarms", "false_alarms_float32", "false_alarms_mixed_units"):
        assert shares[title] == Share(QUICK_DRAWS, QUICK_DRAWS)


def test_causes_and_locations_are_asked_only_of_those_who_explain(result: Comparison) -> None:
    silent, explaining = (score.shares() for score in result.scores)
    assert {silent[title].of for title in ("cause_right", "parameter_right", "entry_right")} == {0}
    assert 0 < explaining["cause_right"].hits < explaining["cause_right"].of < PLANTED
    assert explaining["parameter_right"].of == PLANTED + 2 * QUICK_DRAWS
    assert explaining["entry_right"].hits == 0 < explaining["entry_right"].of


def test_a_cause_is_not_asked_where_the_dictionary_has_no_word() -> None:
    outcome = judge(NO, case_named("softmax regression: softmax over the samples"))
    assert outcome.cause_right is None
    assert outcome.entry_right is None
    assert outcome.parameter_right


def test_a_right_cause_and_parameter_are_counted_and_others_not() -> None:
    right = judge(NO, case_named("2-layer tanh network: sign of dW1"))
    wrong = judge(NO, case_named("4-layer relu network: dW2 transposed"))
    assert (right.cause_right, right.parameter_right) == (True, True)
    assert (wrong.cause_right, wrong.parameter_right) == (False, False)


def test_a_parameter_without_the_entry_is_half_of_the_answer() -> None:
    outcome = judge(NO, case_named("2-layer tanh network: dW1[2, 4] 0.01 % too large"))
    assert (outcome.parameter_right, outcome.entry_right) == (True, False)


def test_calls_of_f_are_counted(result: Comparison) -> None:
    agreeing, objecting = result.scores
    assert {outcome.evaluations for outcome in agreeing.planted} == {2}
    assert {outcome.evaluations for outcome in objecting.planted} == {0}


def test_one_who_is_not_installed_is_named_and_not_judged(result: Comparison) -> None:
    assert [score.checker for score in result.scores] == ["yes", "no"]
    assert result.not_installed == ("absent",)
    assert "not installed: absent" in str(result)
    assert "not installed" not in str(Comparison(result.scores, ()))


def test_the_text_has_a_line_for_each_checker_and_says_its_rule(result: Comparison) -> None:
    lines = str(result).splitlines()
    assert lines[0].split()[:4] == ["checker", "found", "1e-4", "1e-5"]
    assert lines[1].split()[:3] == ["yes", "0", "%"]
    assert lines[2].split()[:3] == ["no", "100", "%"]
    assert max(map(len, lines)) <= WIDTH
    assert f"of {PLANTED} planted faults" in str(result)
    assert "yes: all is well" in lines


def test_the_record_is_plain_data_and_names_what_went_wrong(result: Comparison) -> None:
    record = json.loads(json.dumps(result.to_dict()))
    agreeing, objecting = record["scores"]
    assert agreeing["faults_found"] == [0, PLANTED]
    assert len(agreeing["missed"]) == PLANTED + 2 * QUICK_DRAWS
    assert len(objecting["alarmed"]) == 3 * QUICK_DRAWS
    assert "4-layer relu network: dW2 transposed" in objecting["cause_wrong"]


def test_two_runs_differ_only_in_their_times(result: Comparison) -> None:
    first, second = (r.to_dict()["scores"][0] for r in (result, compare_checkers(checkers=(YES,))))
    assert first | {"seconds": 0} == second | {"seconds": 0}


def test_the_full_lab_draws_more_random_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "FULL_DRAWS", QUICK_DRAWS + 1)
    assert len(compare_checkers(quick=False, checkers=(YES,)).scores[0].correct_float64) == QUICK_DRAWS + 1


def test_gradwright_finds_planted_faults_and_the_parameter() -> None:
    for case in islice(planted_cases(), 0, None, SAMPLE):
        outcome = judge(GRADWRIGHT, case)
        assert outcome.verdict == "wrong", case.name
        assert outcome.parameter_right, case.name
        assert outcome.evaluations > 0


def test_gradwright_does_not_alarm_on_right_gradients() -> None:
    for case in chain(correct_cases(15), correct_cases(15, np.float32), mixed_unit_cases(15)):
        assert judge(GRADWRIGHT, case).verdict != "wrong", case.name
