"""Another value of the same shape in place of one, in one place or throughout a statement."""

from __future__ import annotations

import ast
import copy
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from gradwright.check.edits.edit import parsed
from gradwright.check.edits.functions import Ran, is_atom
from gradwright.check.faults.cause import Cause


def other_values(ran: Ran, _: Any, node: Any) -> Iterator[tuple[Cause | None, Any]]:
    """Each other value that a node may stand for, and what the fault was if that mends it."""
    if isinstance(node, ast.Assign | ast.AugAssign | ast.Return) and node.value is not None:
        yield from _throughout(ran, node)
    if isinstance(node, ast.Call) or (is_atom(node) and isinstance(getattr(node, "ctx", None), ast.Load)):
        yield from _of_array(ran, node)


def _of_array(ran: Ran, node: Any) -> Iterator[tuple[Cause | None, Any]]:
    """Another value of its shape in place of an array, and its complement."""
    text = ast.unparse(node)
    value = ran.worth(text)
    shape = np.shape(value) if isinstance(value, np.ndarray) else ()
    if not shape and type(value) is not float:
        return
    for other, its in ran.numbers.items():
        if other != text and np.shape(its) == shape and (shape or type(its) is float):
            yield Cause.OTHER_VALUES, parsed(other)
    if np.asarray(value).dtype.kind == "f" and is_atom(node):
        yield Cause.OTHER_VALUES, parsed(f"(1 - {text})")


def _throughout(ran: Ran, statement: Any) -> Iterator[tuple[Cause | None, Any]]:
    """Another array in each place of one that a statement reads more than once."""
    read = Counter(ast.unparse(node) for node in ast.walk(statement.value) if is_atom(node))
    for text, times in read.items():
        value = ran.worth(text)
        shape = value.shape if times > 1 and isinstance(value, np.ndarray) else ()
        for other in (each for each, value in ran.numbers.items() if shape and np.shape(value) == shape):
            if other != text:
                changed = copy.copy(statement)
                changed.value = _Replaced(text, parsed(other)).visit(copy.deepcopy(statement.value))
                yield Cause.OTHER_VALUES, changed


class _Replaced(ast.NodeTransformer):
    """An expression with another one for each that reads like a text."""

    def __init__(self, text: str, other: ast.expr) -> None:
        self.text, self.other = text, other

    def visit(self, node: ast.AST) -> Any:
        return self.other if is_atom(node) and ast.unparse(node) == self.text else self.generic_visit(node)
