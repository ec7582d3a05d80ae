"""Name a fault: by what was measured at x, and where that does not tell, by experiments at other parameters.

A fault is named if the claimed and the true derivatives show its mark wherever it was chosen to tell it from
its rivals, and not otherwise; of several that explain all of it, the simplest one, which is asked first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from gradwright.check.faults.activation import activation
from gradwright.check.faults.backward_path import weight_back
from gradwright.check.faults.bias import summed
from gradwright.check.faults.black_box import BlackBox
from gradwright.check.faults.branches import branch
from gradwright.check.faults.cause import Explanation
from gradwright.check.faults.clipped import clipped
from gradwright.check.faults.hidden_values import hidden_values
from gradwright.check.faults.normalization import normalized
from gradwright.check.faults.penalty import penalized
from gradwright.check.faults.rearranged import partly_rearranged, rearranged
from gradwright.check.faults.recurrent import gates
from gradwright.check.faults.repeated import overwritten
from gradwright.check.faults.scale import factor_further_on, missing, scaled, unused
from gradwright.check.faults.seen import Seen
from gradwright.check.faults.softmax import softmax
from gradwright.check.faults.stepped import stepped
from gradwright.check.faults.targets import compared
from gradwright.check.faults.through_time import truncated
from gradwright.check.points import Leaf
from gradwright.check.verdict.oracle import Oracle
from gradwright.errors import CheckError

LEAST = 1e-3  # of the true gradient: a fault of structure changes more of it
LOOKS = 2  # along random directions in each wrong array

HYPOTHESES = (missing, unused, stepped, scaled, penalized, rearranged)
EXPERIMENTS = (
    clipped,
    overwritten,
    softmax,
    activation,
    compared,
    truncated,
    hidden_values,
    weight_back,
    normalized,
    partly_rearranged,
    gates,
    summed,
    branch,
    factor_further_on,
)


def explain_at_x(seen: Seen, elsewhere: Callable[[], Sequence[Seen]]) -> Explanation | None:
    """The simplest named fault that explains all that was ``seen``; None if there is none.

    ``elsewhere`` looks at the same entries at other points, where it must hold too. Where these tell nothing,
    it is a suspicion.
    """
    there: Sequence[Seen] | None = None
    for each in HYPOTHESES:
        hypothesis = each(seen)
        if hypothesis is None:
            continue
        there = elsewhere() if there is None else there
        stands = hypothesis.stands(there)
        if stands is None:
            return replace(hypothesis.explanation, is_suspicion=True)
        if stands:
            return hypothesis.explanation
    return None


def explain_by_experiments(oracle: Oracle, wrong: Sequence[Leaf], allowance: int) -> Explanation | None:
    """The fault of a backward pass whose mark is seen wherever it should be; None if there is none.

    ``wrong`` are the leaves whose gradient is wrong at x; ``allowance`` bounds the evaluations of f. What the
    user's functions raise at an odd point says nothing about the fault.
    """
    try:
        box = BlackBox.of(oracle, wrong, allowance)
        if not _is_large(box):
            return None
    except CheckError:  # at x itself
        return None
    return next((found for each in EXPERIMENTS if (found := _outcome(each, box)) is not None), None)


def _is_large(box: BlackBox) -> bool:
    """Whether the difference is so large that an experiment could tell it from nothing."""
    for leaf in box.wrong:
        along = [box.direction([leaf]) for _ in range(LOOKS)]
        claimed = np.array([box.claimed_at_x @ v for v in along])
        true = np.array([box.true(box.x, v) for v in along])
        if np.linalg.norm(claimed - true) > LEAST * np.linalg.norm(true):
            return True
    return False


def _outcome(experiment: Callable[[BlackBox], Explanation | None], box: BlackBox) -> Explanation | None:
    """What an experiment finds; None where the user's functions have no answer to it."""
    try:
        with np.errstate(all="ignore"):
            return experiment(box)
    except CheckError:  # no answer, none that may be asked for, or one of another form
        return None
