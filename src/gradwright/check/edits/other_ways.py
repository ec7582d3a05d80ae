"""What may stand in place of an operator, a call, a number or an index, and what the fault was then."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from itertools import combinations, permutations
from typing import Any

import numpy as np

from gradwright.check.edits.edit import parsed
from gradwright.check.edits.functions import Ran, is_atom
from gradwright.check.faults.cause import Cause
from gradwright.check.points import Array

AXES: tuple[Any, ...] = (0, 1, 2, -1, None, (0, 1), (0, 2), (1, 2), (2, 3), (0, 2, 3), (1, 2, 3))
TWINS = {"sum": "mean", "mean": "sum", "max": "min", "min": "max", "argmax": "argmin", "argmin": "argmax"}
OF_TWINS = {"sum": Cause.SUM_FOR_MEAN, "mean": Cause.MEAN_FOR_SUM}
COMPARISONS = (ast.Gt, ast.Lt, ast.GtE, ast.LtE, ast.Eq, ast.NotEq)
SLOPES: tuple[Callable[[Array], Array], ...] = (
    lambda h: 1 - h**2,
    lambda h: h * (1 - h),
    lambda h: h > 0,
)  # of tanh, sigmoid and relu, by their output
# What is taken off; a sign or a size may be that of dout, or of a value that a penalty is made of.
WRAPPERS = {"clip": Cause.CLIPPED, "sign": None, "abs": None}


def other_ways(ran: Ran, parent: Any, node: Any) -> Iterator[tuple[Cause | None, Any]]:
    """Each other way to write a node, and what the fault was if that mends it."""
    match node:
        case ast.BinOp():
            yield from _of_operator(ran, parent, node)
        case ast.UnaryOp(ast.USub(), operand):
            yield Cause.SIGN, operand
        case ast.UnaryOp(ast.Invert(), operand):
            yield Cause.WRONG_MASK, operand
        case ast.Attribute(value, "T"):
            yield Cause.TRANSPOSED, value
        case ast.Call():
            yield from _of_call(ran, node)
        case ast.Compare(ops=[op]):
            for other in COMPARISONS:
                if not isinstance(op, other):
                    yield Cause.WRONG_MASK, ast.Compare(node.left, [other()], node.comparators)
        case ast.Constant(value) if isinstance(value, int | float) and not isinstance(value, bool):
            yield from _of_number(ran, parent, value)
        case ast.Assign([ast.Name() | ast.Subscript() | ast.Attribute() as target], value):
            yield Cause.OVERWRITTEN, ast.AugAssign(target, ast.Add(), value)
            yield Cause.SIGN, ast.Assign([target], ast.UnaryOp(ast.USub(), value), lineno=node.lineno)
            yield from _added_at(ran, target, value)
        case ast.AugAssign(target, ast.Add(), value):
            yield Cause.SIGN, ast.AugAssign(target, ast.Sub(), value)
            yield from _added_at(ran, target, value)
        case ast.Tuple(elts, ast.Load()) if isinstance(parent, ast.Assign | ast.Return):
            for i, k in combinations(range(len(elts)), 2):
                order = list(elts)
                order[i], order[k] = elts[k], elts[i]
                yield Cause.EXCHANGED, ast.Tuple(order, ast.Load())
        case ast.Subscript(value, ast.Slice(None, None, ast.UnaryOp(ast.USub(), ast.Constant(1)))):
            yield Cause.REVERSED, value
    if isinstance(node, ast.expr) and is_atom(node) and isinstance(getattr(node, "ctx", None), ast.Load):
        yield from _of_atom(ran, parent, node)


def _of_operator(ran: Ran, parent: Any, node: ast.BinOp) -> Iterator[tuple[Cause | None, Any]]:
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
            yield _extra(right), left
            yield _extra(left), right
        case ast.Sub():
            yield Cause.SIGN, ast.BinOp(left, ast.Add(), right)
            yield Cause.SIGN, ast.BinOp(right, ast.Sub(), left)
            yield (Cause.UPDATE_ORDER if _is_update(parent, left) else _extra(right)), left
        case ast.MatMult():
            yield Cause.TRANSPOSED, ast.BinOp(right, ast.MatMult(), left)


def _is_update(parent: Any, left: ast.expr) -> bool:
    """Whether a difference is a step of descent, W = W - ..., which has been made too soon."""
    return isinstance(parent, ast.Assign) and ast.unparse(parent.targets[0]) == ast.unparse(left)


def _extra(term: ast.expr) -> Cause | None:
    """What a term that should not be there is called; of a number alone nothing is known."""
    return None if isinstance(term, ast.Constant) else Cause.EXTRA_TERM


def _too_many(ran: Ran, factor: ast.expr) -> Cause:
    """What a factor that should not be there is called."""
    if isinstance(factor, ast.Constant):
        return Cause.BRANCH_DROPPED if factor.value == 0 else Cause.FACTOR_INSIDE
    value = ran.worth(ast.unparse(factor))
    if _is_derivative(ran, value):
        return Cause.ACTIVATION_TWICE
    return Cause.OTHER_VALUES if isinstance(value, np.ndarray) and value.ndim else Cause.FACTOR_INSIDE


def _is_derivative(ran: Ran, value: Any) -> bool:
    """Whether values are the derivative of an activation, in the form for its output, of an array at hand."""
    if not isinstance(value, np.ndarray) or not value.ndim:
        return False
    arrays = [
        each for each in ran.numbers.values() if np.shape(each) == value.shape and each.dtype.kind == "f"
    ]
    return any(np.array_equal(value, slope(each)) for each in arrays for slope in SLOPES)


def _is_count(ran: Ran, node: ast.expr) -> bool:
    return isinstance(ran.worth(ast.unparse(node)), int) or "shape" in ast.unparse(node)


def _of_call(ran: Ran, node: ast.Call) -> Iterator[tuple[Cause | None, Any]]:
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
        yield _of_rolled(ran, node) if name == "roll" else Cause.REVERSED, node.args[0]
    if name == "transpose" and isinstance(node.func, ast.Attribute):
        yield Cause.TRANSPOSED, node.func.value
        if 2 < len(node.args) < 5:
            for order in permutations(node.args):
                yield Cause.FLATTENED, ast.Call(node.func, list(order), [])


def _of_rolled(ran: Ran, node: ast.Call) -> Cause:
    """Rows that stand one further on, or entries of another axis."""
    axis = (
        node.args[2]
        if len(node.args) > 2
        else next((k.value for k in node.keywords if k.arg == "axis"), None)
    )
    rolled = ran.worth(ast.unparse(node.args[0]))
    is_of_rows = (
        isinstance(rolled, np.ndarray) and rolled.ndim == 1 if axis is None else ast.unparse(axis) == "0"
    )
    return Cause.ROWS_MIXED if is_of_rows else Cause.OFF_BY_ONE


def _of_number(ran: Ran, parent: Any, value: float) -> Iterator[tuple[Cause | None, Any]]:
    others: tuple[float, ...] = value + 1, value - 1
    cause: Cause | None = Cause.OFF_BY_ONE
    if isinstance(value, float) and isinstance(parent, ast.Call | ast.BinOp):
        is_choice = isinstance(parent, ast.Call) and ast.unparse(parent.func).endswith("where")
        for text, its in ran.numbers.items():
            is_one = np.size(its) == 1 or (is_choice and np.ndim(its) == 1)
            if is_one and np.asarray(its).dtype.kind == "f":
                yield Cause.OTHER_ACTIVATION if is_choice else Cause.FACTOR_INSIDE, parsed(text)
    if isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Pow):
        others, cause = (-value, value + 1, value - 1, 2 * value, value / 2), Cause.OTHER_VALUES
    elif isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Mult | ast.Div):
        others, cause = (
            (2 * value, value / 2, -value, 1),
            Cause.FACTOR_INSIDE if value else Cause.BRANCH_DROPPED,
        )
    elif isinstance(parent, ast.Call):
        cause = Cause.PART_MISSING if ast.unparse(parent.func) == "range" else Cause.OFF_BY_ONE
    elif not isinstance(parent, ast.Slice | ast.Subscript | ast.BinOp):
        return
    for other in others:
        yield cause, ast.Constant(other)


def _of_atom(ran: Ran, parent: Any, node: Any) -> Iterator[tuple[Cause | None, Any]]:
    """One more or one less in an index, the transpose, the complement of a mask."""
    text = ast.unparse(node)
    value = ran.worth(text)
    shape = value.shape if isinstance(value, np.ndarray) else ()
    if not shape:
        if isinstance(value, int) and isinstance(parent, ast.Slice | ast.Subscript | ast.Tuple | ast.BinOp):
            is_power = isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Pow)
            for other in (f"{text} + 1", f"{text} - 1"):
                yield Cause.OTHER_VALUES if is_power else Cause.OFF_BY_ONE, parsed(other)
        return
    if isinstance(value, np.ndarray) and value.dtype.kind == "b":
        yield Cause.WRONG_MASK, ast.UnaryOp(ast.Invert(), node)
    if len(shape) == 2 and not (isinstance(parent, ast.Attribute) and parent.attr == "T"):
        yield Cause.TRANSPOSED, ast.Attribute(node, "T", ast.Load())
    elif len(shape) > 2:
        yield Cause.TRANSPOSED, parsed(f"{text}.swapaxes(-1, -2)")


def _added_at(ran: Ran, target: Any, value: ast.expr) -> Iterator[tuple[Cause | None, Any]]:
    """``np.add.at``, which adds for each time that an index occurs."""
    if isinstance(target, ast.Subscript) and ran.names.get("np") is np:
        parts = target.slice.elts if isinstance(target.slice, ast.Tuple) else [target.slice]
        array, index = ast.unparse(target.value), ", ".join(map(ast.unparse, parts))
        call = parsed(f"np.add.at({array}, np.index_exp[{index}], {ast.unparse(value)})")
        yield Cause.OVERWRITTEN, ast.Expr(call)
