"""Lines of the user's own text: in which a gradient is made, and how a line is told."""

from __future__ import annotations

import ast
import linecache
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from gradwright.check.conventions.spellings import spellings
from gradwright.check.edits.functions import Ran, way_back
from gradwright.check.maps.backward_map import BackwardMap
from gradwright.check.verdict.oracle import NoAnswerError


def made_in(backward: BackwardMap, names: Sequence[str]) -> tuple[str, ...]:
    """For each array the line of its gradient, where one assignment in the way back makes it by name.

    These are ``db2 = ...``, ``grads["b2"] = ...`` and ``self.dW = ...``, as ``spellings`` has them.
    """
    try:
        shapes = backward.shapes()
        dout = backward.generator().standard_normal(backward.value().size)
        functions, _ = way_back(backward.outputs, lambda: backward.gradients(dout, shapes))
    except NoAnswerError:
        return ()
    told = []
    for name in names:
        lines = {(ran.path, line) for ran in functions for line in _assignments(ran, name)}
        if len(lines) == 1:
            told.append(f"the gradient of {name} is made in {line_told(*lines.pop())}")
    return tuple(told)


def line_told(path: str, number: int) -> str:
    """``line 14 of layers.py, db2 = dscores.sum(axis=1)``."""
    inside = Path(path).is_relative_to(Path.cwd())
    text = linecache.getline(path, number).strip()
    return f"line {number} of {os.path.relpath(path) if inside else path}, {text}"


def _assignments(ran: Ran, name: str) -> Iterator[int]:
    """The lines that assign the gradient of an array, by how people call it."""
    last = name.split(".")[-1]
    called = {*spellings(last), *spellings(name)}
    for node in ast.walk(ran.tree):
        if not isinstance(node, ast.Assign | ast.AugAssign):
            continue
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            for each in target.elts if isinstance(target, ast.Tuple) else [target]:
                if _is_called(each, called, last):
                    yield node.lineno


def _is_called(target: ast.expr, called: set[str], name: str) -> bool:
    if isinstance(target, ast.Subscript):
        key = target.slice.value if isinstance(target.slice, ast.Constant) else None
        return (
            key in called
            or key == name
            or (not isinstance(key, str) and _is_called(target.value, called, name))
        )
    if isinstance(target, ast.Attribute):
        return target.attr in called
    return isinstance(target, ast.Name) and target.id in called
