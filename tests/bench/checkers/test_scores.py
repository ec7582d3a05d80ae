"""What is said of homework is counted by what is true of it."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from gradwright.bench.checkers.homework import scores
from gradwright.bench.checkers.homework.families import families
from gradwright.bench.checkers.homework.family import Fault, fault, slip
from gradwright.bench.checkers.homework.scores import (
    HomeworkScore,
    Outcome,
    name_of,
    outcome,
    places,
    score_homework,
)
from gradwright.bench.checkers.result import Share
from gradwright.check import GradientReport, check_gradient
from gradwright.check.faults.cause import Cause

SIGN = fault("the sign", "x", "-x", "a", "SIGN")


def report(**changes: object) -> GradientReport:
    """That of a gradient whose array ``a`` is reversed, with other words in it."""
    x = {"a": np.ones(2), "b": np.ones(2), "b.a": np.ones(2)}
    wrong = check_gradient(
        lambda p: sum((v**2).sum() for v in p.values()),
        lambda p: {k: 2 * v for k, v in p.items()} | {"a": -2 * p["a"]},
        x,
    )
    return replace(wrong, **changes)  # type: ignore[arg-type]


def said(cause: str | None, of: Fault | None = SIGN, suspicion: str | None = None) -> Outcome:
    return Outcome("case", of, "wrong", cause, suspicion, location_right=True)


def test_a_cause_is_right_if_the_fault_accepts_it() -> None:
    right, wrong, silent = said("SIGN"), said("ZERO"), said(None)
    assert [o.cause_right for o in (right, wrong, silent)] == [True, False, False]
    assert [o.cause_wrong for o in (right, wrong, silent)] == [False, True, False]


def test_what_is_less_exact_is_accepted_too() -> None:
    assert said("FACTOR").cause_right


def test_a_report_is_read_by_its_words() -> None:
    read = outcome("case", SIGN, report())
    assert (read.verdict, read.cause, read.location_right) == ("wrong", "SIGN", True)


def test_words_that_are_no_cause_are_their_own_name() -> None:
    assert name_of(Cause.ZERO) == "ZERO"
    assert name_of("wrong shape (1, 2) for (2,)") == "wrong shape (1, 2) for (2,)"


@pytest.mark.parametrize(
    ("location", "right"),
    [("a", True), ("a[1]", True), ("b", False), ("a and b", False), ("b.a", False), (None, False)],
)
def test_a_location_is_right_if_it_names_wrong_arrays_and_no_others(
    location: str | None, right: bool
) -> None:
    assert places(report(location=location), SIGN) is right


def test_where_all_is_wrong_no_array_need_be_named() -> None:
    assert places(report(location=None), replace(SIGN, wrong=frozenset({"a", "b", "b.a"})))


def test_slips_are_found_and_placed_and_have_no_cause_to_be_named() -> None:
    score = HomeworkScore(
        "practice", (said(None, None), said("SIGN"), said(None, slip("1.1", "1", "1.1", "a")))
    )
    shares = score.shares()
    assert shares["faults_found"] == shares["location_right"] == Share(2, 2)
    assert shares["cause_right"] == Share(1, 1)
    assert shares["false_alarms"] == Share(1, 1)


def test_a_suspicion_is_no_name() -> None:
    score = HomeworkScore("kept", (said(None, suspicion="an epsilon"), said("ZERO", suspicion="float32")))
    assert score.shares()["only_suspected"] == Share(1, 2)
    assert score.to_dict()["unnamed"] == ["case"]
    assert score.to_dict()["cause_wrong_cases"] == ["case: ZERO"]


def test_both_folders_are_judged_in_one_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scores, "families", lambda folder: islice(families(folder), 1))
    found = score_homework()
    heading, practice, kept = str(found).splitlines()[:3]
    assert heading.split()[:4] == ["homework", "texts", "faults", "structural"]
    assert practice.split()[:2] == ["practice", "1"]
    assert kept.split()[:2] == ["kept", "1"]
    assert [score["folder"] for score in json.loads(json.dumps(found.to_dict()))] == ["practice", "kept"]
    assert all(score["missed"] == score["alarmed"] == [] for score in found.to_dict())
