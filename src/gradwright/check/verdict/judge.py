"""The verdict on one part of x, and on whether its directions can be judged at all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gradwright.check.points import Leaf
from gradwright.check.verdict.measure import SURE
from gradwright.check.verdict.report import Verdict
from gradwright.check.verdict.survey import Part, Survey

LARGE = 1e6  # a value of f whose rounding may hide what x does to it
COARSEST = {8: 1e-4, 4: 5e-2, 2: 0.1}  # by bytes of a number: a resolution beyond it is not called correct
FLAT = 2.0**12  # rounding units of the whole gradient: of an array with less f does not depend


@dataclass(frozen=True)
class Judgement:
    """The verdict on a part, with the largest difference seen and the share down to which it was looked.

    ``blocked`` is what kept it from being decided, ``note`` what else is to be said of it;
    ``is_tolerated`` is whether a difference was seen that is small enough for the user.
    """

    verdict: Verdict
    difference: float = math.nan
    resolution: float = math.inf
    blocked: str | None = None
    note: str | None = None
    is_tolerated: bool = False


def judge(survey: Survey, part: Part, tolerance: float = 0.0) -> Judgement:
    """The verdict on one part of x; a contradiction counts only if fresh directions repeat it.

    ``tolerance`` is the share of the gradient's size up to which a difference is none.
    """
    if not part.looks:
        return Judgement("undecided", blocked="nothing left of the allowed evaluations")
    decided = [m for m in part.measurements if m.decides]
    if not decided:
        return Judgement("undecided", blocked=part.measurements[0].slope.behaviour)
    leaves = [part.leaf] if part.leaf else survey.oracle.tree.leaves
    digits = (
        2
        if survey.rounding.reach or np.any(survey.rounding.of_gradient)
        else min(leaf.dtype.itemsize for leaf in leaves)
    )
    if survey.rounding.reach:
        looks = [(drawn, m) for drawn, m in part.looks if m.decides]
        longer = survey.longer(looks, COARSEST[2])
        if longer is None:
            return Judgement("undecided", blocked="nothing left of the allowed evaluations")
        decided = [m for m in longer if m.decides]
        if not decided:
            return Judgement("undecided", blocked=longer[0].slope.behaviour)
    difference = max(m.relative for m in decided)
    resolution = min(m.resolution for m in decided)
    if any(m.contradicts for m in decided):
        if difference <= tolerance:
            return Judgement("correct", difference, resolution, is_tolerated=True)
        if survey.rounding.reach or survey.contradicts_again(part):
            return Judgement("wrong", difference, resolution)
        doubt = "a difference that other directions do not show"
        return Judgement("undecided", difference, resolution, doubt)
    if resolution > COARSEST[digits]:
        share = _share_of_all(survey, part)
        if share > FLAT * survey.oracle.tree.epsilon:
            return Judgement("undecided", difference, resolution, "noise")
        note = f"f does not depend on {leaves[0].name}, and its gradient is 0 but for rounding"
        return Judgement("correct", share, share, note=note)
    return Judgement("correct", difference, resolution)


def in_doubt(parts: Sequence[Part]) -> bool:
    """Whether a direction contradicts the gradient, or was not measured to much."""
    everything = [m for part in parts for m in part.measurements]
    return any(m.contradicts or not m.decides or m.resolution > COARSEST[8] for m in everything)


def on_a_kink(parts: Sequence[Part]) -> bool:
    """Whether a third of all directions or more meet a kink or jump at x itself."""
    everything = [m for part in parts for m in part.measurements]
    blocked = [m for m in everything if m.slope.behaviour in ("kink", "jump")]
    return len(blocked) * 3 >= len(everything)


def why_undecided(leaf: Leaf | None, judgement: Judgement, value: float) -> str:
    """What stands in the way, in one sentence; f at x is ``value``."""
    where = f" in {leaf.name}" if leaf is not None else ""
    if judgement.blocked == "noise":
        told = f"; f is {value:.1e}: leave out of it what does not change with x"
        remedy = told if abs(value) > LARGE else ""
        return (
            f"the noise of f is above the signal{where}: a difference below {judgement.resolution:.0e} "
            f"of the gradient's size cannot be seen{remedy}"
        )
    if judgement.blocked in ("kink", "jump", "undefined"):
        return f"f has a {judgement.blocked}{where} near x in every direction that was tried"
    return f"{judgement.blocked}{where}"


def _share_of_all(survey: Survey, part: Part) -> float:
    """The most that a leaf's derivative can be, claimed or true, beside that of f through all of x."""
    if part.leaf is None or not survey.gradient.any():
        return math.inf
    shares = (
        (m.scale + abs(m.claimed) + abs(m.difference) + SURE * m.error + m.tolerance)
        / survey.scales.size(drawn.scaling)
        for drawn, m in part.looks
        if m.decides
    )
    return max(shares, default=math.inf)
