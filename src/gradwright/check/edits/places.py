"""The statements of a function, and the nodes in them, each with its place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

Where = tuple[Any, str, int | None, Any]  # a node's parent, its place there, and the node


def statements(tree: ast.FunctionDef) -> Iterator[tuple[Any, str, int, ast.stmt]]:
    """The statements of a function with their places, those of a loop or a branch after itself."""
    waiting: list[Any] = [tree]
    while waiting:
        parent = waiting.pop()
        for place in ("body", "orelse"):
            for index, statement in enumerate(getattr(parent, place, [])):
                yield parent, place, index, statement
                waiting.append(statement)


def places(tree: ast.FunctionDef, statement: ast.stmt) -> Iterator[Where]:
    """A statement and every node in it, each with its place; not those of the statements inside it."""
    parent, place, index, _ = next(each for each in statements(tree) if each[3] is statement)
    yield parent, place, index, statement
    waiting: list[ast.AST] = [statement]
    while waiting:
        parent = waiting.pop(0)
        for place, value in ast.iter_fields(parent):
            if isinstance(parent, ast.While) and place == "test":
                continue
            nodes: list[tuple[int | None, Any]] = (
                list(enumerate(value)) if isinstance(value, list) else [(None, value)]
            )
            for position, node in nodes:
                if isinstance(node, ast.expr) and not isinstance(node, ast.Starred):
                    yield parent, place, position, node
                if isinstance(node, ast.AST) and not isinstance(node, ast.stmt):
                    waiting.append(node)


def assigned(statement: ast.stmt) -> Iterator[Where]:
    """The value that a statement assigns or returns, of several each by itself, and arguments in it."""
    if isinstance(statement, ast.Assign | ast.AugAssign | ast.Return) and statement.value is not None:
        value = statement.value
        if isinstance(value, ast.Tuple):
            yield from _several(value, "elts")
        else:
            yield statement, "value", None, value
        for call in ast.walk(statement):
            if isinstance(call, ast.Call):
                yield from _several(call, "args")


def summands(tree: ast.FunctionDef, statement: ast.stmt) -> Iterator[Where]:
    """The terms of sums, and the factors of matrix products, in a statement that assigns or returns."""
    if isinstance(statement, ast.Assign | ast.AugAssign | ast.Return):
        for where in places(tree, statement):
            parent = where[0]
            is_part = isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Add | ast.Sub | ast.MatMult)
            if is_part and isinstance(where[3], ast.expr) and not isinstance(where[3], ast.Constant):
                yield where


def _several(node: Any, place: str) -> Iterator[Where]:
    """The parts of a tuple or a call, without what is spread out in it."""
    parts = enumerate(getattr(node, place))
    yield from ((node, place, i, each) for i, each in parts if not isinstance(each, ast.Starred))
