"""Does the gradient function answer alike when it is asked again? Before any derivative is looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.points import Array, blocks
from gradwright.check.verdict.elsewhere import Visit, near
from gradwright.check.verdict.oracle import Oracle

RANDOM = 1e-3  # of the largest entry: what differs by more was drawn
SAME = 1e-6  # relative: two calls that differ by less differ by rounding, as threads may make it


class Answers(NamedTuple):
    """The gradient at x, what is wrong with how it is given, and notes on it."""

    gradient: Array
    fault: Explanation | None
    notes: tuple[str, ...]


def ask_again(oracle: Oracle, key: int, far: Visit | None) -> Answers:
    """Call the gradient at x, at x again, at the near point of ``key``, and at x once more.

    ``far`` is what was asked before all of these.
    """
    first, lent, changed = oracle.call_gradient(oracle.x)
    others, is_still = [], True
    for comes_after_near in (False, True):
        if comes_after_near:
            oracle.call_gradient(near(oracle, key), is_spare=True)
            is_still = _is_still(first, lent, oracle)
        again = oracle.call_gradient(oracle.x)
        changed = changed or again.changed_x
        others.append(first if _same(again.vector, first) else again.vector)  # nothing is kept twice
        del again
    notes = []
    if changed:
        notes.append("the gradient function changes its input: every call was given a copy")
    if not is_still:
        notes.append("the gradient shares memory with something that a later call changes: it was copied")
    second, third = others
    if second is first and third is first:
        return Answers(first, None, tuple(notes))
    before = np.zeros_like(first) if far is None else far.gradient
    alone, fault = _accumulates(oracle, (before, first, second, third))
    fault = fault or _stale(oracle, near(oracle, key), third)
    if fault is None:
        difference = float(np.abs(second - first).max())
        told = f"at the same x its entries differ by {difference:.1e}"
        notes.append(f"the gradient is not deterministic: {told}")
        if difference > RANDOM * float(np.abs(first).max()):
            fault = Explanation(Cause.RANDOM, told)
    return Answers(alone, fault, tuple(notes))


def _is_still(gradient: Array, lent: Mapping[str, Callable[[], Any]], oracle: Oracle) -> bool:
    """Whether the arrays that a call of the gradient gave, if they are still there, hold the same numbers."""
    for leaf in oracle.tree.leaves:
        array = lent[leaf.name]()
        if array is not None and not np.array_equal(np.ravel(array) * oracle.unit, gradient[leaf.places]):
            return False
    return True


def _accumulates(
    oracle: Oracle, answers: tuple[Array, Array, Array, Array]
) -> tuple[Array, Explanation | None]:
    """The gradient at x without what earlier calls left in it, and whether they did, in some leaves.

    ``answers`` are those before x, at x, at x again, and, after another call, once more. What is added to a
    share s of the answer before gives second - first = s (first - before), and the third is larger still.
    """
    before, first, second, third = answers
    alone, growing = first.copy(), {}
    for leaf in oracle.tree.leaves:
        a, b, c = (answer[leaf.places] for answer in (before, first, second))
        share = float((b - a) @ (c - b) / ((b - a) @ (b - a))) if (b - a).any() else 0.0
        grows = np.linalg.norm(third[leaf.places] - b) > (1 + SAME) * np.linalg.norm(c - b)
        if share > SAME and _same(c - b, share * (b - a)) and grows:
            once = b - share * a
            alone[leaf.places] = once
            growing[leaf.name] = float(once @ (once + share * once) / (once @ once)) if once.any() else 0.0
    if not growing:
        return first, None
    named = ", ".join(f"{ratio:.4g} x the first in {name}" for name, ratio in growing.items())
    evidence = f"the second call at the same x gives {named}"
    return alone, Explanation(Cause.ACCUMULATES, evidence, ", ".join(growing))


def _stale(oracle: Oracle, near: Array, third: Array) -> Explanation | None:
    """Whether a call elsewhere leads to another answer at x than before, but always to the same one."""
    oracle.gradient(near)
    if _same(oracle.gradient(oracle.x), third):
        evidence = "after a call elsewhere it gives another gradient at the same x"
        return Explanation(Cause.STALE_CACHE, evidence)
    return None


def _same(a: Array, b: Array) -> bool:
    largest = difference = 0.0
    for places in blocks(slice(0, a.size)):
        largest = max(largest, float(np.abs([a[places], b[places]]).max()))
        difference = max(difference, float(np.abs(a[places] - b[places]).max()))
    return difference <= SAME * largest
