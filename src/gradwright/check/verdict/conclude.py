"""From the judgements on the parts of x to the verdict on the whole, with the place and the cause."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.faults.explain import explain_at_x
from gradwright.check.faults.seen import Seen
from gradwright.check.points import Array, Leaf
from gradwright.check.verdict.directions import Direction
from gradwright.check.verdict.elsewhere import others
from gradwright.check.verdict.judge import Judgement, why_undecided
from gradwright.check.verdict.locate import deepest_first, locate, told_together
from gradwright.check.verdict.report import ParameterVerdict, Verdict
from gradwright.check.verdict.survey import FOR_A_DOUBT, Part, Survey
from gradwright.errors import CheckError

SLIGHT = 1e-5  # of its size: a difference in float64 that a formula seldom makes
EXPLAINING = 6  # directions within the faulty entries that a cause is held against
TELLING = 4  # entries: of fewer, directions tell little
ELSEWHERE, LOOKS_ELSEWHERE = 2, 4  # other points, and directions at each, that it is held against too
OF_A_WHOLE_ARRAY = {Cause.TRANSPOSED, Cause.FLATTENED, Cause.REVERSED, Cause.OFF_BY_ONE, Cause.EXCHANGED}


@dataclass(frozen=True)
class Conclusion:
    """What a report says first."""

    verdict: Verdict
    reason: str
    parameters: tuple[ParameterVerdict, ...] = ()
    explanation: Explanation | None = None
    location: str | None = None
    resolution: float | None = None
    suspicion: str | None = None


def conclude(
    survey: Survey, judged: Sequence[tuple[Part, Judgement]], fault: Explanation | None
) -> Conclusion:
    """The verdict on all of x: the first of ``judged`` is the whole, the others, if any, its leaves.

    ``fault`` is what the calls of the gradient alone have shown.
    """
    whole = judged[0][1]
    leaves = survey.oracle.tree.leaves
    by_leaf = list(zip(leaves, [j for _, j in judged[1:]] or [whole], strict=True))
    parameters = tuple(
        ParameterVerdict(leaf.name, j.verdict, j.difference, j.resolution) for leaf, j in by_leaf
    )
    wrong = [leaf for leaf, j in by_leaf if j.verdict == "wrong"]
    if wrong:
        return _wrong(survey, wrong, parameters, fault)
    if fault is not None:
        return right_once(fault, parameters)
    if whole.verdict == "wrong":
        reason = (
            f"the gradient differs from f's by {whole.difference:.2g} of its size, but the allowed "
            "evaluations did not suffice to tell in which array"
        )
        return Conclusion("wrong", reason, parameters)
    for leaf, judgement in by_leaf:
        if judgement.verdict == "undecided":
            named = leaf if len(leaves) > 1 else None
            return Conclusion("undecided", why_undecided(named, judgement, survey.oracle.value), parameters)
    resolution = float(max(j.resolution for _, j in by_leaf))
    if any(j.is_tolerated for _, j in judged):
        difference = max(j.difference for _, j in judged if j.is_tolerated)
        reason = f"within {difference:.1e} of its size, a difference that was to be tolerated"
        suspicion = _suspicion(survey, leaves, difference)
        return Conclusion("correct", reason, parameters, resolution=resolution, suspicion=suspicion)
    if not survey.gradient.any():
        reason = "the gradient is 0, and f does not change with x beyond its rounding"
        reason += f", {survey.rounding.noise:.0e}" if survey.rounding.noise else ""
        return Conclusion("correct", reason, parameters, resolution=resolution)
    reason = f"f and the gradient agree in every direction, down to {resolution:.0e} of its size"
    return Conclusion("correct", reason, parameters, resolution=resolution)


def right_once(fault: Explanation, parameters: tuple[ParameterVerdict, ...]) -> Conclusion:
    """A gradient that is right at x, and yet has a fault, which other calls have shown."""
    reason = f"the gradient is right at x the first time, but {fault.cause}: {fault.evidence}"
    return Conclusion("wrong", reason, parameters, fault, fault.location)


def _wrong(
    survey: Survey,
    wrong: Sequence[Leaf],
    parameters: tuple[ParameterVerdict, ...],
    fault: Explanation | None,
) -> Conclusion:
    """A wrong gradient: where, and why. It is looked at in the deepest array, where the fault enters."""
    deepest, leaves = deepest_first(wrong), survey.oracle.tree.leaves
    leaf = next((each for each in deepest if each.stop - each.start >= TELLING), deepest[0])
    difference = max(p.difference for p in parameters if p.verdict == "wrong")
    place, entries = locate(survey, leaf, allowance=survey.oracle.meter.left - FOR_A_DOUBT)
    explanation: Explanation | None
    if fault is not None and fault.cause == Cause.RANDOM:
        explanation = fault
    elif len(entries) == 1 and leaf.stop - leaf.start > 1:
        explanation = _one_entry(survey, int(entries[0]))
    else:
        seen = _seen(survey, leaf, place, entries)
        there = partial(_seen_elsewhere, survey, leaf, place, entries)
        explanation = explain_at_x(seen, there) if seen else None
        if explanation is not None and explanation.cause in OF_A_WHOLE_ARRAY:
            place = leaf.name
        explanation = explanation or fault

    names = ", ".join(each.name for each in wrong)
    reason = f"the gradient of {names} differs from f's by {difference:.2g} of its size"
    first, rest = leaves[: len(wrong)], leaves[len(wrong) :]
    if explanation is None and rest and len(wrong) > 1 and tuple(wrong) == first:
        reason += f"; from {rest[0].name} on all is right, so look at the step back from there"
    suspicion = _suspicion(survey, wrong, difference) if explanation is None else None
    places = told_together([place if each is leaf else each.name for each in deepest])
    return Conclusion("wrong", reason, parameters, explanation, places, suspicion=suspicion)


def _seen(survey: Survey, leaf: Leaf, place: str, entries: Array, looks: int = EXPLAINING) -> Seen | None:
    """What is measured within the faulty entries; None where that is too little to tell a cause by."""
    seen = [look for look in survey.within(leaf, entries, looks) if look[1].decides]
    return Seen(survey.oracle, survey.gradient, leaf, place, entries, seen) if len(seen) > 2 else None


def _seen_elsewhere(survey: Survey, leaf: Leaf, place: str, entries: Array) -> list[Seen]:
    """The same at two other points that have an answer."""
    found: list[Seen] = []
    guarded = survey.oracle.guarded()
    for x in others(survey.oracle, survey.rng):
        if len(found) == ELSEWHERE or survey.oracle.meter.left < FOR_A_DOUBT:
            break
        with suppress(CheckError):
            there = replace(survey, oracle=guarded.at(x), gradient=guarded.gradient(x))
            seen = _seen(there, leaf, place, entries, LOOKS_ELSEWHERE)
            found += [seen] if seen else []
    return found


def _suspicion(survey: Survey, leaves: Sequence[Leaf], difference: float) -> str | None:
    """What may make a slight ``difference`` in these leaves, if all are of float64."""
    if difference > SLIGHT or any(leaf.dtype != np.float64 for leaf in leaves):
        return None
    claimed = np.concatenate([survey.gradient[leaf.places] for leaf in leaves])
    if np.array_equal(claimed, claimed.astype(np.float32)):
        return "the gradient is computed in float32: every entry of it is such a number"
    return "an epsilon, as in a logarithm or a root, that f has and the gradient has not, or float32 inside"


def _one_entry(survey: Survey, entry: int) -> Explanation | None:
    """What is claimed of one entry, and what is true; None where the two hardly differ."""
    unit = survey.scales.entry(entry, "relative")
    true = survey.measure(Direction(slice(entry, entry + 1), np.array([unit]))).true / unit
    claimed = survey.gradient[entry]
    if math.isclose(claimed, true, rel_tol=SLIGHT):
        return None
    evidence = f"{survey.oracle.tree.locate(entry)} is {claimed:.6g}, the true derivative is {true:.6g}"
    return Explanation(Cause.ONE_ENTRY, evidence)
