"""Is this the gradient of that function? The verdict, from measurements along random directions."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from gradwright.check.conventions.functions import asked
from gradwright.check.conventions.shapes import Fitted
from gradwright.check.conventions.target import Target
from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.faults.explain import explain_by_experiments
from gradwright.check.faults.penalty import OF_A_PENALTY
from gradwright.check.points import Array, NotFiniteError, Tree
from gradwright.check.present.report import GradientReport
from gradwright.check.streams import Stream, own_generator
from gradwright.check.verdict.conclude import Conclusion, conclude, right_once
from gradwright.check.verdict.elsewhere import STEP, Visit, near, others, visit_far
from gradwright.check.verdict.judge import Judgement, in_doubt, judge, on_a_kink
from gradwright.check.verdict.measure import Measurement
from gradwright.check.verdict.not_finite import not_finite
from gradwright.check.verdict.oracle import Meter, Oracle, OutOfTimeError
from gradwright.check.verdict.remainders import fit_orders, shape_of
from gradwright.check.verdict.repeatability import ask_again
from gradwright.check.verdict.survey import FOR_A_DOUBT, Means, Part, Survey
from gradwright.check.why import with_line
from gradwright.errors import CheckError, ConfigError

FEWEST = 1000  # evaluations that one array may take from the first look to its place and cause
LIKELY, LIKELY_IN_EACH = 120, 12  # evaluations that a right gradient takes, and for each array of it
NOT_DETERMINISTIC = 1e-6  # of f(x): values at one x that differ by more leave nothing to decide
INTERVENING = 1500  # evaluations at other points that the search for a cause may take
OF_MANY, MANY = 300, 20_000  # the same, and the size of x from which they are that few
HUGE = 1e100  # an entry of a gradient beyond it is scaled down, so that no square overflows


def check_gradient(
    f: Callable[..., Any] | None = None,
    grad: Callable[..., Any] | None = None,
    x: Any = None,
    *,
    value_and_grad: Callable[..., Any] | None = None,
    wrt: str | Sequence[str] | None = None,
    names: str | Sequence[str] | None = None,
    seed: int = 0,
    max_evaluations: int = 4000,
    tolerance: float = 0.0,
    max_seconds: float = math.inf,
    complex_step: bool = True,
    watch: Callable[[int, int], None] | None = None,
) -> GradientReport:
    """Whether ``grad`` is the gradient of ``f`` at ``x``: correct, wrong, or undecided, and why.

    Args:
        f: takes x to a number.
        grad: takes x to something of its form, to a tuple of gradients in its order, or a table with ``dW``
            for W. Both get fresh copies, f always right before grad at a point.
        x: an array of float64 or float32, or a dictionary, list or tuple of such, nested at will.
        value_and_grad: in place of f and grad, a function that returns (value, gradient).
        wrt: for functions of many arguments, such as ``loss(W, X, y, reg)``, the names of those to vary: "W"
            or ("W", "b"). Then x is the tuple of all arguments, or a dictionary of them by name.
        names: of the arrays of x in their order, as the report shall call them.
        seed: of the directions; the same seed gives the same report.
        max_evaluations: the most calls of f; the report says how many there were.
        tolerance: a difference of at most this share of the gradient's size is *correct* too, and told.
        max_seconds: the time, after which no more call of f begins and the verdict is *undecided*, unless it
            was *wrong* already.
        complex_step: whether f may be tried on complex numbers, which of many a formula tell the slope in one
            call; what comes of it is believed where real steps have shown the same.
        watch: is told at each call of f how many there were, and how many it will likely be.

    For random directions v, of all of x and of each array by itself, in three scalings (see
    ``directions``), the difference D f(x)[v] - <g, v> is measured with an error: by extrapolated central
    differences with steps from the scale of x down to the rounding of f, or by the complex step where f is
    seen to carry complex numbers. A gradient is *wrong* if fresh directions with other steps confirm a
    difference beyond all error, *correct* if every array was seen to agree down to ``report.resolution``,
    else *undecided*, with the reason. Where x lies on a kink, a point a thousandth away decides, and the
    notes say so.

    A gradient of another shape than its array is *wrong*, with what would make it right, and so is one that
    is not finite where f is. Where f(x) itself is NaN or infinite it is *undecided*, with where that began.

    Raises ``ConfigError`` for an x that is not finite float numbers, and for names that do not fit;
    ``CheckError`` where f(x) is not a number or grad(x) does not have the form of x.

    >>> x = np.array([0.5, -1.0, 2.0])
    >>> check_gradient(lambda x: (x**3).sum(), lambda x: 3 * x**2, x).verdict
    'correct'
    >>> report = check_gradient(lambda x: (x**3).sum(), lambda x: 1.5 * x**2, x)
    >>> report.verdict, report.evidence, report.cause
    ('wrong', 'x is 0.5 x the true gradient in every entry', 'a factor of 2 is missing')
    >>> def loss(w, x, y):
    ...     return ((x @ w - y) ** 2).mean(), 2 * x.T @ (x @ w - y) / len(y)
    >>> arguments = np.ones(2), np.array([[1.0, 2.0], [3.0, 4.0]]), np.zeros(2)
    >>> report = check_gradient(value_and_grad=loss, x=arguments, wrt="w")
    >>> report.verdict, report.parameters[0].name
    ('correct', 'w')
    """
    target = asked(f, grad, x, value_and_grad=value_and_grad, wrt=wrt, names=names)
    until = time.monotonic() + max_seconds
    report = verdict_on(
        target,
        seed=seed,
        max_evaluations=max_evaluations,
        tolerance=tolerance,
        max_seconds=max_seconds,
        complex_step=complex_step,
        watch=watch,
    )
    return with_line(report, target, until)


def verdict_on(
    target: Target,
    *,
    seed: int,
    max_evaluations: int,
    tolerance: float = 0.0,
    max_seconds: float = math.inf,
    complex_step: bool = True,
    watch: Callable[[int, int], None] | None = None,
) -> GradientReport:
    """What ``check_gradient`` says of a target before the line of a fault is looked for."""
    if max_evaluations < FEWEST:
        raise ConfigError(f"max_evaluations: expected at least {FEWEST}, found {max_evaluations}")
    if not max_seconds > 0:
        raise ConfigError(f"max_seconds: expected more than 0, found {max_seconds:g}")
    if not 0 <= tolerance < 1:
        raise ConfigError(f"tolerance: expected 0 or more and less than 1, found {tolerance:g}")
    fitted, rng = Fitted(target.grad, Tree.of(target.point)), own_generator(seed, Stream.DIRECTIONS)
    oracle = Oracle.unasked(target.f, fitted, target.point, max_evaluations, complex_step)
    oracle.meter.until, oracle.meter.watch = time.monotonic() + max_seconds, watch
    oracle.meter.expected = LIKELY + LIKELY_IN_EACH * len(oracle.tree.leaves)
    try:
        conclusion, measurements, notes = _examine(oracle, rng, tolerance)
    except NotFiniteError as error:
        conclusion, measurements, notes = not_finite(oracle, error), (), ()
    except OutOfTimeError:
        reason = f"the {max_seconds:g} s that were allowed are used up, after {oracle.meter.f:,} calls of f"
        conclusion, measurements, notes = Conclusion("undecided", reason), (), ()
    return fitted.judged(_report(conclusion, measurements, (*target.notes, *notes), oracle.meter, seed))


def _examine(
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
    steps = survey.steps() if in_doubt(parts) else None
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
        survey = Survey.of(oracle, beside, rng, spread, given, steps)
        parts = survey.parts()

    judged = [(part, judge(survey, part, tolerance)) for part in parts]
    notes += [judgement.note for _, judgement in judged if judgement.note]
    try:
        conclusion = conclude(survey, judged, fault)
    except OutOfTimeError:
        conclusion = _without_time(judged)
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


def _report(
    conclusion: Conclusion,
    measurements: Sequence[Measurement],
    notes: Sequence[str],
    meter: Meter,
    seed: int,
) -> GradientReport:
    explanation = conclusion.explanation
    by_steps = [m for m in measurements if m.slope.samples]
    order, first_order, steps, window, floor = fit_orders(by_steps)
    if measurements and not by_steps:
        floor = measurements[0].noise
    return GradientReport(
        verdict=conclusion.verdict,
        reason=conclusion.reason,
        suspicion=conclusion.suspicion or (None if explanation is None else explanation.suspicion),
        cause=None if explanation is None or explanation.is_suspicion else str(explanation.cause),
        evidence=None if explanation is None else explanation.evidence,
        location=conclusion.location,
        order=order,
        first_order=first_order,
        shape=shape_of(by_steps),
        resolution=conclusion.resolution,
        parameters=conclusion.parameters,
        notes=tuple(notes),
        steps=tuple(steps),
        window=window,
        noise_floor=floor,
        evaluations=meter.f,
        gradient_evaluations=meter.gradient,
        seed=seed,
    )
