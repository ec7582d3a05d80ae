"""Name a fault made inside a backward pass, from outside: by what is claimed where parameters are replaced.

A fault is named if the claimed and the true derivatives show its mark at every point that was chosen to tell
it from the others, and not otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

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
from gradwright.check.verdict.sums import summed
from gradwright.check.verdict.trees import Leaf
from gradwright.check.verdict.workbench import SpentError, Workbench
from gradwright.errors import CheckError

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
    summed,
)


class NoAnswerError(Exception):
    """What one of the user's functions raised at an odd point."""


def explain_by_interventions(
    probe: Probe, calls: GradientCalls, leaves_wrong: Sequence[Leaf], allowance: int
) -> Explanation | None:
    """The fault of a backward pass whose mark is seen wherever it should be; None if there is none.

    ``leaves_wrong`` are those whose gradient is wrong at x; ``allowance`` bounds the evaluations of f. What
    the user's functions raise at an odd point says nothing about the fault.
    """
    asked = replace(probe, f=_asked(probe.f))
    asked_calls = replace(calls, grad=_asked(calls.grad), probe=asked)
    try:
        bench = Workbench(asked, asked_calls, leaves_wrong, allowance)
        return next((found for each in EXPERIMENTS if (found := _outcome(each, bench)) is not None), None)
    except (NoAnswerError, CheckError, SpentError):  # at x itself
        return None
    finally:
        probe.evaluations, calls.evaluations = asked.evaluations, asked_calls.evaluations


def _outcome(experiment: Callable[[Workbench], Explanation | None], bench: Workbench) -> Explanation | None:
    """What an experiment finds; None where the user's functions have no answer to it."""
    try:
        with np.errstate(all="ignore"):
            return experiment(bench)
    except (NoAnswerError, CheckError, SpentError):  # CheckError: an answer of another form
        return None


def _asked(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function of the user's, whose exceptions are told from our own."""

    def answer(point: Any) -> Any:
        try:
            return function(point)
        except Exception as error:
            raise NoAnswerError from error

    return answer
