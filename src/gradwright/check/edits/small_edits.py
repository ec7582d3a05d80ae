"""One operator, number, axis or name written otherwise: what people write by mistake, undone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import combinations, permutations
from typing import Any

import numpy as np

from gradwright.check.edits.edit import Edit, parsed
from gradwright.check.edits.functions import Ran, is_atom
from gradwright.check.edits.places import places
from gradwright.check.faults.cause import Cause

AXES: tuple[Any, ...] = (0, 1, 2, -1, None, (0, 1), (0, 2), (1, 2), (2, 3), (0, 2, 3), (1, 2, 3))
TWINS = {"sum": "mean", "mean": "sum", "max": "min", "min": "max", "argmax": "argmin", "argmin": "argmax"}
OF_TWINS = {"sum": Cause.SUM_FOR_MEAN, "mean": Cause.MEAN_FOR_SUM}
COMPARISONS = (ast.Gt, ast.Lt, ast.GtE, ast.LtE, ast.Eq, ast.NotEq)
WRAPPERS = {"clip": Cause.CLIPPED, "sign": Cause.NOT_LINEAR_IN_DOUT, "abs": Cause.NOT_LINEAR_IN_DOUT}


def small_edits(ran: Ran, statement: ast.stmt) -> Iterator[Edit]:
    """One operator, number, axis or name of a statement written otherwise."""
    for parent, place, index, node in places(ran.tree, statement):
        for cause, new in _other_ways(ran, parent, node):
            yield Edit(cause, parent, place, index, new, node.lineno)


def _other_ways(ran: Ran, parent: Any, node: Any) -> Iterator[tuple[Cause, Any]]:
    match node:
        case ast.BinOp():
            yield from _of_operator(ran, node)
        case ast.UnaryOp(ast.USub(), operand):
            yield Cause.SIGN, operand
        case ast.UnaryOp(ast.Invert(), operand):
            yield Cause.WRONG_MASK, operand
        case ast.Attribute(value, "T"):
            yield Cause.TRANSPOSED, value
        case ast.Call():
            yield from _of_call(node)
        case ast.Compare(ops=[op]):
            for other in COMPARISONS:
                if not isinstance(op, other):
                    yield Cause.WRONG_MASK, ast.Compare(node.left, [other()], node.comparators)
        case ast.Constant(value) if isinstance(value, int | float) and not isinstance(value, bool):
            yield from _of_number(parent, value)
        case ast.Assign([ast.Name() | ast.Subscript() | ast.Attribute() as target], value):
            yield Cause.OVERWRITTEN, ast.AugAssign(target, ast.Add(), value)
            yield Cause.SIGN, ast.Assign([target], ast.UnaryOp(ast.USub(), value), lineno=node.lineno)
            yield from _added_at(ran, target, value)
        case ast.AugAssign(target, ast.Add(), value):
            yield Cause.SIGN, ast.AugAssign(target, ast.Sub(), value)
            yield from _added_at(ran, target, value)
        case ast.Tuple(elts, ast.Load()):
            for i, k in combinations(range(len(elts)), 2):
                order = list(elts)
                order[i], order[k] = elts[k], elts[i]
                yield Cause.EXCHANGED, ast.Tuple(order, ast.Load())
        case ast.Subscript(value, ast.Slice(None, None, ast.UnaryOp(ast.USub(), ast.Constant(1)))):
            yield Cause.REVERSED, value
    if isinstance(node, ast.expr) and is_atom(node) and isinstance(getattr(node, "ctx", None), ast.Load):
        yield from _of_atom(ran, parent, node)


def _of_operator(ran: Ran, node: ast.BinOp) -> Iterator[tuple[Cause, Any]]:
    left, right = node.left, node.right
    match node.op:
        case ast.Mult():
            yield _too_many(ran, right), left
            yield _too_many(ran, left), right
            yield Cause.OTHER_VALUES, ast.BinOp(left, ast.Div(), right)
        case ast.Div():
            yield Cause.MEAN_TWICE if _is_count(ran, right) else _too_many(ran, right), left
            yield Cause.OTHER_VALUES, ast.BinOp(left, ast.Mult(), right)
        case ast.Add():
            yield Cause.SIGN, ast.BinOp(left, ast.Sub(), right)
            yield Cause.EXTRA_TERM, left
            yield Cause.EXTRA_TERM, right
        case ast.Sub():
            yield Cause.SIGN, ast.BinOp(left, ast.Add(), right)
            yield Cause.SIGN, ast.BinOp(right, ast.Sub(), left)
            yield Cause.EXTRA_TERM, left
        case ast.MatMult():
            yield Cause.TRANSPOSED, ast.BinOp(right, ast.MatMult(), left)


def _too_many(ran: Ran, factor: ast.expr) -> Cause:
    """What a factor that should not be there is called."""
    if isinstance(factor, ast.Constant):
        return Cause.BRANCH_DROPPED if factor.value == 0 else Cause.FACTOR_INSIDE
    if any(isinstance(each, ast.Sub | ast.Compare) for each in ast.walk(factor)):
        return Cause.ACTIVATION_TWICE
    value = ran.worth(ast.unparse(factor))
    return Cause.OTHER_VALUES if isinstance(value, np.ndarray) and value.ndim else Cause.FACTOR_INSIDE


def _is_count(ran: Ran, node: ast.expr) -> bool:
    return isinstance(ran.worth(ast.unparse(node)), int) or "shape" in ast.unparse(node)


def _of_call(node: ast.Call) -> Iterator[tuple[Cause, Any]]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else None
    for i, keyword in enumerate(node.keywords):
        if keyword.arg == "axis":
            for axis in AXES:
                new = [*node.keywords[:i], ast.keyword("axis", ast.Constant(axis)), *node.keywords[i + 1 :]]
                yield Cause.OTHER_AXIS, ast.Call(node.func, node.args, new)
        if keyword.arg == "order":
            yield (
                Cause.FLATTENED,
                ast.Call(node.func, node.args, [*node.keywords[:i], *node.keywords[i + 1 :]]),
            )
    if name in TWINS and isinstance(node.func, ast.Attribute):
        other = ast.Attribute(node.func.value, TWINS[name], ast.Load())
        yield OF_TWINS.get(name, Cause.SELECTION), ast.Call(other, node.args, node.keywords)
        if node.args and isinstance(node.args[-1], ast.Constant):
            for axis in AXES:
                yield (
                    Cause.OTHER_AXIS,
                    ast.Call(node.func, [*node.args[:-1], ast.Constant(axis)], node.keywords),
                )
    if name in WRAPPERS and node.args:
        yield WRAPPERS[name], node.args[0]
    if name in ("flip", "flipud", "fliplr", "roll") and node.args:
        yield Cause.OFF_BY_ONE if name == "roll" else Cause.REVERSED, node.args[0]
    if name == "transpose" and isinstance(node.func, ast.Attribute):
        yield Cause.TRANSPOSED, node.func.value
        if 2 < len(node.args) < 5:
            for order in permutations(node.args):
                yield Cause.FLATTENED, ast.Call(node.func, list(order), [])


def _of_number(parent: Any, value: float) -> Iterator[tuple[Cause, Any]]:
    others: tuple[float, ...] = value + 1, value - 1
    cause = Cause.OFF_BY_ONE
    if isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Pow):
        others, cause = (-value, value + 1, value - 1, 2 * value, value / 2), Cause.OTHER_VALUES
    elif isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Mult | ast.Div):
        others, cause = (2 * value, value / 2, -value, 1), Cause.FACTOR_INSIDE
    elif isinstance(parent, ast.Call):
        cause = Cause.PART_MISSING
    elif not isinstance(parent, ast.Slice | ast.Subscript | ast.BinOp):
        return
    for other in others:
        yield cause, ast.Constant(other)


def _of_atom(ran: Ran, parent: Any, node: Any) -> Iterator[tuple[Cause, Any]]:
    """Another value of its shape in place of a value, its complement, its transpose."""
    text = ast.unparse(node)
    value = ran.worth(text)
    shape = value.shape if isinstance(value, np.ndarray) else ()
    if not shape:
        if isinstance(value, int) and isinstance(parent, ast.Slice | ast.Subscript | ast.Tuple | ast.BinOp):
            yield Cause.OFF_BY_ONE, parsed(f"{text} + 1")
            yield Cause.OFF_BY_ONE, parsed(f"{text} - 1")
        return
    if len(shape) == 2 and not (isinstance(parent, ast.Attribute) and parent.attr == "T"):
        yield Cause.TRANSPOSED, ast.Attribute(node, "T", ast.Load())
    for other, its in ran.numbers.items():
        if other != text and np.shape(its) == shape:
            yield Cause.OTHER_VALUES, parsed(other)
    if value.dtype.kind == "b":
        yield Cause.WRONG_MASK, ast.UnaryOp(ast.Invert(), node)
    elif value.dtype.kind == "f":
        yield Cause.OTHER_VALUES, parsed(f"(1 - {text})")


def _added_at(ran: Ran, target: Any, value: ast.expr) -> Iterator[tuple[Cause, Any]]:
    """``np.add.at``, which adds for each time that an index occurs."""
    if isinstance(target, ast.Subscript) and ran.names.get("np") is np:
        parts = target.slice.elts if isinstance(target.slice, ast.Tuple) else [target.slice]
        array, index = ast.unparse(target.value), ", ".join(map(ast.unparse, parts))
        call = parsed(f"np.add.at({array}, np.index_exp[{index}], {ast.unparse(value)})")
        yield Cause.OVERWRITTEN, ast.Expr(call)
