"""One operator, number, axis or name written otherwise: what people write by mistake, undone."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import numpy as np

from gradwright.check.edits.edit import Edit
from gradwright.check.edits.functions import Ran, is_number
from gradwright.check.edits.other_values import other_values
from gradwright.check.edits.other_ways import other_ways
from gradwright.check.edits.places import places
from gradwright.check.faults.cause import Cause

Ways: TypeAlias = Callable[[Ran, Any, Any], Iterator[tuple[Cause | None, Any]]]
SELECTING = ("argmax", "argmin")
OF_AN_INDEX = (None, Cause.OFF_BY_ONE, Cause.SELECTION, Cause.EXTRA_TERM)


def small_edits(ran: Ran, statement: ast.stmt) -> Iterator[Edit]:
    """One operator, number or axis of a statement written otherwise."""
    yield from _edits(ran, statement, other_ways)


def other_names(ran: Ran, statement: ast.stmt) -> Iterator[Edit]:
    """Another value of the same shape in place of one, its complement, its transpose."""
    yield from _edits(ran, statement, other_values)


def _edits(ran: Ran, statement: ast.stmt, ways: Ways) -> Iterator[Edit]:
    summands = {id(each) for each in _summands(getattr(statement, "value", None))}
    in_index, in_loop = _inside(statement, _indices), _inside(statement, _iterated)
    for parent, place, index, node in places(ran.tree, statement):
        for cause, new in ways(ran, parent, node):
            force = int(_is_complement(new))
            if id(node) in in_loop and cause in OF_AN_INDEX:
                cause = Cause.PART_MISSING
            elif id(node) in in_index and isinstance(node, ast.Compare):
                cause = None
            elif id(node) in in_index:
                is_next = cause in (None, Cause.OFF_BY_ONE)
                cause = (
                    Cause.OFF_BY_ONE if is_next else cause if cause == Cause.ROWS_MIXED else Cause.SELECTION
                )
            elif _says_little(ran, parent, cause, id(node) in summands):
                cause = None
            yield Edit(cause, parent, place, index, new, node.lineno, force)


def _says_little(ran: Ran, parent: Any, cause: Cause | None, is_summand: bool) -> bool:
    """Whether a number, or a term in the midst of other things, could be right for many reasons."""
    if cause == Cause.OFF_BY_ONE:
        return isinstance(parent, ast.BinOp) and not _is_whole(ran, parent)
    return cause == Cause.EXTRA_TERM and not is_summand


def _inside(statement: ast.stmt, parts: Callable[[ast.AST], Iterator[ast.AST]]) -> set[int]:
    """The nodes within certain parts of a statement."""
    return {id(each) for node in ast.walk(statement) for part in parts(node) for each in ast.walk(part)}


def _summands(value: ast.AST | None) -> Iterator[ast.AST]:
    """What is added up to a value, or to one of several, and the sums themselves."""
    if isinstance(value, ast.AST):
        yield value
    if isinstance(value, ast.Tuple):
        for each in value.elts:
            yield from _summands(each)
    elif isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add | ast.Sub):
        yield from (*_summands(value.left), *_summands(value.right))


def _indices(node: ast.AST) -> Iterator[ast.AST]:
    """What says which entries are meant."""
    if isinstance(node, ast.Subscript):
        yield node.slice
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SELECTING:
        yield node


def _iterated(node: ast.AST) -> Iterator[ast.AST]:
    """What a loop goes through."""
    if isinstance(node, ast.For):
        yield node.iter


def _is_complement(new: Any) -> bool:
    """Whether something is 1 - a."""
    return isinstance(new, ast.BinOp) and isinstance(new.op, ast.Sub) and isinstance(new.left, ast.Constant)


def _is_whole(ran: Ran, node: ast.expr) -> bool:
    """Whether a value is a whole number, as indices and counts are."""
    value = ran.worth(ast.unparse(node))
    return is_number(value) and np.asarray(value).dtype.kind in "iu"
