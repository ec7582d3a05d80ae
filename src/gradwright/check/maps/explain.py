"""Why a gradient is wrong, by the Jacobians of each wrong array: the simplest hypothesis that holds exactly.

A name is given where one hypothesis makes the claimed Jacobian, entry by entry, of the true one, at the point
and at another point too. Each is an equation between whole matrices, so that rivals cannot hold as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.maps.backward_map import BackwardMap
from gradwright.check.maps.branches import branches
from gradwright.check.maps.dropped import dropped
from gradwright.check.maps.jacobians import Jacobian, claimed_jacobians, jacobian
from gradwright.check.maps.labels import of_labels
from gradwright.check.maps.linearity import not_linear
from gradwright.check.maps.moments import moments
from gradwright.check.maps.moved import moved
from gradwright.check.maps.rows import diagonal, row_term, windows
from gradwright.check.maps.slopes import elementwise, of_bias
from gradwright.check.maps.substituted import substituted
from gradwright.check.maps.sums import averaged, other_axis
from gradwright.check.maps.values import other_values
from gradwright.check.points import Array
from gradwright.check.verdict.oracle import NoAnswerError

Hypothesis: TypeAlias = Callable[[BackwardMap, Jacobian], Explanation | None]

HYPOTHESES: tuple[Hypothesis, ...] = (
    averaged,
    elementwise,
    diagonal,
    moments,
    branches,
    windows,
    other_axis,
    dropped,
    moved,
    of_bias,
    other_values,
    of_labels,
    row_term,
    substituted,
)


def explained(backward: BackwardMap, wrong: Sequence[str]) -> dict[str, Explanation]:
    """What is found of each of the ``wrong`` arrays; those of which nothing is found are left out."""
    try:
        given = backward.gradients(backward.value(), backward.shapes())  # without those of another shape
        wrong = [name for name in wrong if name in given]
        found = {name: not_linear(backward, name) for name in wrong}
        if any(found.values()):
            return {name: each for name, each in found.items() if each}
        claimed = claimed_jacobians(backward)
    except NoAnswerError:
        return {}
    told = {}
    for name in wrong:
        if name in claimed and (explanation := _of_one(backward, name, claimed[name])):
            told[name] = explanation
    return told


def _of_one(backward: BackwardMap, name: str, claimed: Array) -> Explanation | None:
    try:
        j = jacobian(backward, name, claimed)
    except NoAnswerError:
        return None
    for hypothesis in HYPOTHESES:
        found = _outcome(hypothesis, backward, j)
        if found is not None:
            return found if _holds_elsewhere(hypothesis, backward, name, found.cause) else None
    return None


def _outcome(hypothesis: Hypothesis, backward: BackwardMap, j: Jacobian) -> Explanation | None:
    try:
        with np.errstate(all="ignore"):
            return hypothesis(backward, j) if j.is_wrong else None
    except NoAnswerError:
        return None


def _holds_elsewhere(hypothesis: Hypothesis, backward: BackwardMap, name: str, cause: Cause) -> bool:
    """Whether another point says the same; where forward or backward has no answer there, it need not."""
    there = backward.elsewhere()
    try:
        j = jacobian(there, name, claimed_jacobians(there)[name])
    except NoAnswerError:
        return True
    found = _outcome(hypothesis, there, j)
    return found is not None and found.cause == cause
