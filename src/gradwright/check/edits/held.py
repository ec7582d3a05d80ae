"""A value in the user's own forward that backward takes as constant, or whose share it has times a number.

Every expression in the text of forward is held at what it was, in a copy of the function's code, while f's
derivatives are measured. A backward that leaves out what goes back through it has just these derivatives; one
that has c times its share lies between these and the true ones, with one c in every array and at every point.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from gradwright.check.edits.functions import Ran, Run, bounded, functions_of, run_of
from gradwright.check.edits.kept import Kept, Place, is_handed_on, places_in
from gradwright.check.edits.lines import line_told
from gradwright.check.edits.looks import CLOSE, Looks
from gradwright.check.edits.named import agreed
from gradwright.check.faults.cause import Cause
from gradwright.check.maps.backward_map import BackwardMap
from gradwright.check.verdict.oracle import NoAnswerError

CALLS = 1_000_000  # of anything, in all that is tried
RUNS = 8  # of forward, about as many for each expression
LONGER = 20  # times as many calls as forward makes: then it is not waited for
MIXING = {"sum", "mean", "max", "min", "dot", "einsum", "cumsum", "prod", "var", "std", "argmax", "shape"}
OF_SIZE = {"abs", "absolute", "fabs"}  # no activation, but a factor of 1 or -1
PIECES = {"where", "exp", "log", "log1p", "expm1", "sqrt", "square"}  # what functions are made of
LIKE = 1e-4  # relative: a share is known to that


class Held(NamedTuple):
    """What is left of a value's share in the gradients, told with its line."""

    cause: Cause
    told: str


def held(backward: BackwardMap, looks: Sequence[Looks]) -> Held | None:
    """The first expression of which the backward has none or a multiple of its share, if all such agree."""
    ahead = run_of(backward.outputs)
    wrong, allowed = looks[0].wrong(), CALLS // max(RUNS * ahead.calls, 1)
    found = []
    for place in islice(places_in(functions_of(ahead, Run())), allowed):
        share = _share(place, looks, wrong, LONGER * ahead.calls)
        if share is not None:
            found.append((place, share))
    if not found:
        return None
    causes = [_cause(*each) for each in found]
    if Cause.TRUNCATED in causes and Cause.SIGN not in causes:
        cause: Cause | None = Cause.TRUNCATED
    elif all(_is_inside_of_one_entry(place.ran) for place, _ in found):
        cause = Cause.OTHER_ACTIVATION
    else:
        cause = agreed(causes)
    place, share = found[causes.index(cause) if cause in causes else 0]
    return None if cause is None else _told(place, share, cause)


def _share(place: Place, looks: Sequence[Looks], wrong: set[str], most: int) -> float | None:
    """The one number c that makes claimed = held + c (true - held) everywhere; None where none does."""
    share = None if place.argument is None else 0.0
    try:
        for look in looks:
            claimed = look.claimed()
            kept = Kept(place.but_first)
            with place.ran.watched(*place.where[:3], kept, place.argument):
                look.there.outputs()
                if len(kept.values) <= place.but_first:
                    return None
                there = replace(look.there, forward=_rewound(look.there, kept, most))
                for name in sorted(look.along, key=lambda each: each not in wrong):
                    for v, true in look.along[name]:
                        fixed, claim = (
                            float(there.moved(name, v) @ look.dout),
                            float((claimed[name] * v).sum()),
                        )
                        size = float(np.linalg.norm(claimed[name] * v)) + abs(true) + abs(fixed)
                        if abs(true - fixed) <= CLOSE * size:
                            if abs(claim - true) > CLOSE * size:
                                return None
                            continue
                        here = (claim - fixed) / (true - fixed)
                        share = here if share is None else share
                        if abs(here - share) * abs(true - fixed) > 3 * CLOSE * size:
                            return None
    except (NoAnswerError, SyntaxError, ValueError, KeyError):
        return None
    return share


def _rewound(there: BackwardMap, kept: Kept, most: int) -> Callable[[Any], Sequence[Any]]:
    """A forward that gives what was kept again from the start."""

    def forward(point: Any) -> Sequence[Any]:
        kept.position = 0
        with bounded(most):
            return there.forward(point)

    return forward


def _told(place: Place, share: float, cause: Cause) -> Held:
    node = place.where[3]
    line, text = line_told(place.ran.path, node.lineno), ast.unparse(node)
    if place.argument is not None:
        given = ast.unparse(node.args[place.argument])
        return Held(cause, f"dout goes back through {text} as if it were {given}, that of {line}")
    much = "left out" if abs(share) < LIKE else f"{share:.4g} x what it should be"
    after = ", but for the first time," if place.but_first else ""
    return Held(cause, f"what goes back through {text}{after} is {much}, that of {line}")


def _of_call(call: ast.Call) -> Cause | None:
    """What a call is that backward goes through as through nothing: an activation, or a piece of one."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
    if name in OF_SIZE:
        return Cause.FACTOR_DROPPED
    return None if name in PIECES else Cause.ACTIVATION_MISSING


def _cause(place: Place, share: float) -> Cause | None:
    """What the share of a place speaks for: none of what a loop hands on to itself is a truncation."""
    if place.argument is not None:
        return _of_call(place.where[3])
    if abs(share) < LIKE:
        return Cause.TRUNCATED if place.but_first or is_handed_on(place) else Cause.BRANCH_DROPPED
    return Cause.SIGN if math.isclose(share, -1, rel_tol=LIKE) else Cause.FACTOR_INSIDE


def _is_inside_of_one_entry(ran: Ran) -> bool:
    """Whether a function is one of single entries of its only argument, as activations are."""
    arguments = ran.tree.args
    called = {node.attr for node in ast.walk(ran.tree) if isinstance(node, ast.Attribute)}
    is_alone = len(arguments.args) == 1 and not any(isinstance(n, ast.MatMult) for n in ast.walk(ran.tree))
    return is_alone and arguments.args[0].arg != "self" and not called & MIXING
