"""A branch of a sum that is dropped on the way back, or sent back wrongly.

It is told by a weight of 0 that shuts a branch. Where nothing is claimed then, what goes the other way was
dropped. Where all is right then, what goes through that weight is wrong: dropped, if the claim does not
follow the weight, as the true gradient does, where the last weight is so light that errors stay the same.
"""

from __future__ import annotations

import numpy as np

from gradwright.check.faults.black_box import BlackBox
from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.points import Array, Leaf

LIGHTER = 0.8  # times the parameters: a point near by, for a second look
LIGHT = 1e-4  # times the last weight: the errors hardly follow what it sees
SAME = 1e-2  # relative: claims that are the same up to what the last weight still lets through
OTHERS = (-1.0, 0.5)  # times a weight: other values of it


def branch(box: BlackBox) -> Explanation | None:
    """Two ways that meet in a sum, one of them shut by a weight of 0: is what goes the other way claimed?"""
    for weight in (leaf for leaf in box.weights if leaf not in box.wrong):
        others = [leaf for leaf in box.leaves if leaf is not weight]
        shut = {weight: np.zeros(weight.shape)}
        points = [box.at(shut), box.at(shut | {leaf: LIGHTER * box.value(leaf) for leaf in others})]
        if not all(_reach_f(box, x) for x in points):
            continue  # the fault lies before this weight, in the branch that it shuts
        if _is_claimed(box, box.x) and not any(_is_claimed(box, x) for x in points):
            evidence = f"what goes past {weight.name} is missing: where it is 0, the claim is 0 too"
            return Explanation(Cause.BRANCH_DROPPED, evidence)
        if weight.shape == weight.shape[::-1] and _lost_through(box, weight):
            return _dropped_or_wrong(box, weight)
    return None


def _reach_f(box: BlackBox, x: Array) -> bool:
    """Whether f depends on each wrong array at x."""
    return all(box.matters(box.true(x, box.direction([leaf]))) for leaf in box.wrong)


def _is_claimed(box: BlackBox, x: Array) -> bool:
    """Whether anything is claimed of the wrong arrays at x."""
    g = box.claimed(x)
    return any(box.matters(g[leaf.places]) for leaf in box.wrong)


def _lost_through(box: BlackBox, weight: Leaf) -> bool:
    """Whether the claim is right without a weight, or all of its shape, and not where it is symmetric."""
    value = box.value(weight)
    for shut in ([weight], [leaf for leaf in box.weights if leaf.shape == weight.shape]):
        without: dict[Leaf, Array | float] = dict.fromkeys(shut, 0.0)
        lighter = {leaf: LIGHTER * box.value(leaf) for leaf in box.leaves if leaf not in without}
        if all(box.ratio(box.at(point), box.wrong, 1.0) for point in (without, without | lighter)):
            return not box.ratio(box.at(without | {weight: value + value.T}), box.wrong, 1.0)
    return False


def _dropped_or_wrong(box: BlackBox, weight: Leaf) -> Explanation:
    """What goes back through a weight is dropped, or wrong in some way that was not seen."""
    after = [leaf for leaf in box.weights if leaf.start > weight.start and leaf not in box.wrong]
    light = {leaf: LIGHT * box.value(leaf) for leaf in after[-1:]}
    points = [box.at(light | {weight: s * box.value(weight)}) for s in (1.0, *OTHERS)]
    v = box.direction(box.wrong)
    claimed = np.array([float(box.claimed(x) @ v) for x in points])
    true = np.array([box.true(x, v) for x in points])
    follows = np.ptp(true) > 10 * SAME * np.abs(true).max()
    if light and follows and np.ptp(claimed) <= SAME * np.abs(true).max():
        evidence = f"what goes back through {weight.name} is missing: the claim does not follow it"
        return Explanation(Cause.BRANCH_DROPPED, evidence)
    evidence = f"what lies before {weight.name} is right where that is 0, and wrong elsewhere"
    may_lie_after = any(leaf.start > weight.start for leaf in box.wrong)
    return Explanation(Cause.BRANCH_WRONG, evidence, is_suspicion=may_lie_after)
