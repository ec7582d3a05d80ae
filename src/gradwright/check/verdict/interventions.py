"""Name a fault made inside a backward pass, from outside: by what is claimed where parameters are replaced.

A fault is named if the claimed and the true derivatives show its mark at every point that was chosen to tell
it from the others, and not otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import numpy as np

from gradwright.check.verdict.bends import activation
from gradwright.check.verdict.calls import GradientCalls
from gradwright.check.verdict.causes import Explanation
from gradwright.check.verdict.gates import gates
from gradwright.check.verdict.logits import logits
from gradwright.check.verdict.norms import normalised
from gradwright.check.verdict.paths import branch, factor_further_on, hidden_values, weight_back
from gradwright.check.verdict.places import misplaced
from gradwright.check.verdict.probe import Probe
from gradwright.check.verdict.trees import Leaf
from gradwright.check.verdict.workbench import SpentError, Workbench

EXPERIMENTS = (
    logits,
    activation,
    hidden_values,
    weight_back,
    normalised,
    misplaced,
    gates,
    branch,
    factor_further_on,
)


def explain_by_interventions(
    probe: Probe, calls: GradientCalls, leaves_wrong: Sequence[Leaf], allowance: int
) -> Explanation | None:
    """The fault of a backward pass whose mark is seen wherever it should be; None if there is none.

    ``leaves_wrong`` are those whose gradient is wrong at x; ``allowance`` bounds the evaluations of f. What
    the user's functions raise at an odd point says nothing about the fault.
    """
    try:
        bench = Workbench(probe, calls, leaves_wrong, allowance)
    except SpentError:
        return None
    for experiment in EXPERIMENTS:
        with suppress(Exception), np.errstate(all="ignore"):
            if (found := experiment(bench)) is not None:
                return found
    return None
