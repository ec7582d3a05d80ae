"""A gradient examined at one point: asked again and elsewhere, measured, judged, and its fault explained."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.faults.explain import explain_by_experiments
from gradwright.check.faults.penalty import OF_A_PENALTY
from gradwright.check.points import Array
from gradwright.check.verdict.active_set import where_other_pieces_are_active
from gradwright.check.verdict.conclude import Conclusion, conclude, right_once
from gradwright.check.verdict.elsewhere import STEP, Visit, near, others, visit_far
from gradwright.check.verdict.full_digits import in_full_digits
from gradwright.check.verdict.judge import Judgement, in_doubt, judge, on_a_kink
from gradwright.check.verdict.measure import Measurement
from gradwright.check.verdict.oracle import Oracle, OutOfTimeError
from gradwright.check.verdict.repeatability import ask_again
from gradwright.check.verdict.survey import FOR_A_DOUBT, Means, Part, Survey
from gradwright.errors import CheckError

FEWEST = 1000  # evaluations that one array may take from the first look to its place and cause
NOT_DETERMINISTIC = 1e-6  # of f(x): values at one x that differ by more leave nothing to decide
INTERVENING = 1500  # evaluations at other points that the search for a cause may take
OF_MANY, MANY = 300, 20_000  # the same, and the size of x from which they are that few
HUGE = 1e100  # an entry of a gradient beyond it is scaled down, so that no square overflows


def examine(
    unasked: Oracle, rng: np.random.Generator, tolerance: float
) -> tuple[Conclusion, Sequence[Measurement], Sequence[str]]:
    """The conclusion, the measurements through all of x to show it on, and what else was noticed."""
    key = int(rng.integers(2**63))
    at_x = _examine_at_x(unasked, key, rng, tolerance)
    conclusion = at_x.conclusion
    if at_x.means is not None and unasked.meter.left > FOR_A_DOUBT:
        fault = _fault_nearby(at_x.means, near(unasked, key), tolerance)
        conclusion = conclusion if fault is None else right_once(fault, conclusion.parameters)
        if fault is not None and fault.cause == Cause.ELSEWHERE:
            conclusion = _by_a_penalty(conclusion, at_x.means)
        if fault is None:
            conclusion = where_other_pieces_are_active(conclusion, at_x.means, tolerance)
    if conclusion.verdict == "correct" and at_x.on:
        conclusion = _beside(conclusion, at_x.on)
    return conclusion, at_x.measurements, at_x.notes


class _AtX(NamedTuple):
    """What was found at x: on a kink or a jump of f (``on``), and by which ``means``, if it is correct."""

    conclusion: Conclusion
    measurements: Sequence[Measurement]
    notes: Sequence[str]
    on: str = ""
    means: Means | None = None


def _examine_at_x(unasked: Oracle, key: int, rng: np.random.Generator, tolerance: float) -> _AtX:
    """What is found at x; ``key`` is that of the near point at which the gradient is asked between."""
    far = visit_far(unasked, int(rng.integers(2**63)))
    oracle = unasked.at(unasked.x)
    given = oracle.x
    notes: list[str] = []
    gradient, fault, of_calls = ask_again(oracle, key, far)
    largest = float(np.abs(gradient).max(initial=0.0))
    if largest > HUGE:
        oracle = oracle.scaled(0.5 ** math.frexp(largest)[1])
        gradient = gradient * oracle.unit
        notes.append(f"the gradient reaches {largest:.0e}: it and f were divided by as much")
    spread = oracle.spread()
    if spread > NOT_DETERMINISTIC * abs(oracle.value):
        reason = (
            f"f is not deterministic: at the same x its values differ by {spread:.1e}; draw what is random "
            "in it once, such as a mask, or seed its generator inside f"
        )
        return _AtX(Conclusion("undecided", reason), (), (*_of_f(oracle), *notes, *of_calls))

    survey = Survey.of(oracle, gradient, rng, spread, given)
    oracle.meter.expected = oracle.meter.f + survey.to_come
    parts = survey.parts()
    full = in_full_digits(survey) if in_doubt(parts) else None
    if full is not None:
        survey, oracle, far = full.survey, full.survey.oracle, None
        parts = survey.parts()
        notes.append(full.note)
    steps = survey.steps() if full is None and in_doubt(parts) else None
    if steps is not None:
        notes.append(
            f"f moves in steps of about {steps.noise:.0e}, as if it computed in fewer digits than x has: "
            "the gradient was held against its slope above them"
        )
        mean, steps = survey.averaged(steps)
        survey = Survey.of(oracle, mean, rng, spread, given, steps)
        parts = survey.parts()
    on = ""
    if on_a_kink(parts):
        on = behaviour = next(m.slope.behaviour for m in survey.whole.measurements if not m.decides)
        notes.append(f"x lies on a {behaviour} of f: decided at a point {STEP:g} of its size away")
        oracle = oracle.at(near(oracle, int(rng.integers(2**63))))
        survey = replace(survey, oracle=oracle)
        beside = survey.averaged(steps)[0] if steps else oracle.gradient(oracle.x)
        left = full.rounding if full else steps
        survey = Survey.of(oracle, beside, rng, spread, given, left)
        parts = survey.parts()

    judged = [(part, judge(survey, part, tolerance)) for part in parts]
    notes += [judgement.note for _, judgement in judged if judgement.note]
    try:
        conclusion = conclude(survey, judged, fault)
    except OutOfTimeError:
        conclusion = _without_time(judged)
    if full is not None and conclusion.verdict == "correct":
        conclusion = replace(conclusion, reason=f"in full digits, {conclusion.reason}")
    if conclusion.verdict == "wrong":
        with suppress(OutOfTimeError):
            conclusion = _explained(conclusion, survey, far if fault is None else None)
    return _AtX(
        conclusion,
        survey.whole.measurements,
        (*_of_f(oracle), *notes, *of_calls),
        on,
        survey.means if conclusion.verdict == "correct" else None,
    )


def _without_time(judged: Sequence[tuple[Part, Judgement]]) -> Conclusion:
    """A gradient that was found wrong before there was time to tell where."""
    difference = max(j.difference for _, j in judged if j.verdict == "wrong")
    reason = f"the gradient differs from f's by {difference:.2g} of its size; no time was left to tell where"
    return Conclusion("wrong", reason)


def _explained(conclusion: Conclusion, survey: Survey, far: Visit | None) -> Conclusion:
    """A wrong gradient with its cause, as other points show it: first the one that was asked before x."""
    oracle = survey.oracle
    kept = None if far is None else _kept(survey, far)
    if kept is not None:
        return replace(conclusion, explanation=kept)
    found = conclusion.explanation
    if conclusion.suspicion is not None or (found is not None and not found.is_suspicion):
        return conclusion
    named = zip(oracle.tree.leaves, conclusion.parameters, strict=bool(conclusion.parameters))
    wrong = [leaf for leaf, parameter in named if parameter.verdict == "wrong"]
    allowance = min(INTERVENING if oracle.tree.size < MANY else OF_MANY, oracle.meter.left)
    explanation = explain_by_experiments(oracle, wrong, allowance)
    return replace(conclusion, explanation=explanation or found)


def _beside(conclusion: Conclusion, behaviour: str) -> Conclusion:
    """What is correct beside x, told of x itself, where f has a kink or a jump."""
    where = f"f has a {behaviour} at x, and no gradient there; beside it"
    if behaviour == "jump":
        return replace(conclusion, verdict="undecided", reason=f"{where} the claimed one is right")
    return replace(conclusion, reason=f"{where} {conclusion.reason}")


def _kept(survey: Survey, far: Visit) -> Explanation | None:
    """What a gradient that is wrong at x keeps, if it was right where it was asked first."""
    oracle = survey.oracle
    if oracle.meter.left < FOR_A_DOUBT:
        return None
    try:
        x, claimed = far.point(oracle.tree), far.gradient * oracle.unit
        steps = survey.of_one_call if survey.rounding.reach else None
        there = Survey.of(oracle.at(x), claimed, survey.rng, 0.0, x, steps)
    except CheckError:
        return None
    if not all(m.decides and not m.contradicts for m in there.whole.measurements):
        return None
    if np.array_equal(survey.gradient, claimed):
        return Explanation(Cause.FROZEN, "at x it gives the gradient of the point that it was first asked at")
    evidence = "it is right at the point that it was first asked at, and wrong at x after that"
    return Explanation(Cause.KEPT, evidence)


def _by_a_penalty(conclusion: Conclusion, means: Means) -> Conclusion:
    """What is right at x alone, with a penalty as its cause if one is seen far away: it is 0 where x is."""
    oracle = means.oracle.guarded()
    if oracle.meter.left < FEWEST:
        return conclusion
    try:
        x = next(others(oracle, means.rng))
        there = Survey.of(oracle.at(x), oracle.gradient(x), means.rng, 0.0, x)
    except CheckError:
        return conclusion
    found = conclude(there, [(part, judge(there, part)) for part in there.parts()], None)
    if found.explanation is None or found.explanation.cause not in OF_A_PENALTY:
        return conclusion
    return replace(conclusion, explanation=found.explanation, location=found.location)


def _fault_nearby(means: Means, x: Array, tolerance: float) -> Explanation | None:
    """What is wrong at ``x``, a little away, with a gradient that is right where it was asked about."""
    there = Survey.near(means, means.oracle.at(x), means.oracle.gradient(x))
    part = there.whole
    if not (
        any(m.contradicts and m.relative > tolerance for m in part.measurements)
        and there.contradicts_again(part)
    ):
        return None
    if np.array_equal(there.gradient, means.oracle.gradient(means.given)):
        return Explanation(Cause.FROZEN, "a little away from x it still gives the gradient at x")
    return Explanation(Cause.ELSEWHERE, "a little away from x it differs from f's")


def _of_f(oracle: Oracle) -> Sequence[str]:
    return ("f changes its input: every call was given a copy",) if oracle.changes_x else ()
