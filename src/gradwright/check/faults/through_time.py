"""Errors that come back through fewer steps of time than a recurrent network has.

Where its input weights and its bias are 0 the hidden state is 0 at every step, whatever the recurrent weight
W is. There the gradient of the bias is a polynomial in the size of W: the errors of k steps later come back
through W^k. A claim that is truncated after k steps has the terms up to W^k and no others.
"""

from __future__ import annotations

import numpy as np

from gradwright.check.faults.black_box import BlackBox
from gradwright.check.faults.cause import Cause, Explanation
from gradwright.check.points import Array, Leaf

TERMS = 9  # of the polynomials that are fitted; the last ones take what is left
TOLD = 4  # of them are looked at
REACH = 0.5  # of the norm of W, up to which it is varied
LIKE = 1e-3  # of the largest term: it is the same, or none


def truncated(box: BlackBox) -> Explanation | None:
    """A bias and a square weight before it, as those of a recurrent layer."""
    for bias in box.wrong_vectors:
        before = box.before(bias)
        for weight in before:
            if weight.shape[-1] not in weight.shape[:-1] or len(weight.shape) != 2:
                continue
            found = _of(box, bias, weight, [each for each in before if each is not weight])
            if found is not None:
                return found
    return None


def _of(box: BlackBox, bias: Leaf, weight: Leaf, inputs: list[Leaf]) -> Explanation | None:
    zero: dict[Leaf, Array | float] = dict.fromkeys([bias, *inputs], 0.0)
    value = box.value(weight) / np.linalg.norm(box.value(weight), 2)
    sizes = REACH * np.cos((np.arange(TERMS) + 0.5) * np.pi / TERMS)
    v = box.direction([bias])
    points = [box.at(zero | {weight: size * value}) for size in sizes]
    claimed = np.array([float(box.claimed(x) @ v) for x in points])
    true = np.array([box.true(x, v) for x in points])
    powers = sizes[:, None] ** np.arange(TERMS)
    theirs, own = (np.linalg.solve(powers, each)[:TOLD] for each in (claimed, true))
    least = LIKE * float(np.abs(own).max())
    same = np.abs(theirs - own) <= least
    kept = int(np.argmin(same))  # the first term that is another one
    if not box.matters(own) or same.all() or not kept or np.abs(own[kept]) <= 10 * least:
        return None
    if np.abs(theirs[kept:]).max() > least:
        return None
    steps = kept - 1
    if kept == 1 and np.abs(own[kept + 1 :]).max() <= 10 * least:
        evidence = f"what goes back through {weight.name} is missing: the claim does not follow it"
        return Explanation(Cause.BRANCH_DROPPED, evidence)
    evidence = f"errors come back through {weight.name} for {steps} steps of time and no further"
    return Explanation(Cause.TRUNCATED, evidence)
