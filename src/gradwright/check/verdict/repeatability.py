"""Does the gradient function answer alike when it is asked again? Before any derivative is looked at."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.points import Array
from gradwright.check.verdict.elsewhere import Visit
from gradwright.check.verdict.oracle import Oracle

RANDOM = 1e-3  # of the largest entry: what differs by more was drawn
SAME = 1e-6  # relative: two calls that differ by less differ by rounding, as threads may make it


class Answers(NamedTuple):
    """The gradients at x and at a point near by, what is wrong with how they are given, and notes on it."""

    gradient: Array
    nearby: Array
    fault: Explanation | None
    notes: tuple[str, ...]


def ask_again(oracle: Oracle, near: Array, far: Visit | None) -> Answers:
    """Call the gradient at x, at x again, ``near`` by, far away, and at x once more.

    ``far`` is what was asked before all of these.
    """
    calls = [oracle.call_gradient(x) for x in (oracle.x, oracle.x, near)]
    notes = []
    if any(call.changed_x for call in calls):
        notes.append("the gradient function changes its input: every call was given a copy")
    if not np.array_equal(oracle.tree.pack_gradient(calls[0].given) * oracle.unit, calls[0].vector):
        notes.append("the gradient shares memory with something that a later call changes: it was copied")
    first, second, nearby = (call.vector for call in calls)
    third = oracle.gradient(oracle.x)
    if _same(second, first) and _same(third, first):
        return Answers(first, nearby, None, tuple(notes))
    before = np.zeros_like(first) if far is None else far.gradient
    alone, fault = _accumulates(oracle, (before, first, second, third))
    fault = fault or _stale(oracle, near, third)
    if fault is None:
        difference = float(np.abs(second - first).max())
        told = f"at the same x its entries differ by {difference:.1e}"
        notes.append(f"the gradient is not deterministic: {told}")
        if difference > RANDOM * float(np.abs(first).max()):
            fault = Explanation(Cause.RANDOM, told)
    return Answers(alone, nearby, fault, tuple(notes))


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
    return alone, Explanation(Cause.ACCUMULATES, f"the second call at the same x gives {named}")


def _stale(oracle: Oracle, near: Array, third: Array) -> Explanation | None:
    """Whether a call elsewhere leads to another answer at x than before, but always to the same one."""
    oracle.gradient(near)
    if _same(oracle.gradient(oracle.x), third):
        evidence = "after a call elsewhere it gives another gradient at the same x"
        return Explanation(Cause.STALE_CACHE, evidence)
    return None


def _same(a: Array, b: Array) -> bool:
    return bool(np.abs(a - b).max() <= SAME * max(np.abs(a).max(), np.abs(b).max()))
