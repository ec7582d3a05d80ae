"""The one place in the user's backward that, written otherwise, makes its gradient right.

Every edit is tried: the function's code is replaced for one call, and what it then claims is held against f's
own derivatives along random directions of each array, at two points and for two dout. Whatever it raises is
no answer. An edit that passes has shown what the fault was, and where.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import io
import warnings
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from gradwright.check.edits.edit import Edit, cancels
from gradwright.check.edits.functions import Ran, way_back
from gradwright.check.edits.larger_edits import factors, terms, whole
from gradwright.check.edits.lines import line_told
from gradwright.check.edits.places import statements
from gradwright.check.edits.small_edits import small_edits
from gradwright.check.faults.cause import Cause
from gradwright.check.maps.backward_map import BackwardMap
from gradwright.check.points import Array
from gradwright.check.verdict.oracle import NoAnswerError

DIRECTIONS = 2  # of each array
CALLS = 3_000_000  # of anything, in all that is tried
MOST = 1500  # edits
CLOSE = 1e-6  # relative
FACTOR = 1.37  # of a value, to see what depends on it


class Mended(NamedTuple):
    """What was wrong, told with the line and what should stand there; and whether then all is right."""

    cause: Cause
    told: str
    is_all: bool


class Looks(NamedTuple):
    """A point and a dout, with f's derivatives along directions of each array."""

    there: BackwardMap
    dout: Array
    along: dict[str, list[tuple[Array, float]]]

    @classmethod
    def at(cls, there: BackwardMap, seed: int) -> Looks:
        rng = np.random.default_rng([int(there.generator().integers(2**32)), seed])
        dout = rng.standard_normal(there.value().size)
        along: dict[str, list[tuple[Array, float]]] = {}
        for name, array in there.point.items():
            directions = rng.standard_normal((DIRECTIONS, *array.shape))
            along[name] = [(v, float(there.moved(name, v) @ dout)) for v in directions]
        return cls(there, dout, along)

    def wrong(self, shapes: Sequence[tuple[int, ...]]) -> set[str]:
        """The arrays whose gradient is claimed wrongly; all of them where there is no answer."""
        try:
            claimed = self.there.gradients(self.dout, shapes)
        except NoAnswerError:
            return set(self.along)
        return {
            name
            for name, looks in self.along.items()
            if name not in claimed
            or not all(_same(float((claimed[name] * v).sum()), true, claimed[name], v) for v, true in looks)
        }


def mended(backward: BackwardMap) -> Mended | None:
    """The edit that makes every gradient right; else the first that makes some of them right."""
    shapes = backward.shapes()
    dout = backward.generator().standard_normal(backward.value().size)
    functions, calls = way_back(backward.outputs, lambda: backward.gradients(dout, shapes))
    functions = [ran for ran in functions if len(ran.functions) == 1]
    if not functions:
        return None
    first, second = Looks.at(backward, 0), Looks.at(backward.elsewhere(), 1)
    wrong = first.wrong(shapes)
    allowed = min(MOST, CALLS // max(calls, 1))
    partly = None
    for ran, edit in islice(_edits(functions, first, wrong, shapes), allowed):
        left = _tried(ran, edit, first, shapes)
        if left < wrong and _tried(ran, edit, second, shapes) <= left and _keeps_f(ran, edit, backward):
            if not left:
                return _told(ran, edit, "all")
            partly = partly or _told(ran, edit, ", ".join(sorted(wrong - left)))
    return partly


def _edits(
    functions: Sequence[Ran], looks: Looks, wrong: set[str], shapes: Sequence[tuple[int, ...]]
) -> Iterator[tuple[Ran, Edit]]:
    """All edits of the statements that the wrong gradients depend on, and no right one does.

    First those of statements that all of the wrong ones depend on; of each the simplest edits.
    """
    reached = [
        (ran, statement, _reached(ran, place, looks, shapes))
        for ran in functions
        for *place, statement in statements(ran.tree)
    ]
    reached.sort(key=lambda each: len(ast.unparse(each[1])))  # what was left out is missing in a short one
    of_all = [(ran, statement) for ran, statement, names in reached if names == wrong]
    unknown = [(ran, statement) for ran, statement, names in reached if names is None]
    of_some = [(ran, statement) for ran, statement, names in reached if names and names < wrong]
    for group in (of_all + unknown, of_some):
        for kind in (small_edits, whole, factors, terms):
            for ran, statement in group:
                with contextlib.suppress(SyntaxError):  # what cannot be put into words is not tried
                    yield from ((ran, edit) for edit in kind(ran, statement) if not cancels(edit.new))


def _reached(
    ran: Ran, place: Sequence[Any], looks: Looks, shapes: Sequence[tuple[int, ...]]
) -> set[str] | None:
    """The arrays whose gradient depends on the value of a statement; None where it cannot be asked."""
    parent, field, index = place
    statement = getattr(parent, field)[index]
    scaled = _scaled(statement)
    if scaled is None:
        return None if isinstance(statement, ast.For) else set()
    try:
        before = looks.there.gradients(looks.dout, shapes)
        with ran.edited(parent, field, index, scaled):
            after = looks.there.gradients(looks.dout, shapes)
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


def _tried(ran: Ran, edit: Edit, looks: Looks, shapes: Sequence[tuple[int, ...]]) -> set[str]:
    """What is wrong still with this edit."""
    try:
        with (
            ran.edited(edit.parent, edit.place, edit.position, edit.new),
            warnings.catch_warnings(),
            contextlib.redirect_stdout(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            return looks.wrong(shapes)
    except (SyntaxError, ValueError, TypeError):
        return set(looks.along)


def _told(ran: Ran, edit: Edit, names: str) -> Mended:
    old = getattr(edit.parent, edit.place)
    before = ast.unparse(old if edit.position is None else old[edit.position])
    after = ast.unparse(ast.fix_missing_locations(edit.new))
    line = line_told(ran.path, edit.line)
    return Mended(edit.cause, f"{line}: {after} in place of {before} makes {names} right", names == "all")


def _same(claimed: float, true: float, g: Array, v: Array) -> bool:
    size = float(np.linalg.norm(g * v)) + abs(true)
    return abs(claimed - true) <= CLOSE * size
