"""The one place in the user's backward that, written otherwise, makes its gradient right.

Edits are tried: the function's code is replaced for one call, and what it then claims is held against f's
own derivatives (``looks``). Whatever it raises is no answer. All of one kind that pass have a say in what the
fault was (``named``), and the plainest tells where.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import io
import warnings
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from gradwright.check.edits.edit import Edit, cancels
from gradwright.check.edits.functions import Ran, bounded, way_back
from gradwright.check.edits.larger_edits import factors, terms, whole
from gradwright.check.edits.lines import line_told
from gradwright.check.edits.looks import Looks
from gradwright.check.edits.named import agreed, plainest
from gradwright.check.edits.places import statements
from gradwright.check.edits.small_edits import other_names, small_edits
from gradwright.check.faults.cause import Cause
from gradwright.check.maps.backward_map import BackwardMap
from gradwright.check.verdict.oracle import NoAnswerError

Kind: TypeAlias = Callable[[Ran, ast.stmt], Iterator[Edit]]

CALLS = 3_000_000  # of anything, in all that is tried
# Edits of each kind, of those statements that are tried first, and of all others.
MOST: dict[Kind, int] = {small_edits: 350, other_names: 450, whole: 60, factors: 600, terms: 350}
LONGER = 20  # times as many calls as backward makes: then it is not waited for
FACTOR = 1.37  # of a value, to see what depends on it


class Mended(NamedTuple):
    """What should stand in a line, told; the cause where that is sure, else what is suspected.

    ``is_all`` is whether then all is right, and ``causes`` what each of the edits says that make it so.
    """

    cause: Cause | None
    suspicion: Cause | None
    told: str
    is_all: bool
    causes: frozenset[Cause | None]


def mended(backward: BackwardMap, looks: Sequence[Looks]) -> Mended | None:
    """What makes every gradient right, of all the simplest edits; else the first that makes some so."""
    functions, calls = way_back(backward.outputs, looks[0].claimed)
    wrong, allowed, partly = looks[0].wrong(), min(1.0, CALLS / (sum(MOST.values()) * max(calls, 1))), None
    for kind, group in _groups([ran for ran in functions if ran.may_be_edited], looks[0], wrong):
        passing = []
        for ran, edit in islice(group, int(allowed * MOST[kind])):
            left = _left(ran, edit, looks, wrong, LONGER * calls)
            if not left and _keeps_f(ran, edit, backward):
                passing.append((ran, edit))
            elif left < wrong and partly is None and _keeps_f(ran, edit, backward):
                partly = _told([(ran, edit)], ", ".join(sorted(wrong - left)))
        if passing:
            return _told(passing, "all")
    return partly


def _left(ran: Ran, edit: Edit, looks: Sequence[Looks], wrong: set[str], most: int) -> set[str]:
    """What is wrong still with an edit at any of the points; all of it where it mends nothing."""
    left: set[str] = set()
    for look in looks:
        left |= _tried(ran, edit, look, most)
        if not left < wrong:
            return wrong
    return left


def _groups(
    functions: Sequence[Ran], looks: Looks, wrong: set[str]
) -> Iterator[tuple[Kind, Iterator[tuple[Ran, Edit]]]]:
    """All edits of the statements that the wrong gradients depend on, by their kinds.

    First those of statements that all of the wrong ones depend on, last those that right ones depend on too:
    a sum over what is exchanged stays right. Of each the simplest edits.
    """
    reached = [
        (ran, statement, _reached(ran, place, looks))
        for ran in functions
        for *place, statement in statements(ran.tree)
    ]
    reached.sort(key=lambda each: len(ast.unparse(each[1])))  # what was left out is missing in a short one
    of_all = [(ran, statement) for ran, statement, names in reached if names == wrong]
    unknown = [(ran, statement) for ran, statement, names in reached if names is None]
    of_some = [(ran, statement) for ran, statement, names in reached if names and names < wrong]
    of_more = [(ran, statement) for ran, statement, names in reached if names and names > wrong]
    for group in (of_all + unknown, of_some, of_more):
        for kind in MOST:
            yield kind, _edits(group, kind)


def _edits(group: Sequence[tuple[Ran, ast.stmt]], kind: Kind) -> Iterator[tuple[Ran, Edit]]:
    for ran, statement in group:
        with contextlib.suppress(SyntaxError):  # what cannot be put into words is not tried
            yield from ((ran, edit) for edit in kind(ran, statement) if not cancels(edit.new))


def _reached(ran: Ran, place: Sequence[Any], looks: Looks) -> set[str] | None:
    """The arrays whose gradient depends on the value of a statement; None where it cannot be asked."""
    parent, field, index = place
    statement = getattr(parent, field)[index]
    scaled = _scaled(statement)
    if scaled is None:
        return None if isinstance(statement, ast.For) else set()
    try:
        before = looks.claimed()
        with ran.edited(parent, field, index, scaled):
            after = looks.claimed()
    except (NoAnswerError, SyntaxError, ValueError):
        return None
    return {name for name in before if name not in after or not np.array_equal(before[name], after[name])}


def _scaled(statement: ast.stmt) -> ast.stmt | None:
    """A statement whose value is another one."""
    if not isinstance(statement, ast.Assign | ast.AugAssign | ast.Return) or statement.value is None:
        return None
    value = statement.value
    if isinstance(value, ast.Tuple):
        several = [_other(each) for each in value.elts]
        other: ast.expr = ast.Tuple(several, ast.Load())
    else:
        other = _other(value)
    changed = copy.copy(statement)
    changed.value = other
    return changed


def _keeps_f(ran: Ran, edit: Edit, backward: BackwardMap) -> bool:
    """Whether f is what it was: one function may give both its value and its gradient."""
    before = backward.value()
    with ran.edited(edit.parent, edit.place, edit.position, edit.new):
        return np.array_equal(backward.value(), before)


def _other(value: ast.expr) -> ast.expr:
    """Another value of the same shape, also where it is 0."""
    factor = ast.Constant(FACTOR)
    return ast.BinOp(ast.BinOp(value, ast.Mult(), factor), ast.Add(), factor)


def _tried(ran: Ran, edit: Edit, looks: Looks, most: int) -> set[str]:
    """What is wrong still with this edit."""
    try:
        with (
            ran.edited(edit.parent, edit.place, edit.position, edit.new),
            warnings.catch_warnings(),
            contextlib.redirect_stdout(io.StringIO()),
            bounded(most),
        ):
            warnings.simplefilter("ignore")
            return looks.wrong()
    except (SyntaxError, ValueError, TypeError):
        return set(looks.along)


def _told(passing: Sequence[tuple[Ran, Edit]], names: str) -> Mended:
    """What the plainest of the edits agree in, and the first of them in words."""
    plain = plainest([edit for _, edit in passing])
    ran, edit = next(each for each in passing if each[1] in plain)
    cause = agreed(each.cause for each in plain)
    if cause is not None:
        ran, edit = next(
            (each for each in passing if each[1] in plain and each[1].cause == cause), (ran, edit)
        )
    old = getattr(edit.parent, edit.place)
    before = ast.unparse(old if edit.position is None else old[edit.position])
    after = ast.unparse(ast.fix_missing_locations(edit.new))
    told = f"{line_told(ran.path, edit.line)}: {after} in place of {before} makes {names} right"
    return Mended(
        cause, None if cause else edit.cause, told, names == "all", frozenset(e.cause for e in plain)
    )
