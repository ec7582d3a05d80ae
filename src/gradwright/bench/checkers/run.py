"""Let every checker judge the same planted faults and the same right gradients, in one run."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import Any

import numpy as np

from gradwright.bench.checkers.cases import (
    Case,
    correct_cases,
    disturbed_cases,
    mixed_unit_cases,
    planted_cases,
)
from gradwright.bench.checkers.checker import Answer, Checker
from gradwright.bench.checkers.frameworks import FRAMEWORKS
from gradwright.bench.checkers.model import Gradient, Point, Value
from gradwright.bench.checkers.result import Comparison, Outcome, Score
from gradwright.bench.checkers.rules import RULES
from gradwright.check.verdict.gradient import check_gradient

QUICK_DRAWS, FULL_DRAWS = 30, 300  # of each kind of random case


def gradwright(f: Value, grad: Gradient, x: Point) -> Answer:
    """The verdict of this package."""
    report = check_gradient(f, grad, x)
    return Answer(report.verdict, report.cause, report.location)


GRADWRIGHT = Checker(
    "gradwright", "slopes measured with errors, confirmed by fresh directions", gradwright, explains=True
)
CHECKERS = (GRADWRIGHT, *RULES, *FRAMEWORKS)


def compare_checkers(quick: bool = True, checkers: Sequence[Checker] = CHECKERS) -> Comparison:
    """Let each installed checker judge all planted faults and many random cases.

    Quick or not, all faults are judged; the random cases are 30 or 300 of each kind. Everything but the
    times is the same in each run.
    """
    draws = QUICK_DRAWS if quick else FULL_DRAWS
    kinds = {
        "planted": tuple(planted_cases()),
        "off_by_1e_4": tuple(disturbed_cases(draws, 1e-4)),
        "off_by_1e_5": tuple(disturbed_cases(draws, 1e-5)),
        "correct_float64": tuple(correct_cases(draws)),
        "correct_float32": tuple(correct_cases(draws, np.float32)),
        "correct_mixed_units": tuple(mixed_unit_cases(draws)),
    }
    scores = tuple(
        Score(
            checker.name,
            checker.rule,
            **{kind: tuple(judge(checker, case) for case in cases) for kind, cases in kinds.items()},
        )
        for checker in checkers
        if checker.installed
    )
    return Comparison(scores, tuple(checker.name for checker in checkers if not checker.installed))


def judge(checker: Checker, case: Case) -> Outcome:
    """One case before one checker, its calls of f counted and its time taken."""
    calls = 0

    def counted(p: Point) -> Any:
        nonlocal calls
        calls += 1
        return case.model.value(p)

    start = perf_counter()
    answer = checker.judge(counted, case.fresh_gradient(), case.model.point)
    seconds = perf_counter() - start
    causes = case.fault.causes if case.fault else frozenset()
    asked = checker.explains and case.fault is not None
    return Outcome(
        case=case.name,
        verdict=answer.verdict,
        cause_right=answer.cause in causes if asked and causes else None,
        parameter_right=answer.verdict == "wrong" and case.names_parameter(answer.location)
        if asked
        else None,
        entry_right=answer.location == case.entry if asked and case.entry else None,
        evaluations=calls,
        seconds=seconds,
    )
