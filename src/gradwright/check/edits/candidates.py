"""What people write by mistake, undone: places of a function, with what might have been meant there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import combinations, permutations, product
from typing import Any, NamedTuple

import numpy as np

from gradwright.check.edits.functions import Ran, is_atom, is_number
from gradwright.check.faults.cause import Cause

AXES: tuple[Any, ...] = (0, 1, 2, -1, None, (0, 1), (0, 2), (1, 2), (2, 3), (0, 2, 3), (1, 2, 3))
TWINS = {"sum": "mean", "mean": "sum", "max": "min", "min": "max", "argmax": "argmin", "argmin": "argmax"}
OF_TWINS = {"sum": Cause.SUM_FOR_MEAN, "mean": Cause.MEAN_FOR_SUM}
COMPARISONS = (ast.Gt, ast.Lt, ast.GtE, ast.LtE, ast.Eq, ast.NotEq)
WRAPPERS = {"clip": Cause.CLIPPED, "sign": Cause.NOT_LINEAR_IN_DOUT, "abs": Cause.NOT_LINEAR_IN_DOUT}
DERIVATIVES = ("(1 - {0} ** 2)", "({0} * (1 - {0}))", "({0} > 0)")


class Edit(NamedTuple):
    """``new`` in place of what stands at ``place`` of ``parent``, and what the fault was if this mends it.

    ``position`` is that in a list of nodes.
    """

    cause: Cause
    parent: Any
    place: str
    position: int | None
    new: Any
    line: int


Where = tuple[Any, str, int | None, Any]  # a node's parent, its place there, and the node


def small_edits(ran: Ran, statement: ast.stmt) -> Iterator[Edit]:
    """One operator, number, axis or name of a statement written otherwise."""
    for parent, place, index, node in _places(ran.tree, statement):
        for cause, new in _other_ways(ran, parent, node):
            yield Edit(cause, parent, place, index, new, node.lineno)


def factors(ran: Ran, statement: ast.stmt) -> Iterator[Edit]:
    """A value that is assigned with one more factor, and a factor that is another one."""
    for parent, place, index, node in _assigned(statement):
        shape, text = _shape(ran, parent, node), ast.unparse(node)
        for cause, form in _forms(ran, shape, missing=True):
            yield Edit(cause, parent, place, index, _parse(f"({text}) * {form}"), node.lineno)
    for parent, place, index, node in _places(ran.tree, statement):
        parts = _multiplied(node)
        if not 1 < len(parts) < 5 or (isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Mult)):
            continue
        shape = _shape(ran, None, node)
        for kept in (*combinations(parts, len(parts) - 1), *combinations(parts, len(parts) - 2)):
            rest = "".join(f"{_inside(each)} * " for each in kept)
            for cause, form in _forms(ran, shape, missing=False):
                if cause == Cause.OTHER_ACTIVATION or len(kept) == len(parts) - 1:
                    yield Edit(cause, parent, place, index, _parse(f"{rest}{form}"), node.lineno)


def whole(ran: Ran, statement: ast.stmt) -> Iterator[Edit]:
    """The way back through a softmax, in place of what is assigned."""
    for parent, place, index, node in _assigned(statement):
        shape, text = _shape(ran, parent, node), ast.unparse(node)
        arrays = [
            each for each, value in ran.numbers.items() if np.shape(value) == shape and np.ndim(value) > 1
        ]
        for p, d in permutations(arrays, 2):
            if not _sum_to_1(ran.worth(p)):
                continue
            cause = Cause.ROW_TERM if p in text else Cause.ACTIVATION_MISSING
            cause = Cause.SOFTMAX_DIAGONAL if f"1 - {p}" in text else cause
            for axis in (-1, 0):
                form = f"{p} * ({d} - ({d} * {p}).sum(axis={axis}, keepdims=True))"
                yield Edit(cause, parent, place, index, _parse(form), node.lineno)


def terms(ran: Ran, statement: ast.stmt) -> Iterator[Edit]:
    """A value that is assigned with one more term."""
    arrays = {text: value for text, value in ran.numbers.items() if np.ndim(value)}
    for parent, place, index, node in _assigned(statement):
        shape, text = _shape(ran, parent, node), ast.unparse(node)
        if not shape:
            continue
        forms = [each for each, value in arrays.items() if value.shape == shape]
        for (one, a), (other, b) in product(arrays.items(), arrays.items()):
            forms += _products(one, a, other, b, shape)
        forms += [f"{one} * {other}" for one, other in combinations(list(forms), 2) if "@" not in one + other]
        for form, sign in product(forms, "+-"):
            yield Edit(
                Cause.BRANCH_DROPPED, parent, place, index, _parse(f"({text}) {sign} {form}"), node.lineno
            )


def cancels(new: ast.AST) -> bool:
    """Whether an edit says nothing: a - a, a / a, a * (1 / a). What it mends is not what was meant.

    >>> [cancels(_parse(text)) for text in ("dz - dz", "(2 * W) * (1 / W)", "dz - W")]
    [True, True, False]
    """
    for node in (each for each in ast.walk(new) if isinstance(each, ast.BinOp)):
        if isinstance(node.op, ast.Sub | ast.Div) and ast.unparse(node.left) == ast.unparse(node.right):
            return True
        texts = {ast.unparse(factor) for factor in _multiplied(node)}
        if any(f"1 / {text}" in texts for text in texts):
            return True
    return False


def statements(tree: ast.FunctionDef) -> Iterator[tuple[Any, str, int, ast.stmt]]:
    """The statements of a function with their places, those of a loop or a branch after itself."""
    waiting: list[Any] = [tree]
    while waiting:
        parent = waiting.pop()
        for place in ("body", "orelse"):
            for index, statement in enumerate(getattr(parent, place, [])):
                yield parent, place, index, statement
                waiting.append(statement)


def _places(tree: ast.FunctionDef, statement: ast.stmt) -> Iterator[Where]:
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


def _assigned(statement: ast.stmt) -> Iterator[Where]:
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


def _several(node: Any, place: str) -> Iterator[Where]:
    """The parts of a tuple or a call, without what is spread out in it."""
    parts = enumerate(getattr(node, place))
    yield from ((node, place, i, each) for i, each in parts if not isinstance(each, ast.Starred))


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
            yield Cause.OFF_BY_ONE, _parse(f"{text} + 1")
            yield Cause.OFF_BY_ONE, _parse(f"{text} - 1")
        return
    if len(shape) == 2 and not (isinstance(parent, ast.Attribute) and parent.attr == "T"):
        yield Cause.TRANSPOSED, ast.Attribute(node, "T", ast.Load())
    for other, its in ran.numbers.items():
        if other != text and np.shape(its) == shape:
            yield Cause.OTHER_VALUES, _parse(other)
    if value.dtype.kind == "b":
        yield Cause.WRONG_MASK, ast.UnaryOp(ast.Invert(), node)
    elif value.dtype.kind == "f":
        yield Cause.OTHER_VALUES, _parse(f"(1 - {text})")


def _added_at(ran: Ran, target: Any, value: ast.expr) -> Iterator[tuple[Cause, Any]]:
    """``np.add.at``, which adds for each time that an index occurs."""
    if isinstance(target, ast.Subscript) and ran.function.__globals__.get("np") is np:
        parts = target.slice.elts if isinstance(target.slice, ast.Tuple) else [target.slice]
        array, index = ast.unparse(target.value), ", ".join(map(ast.unparse, parts))
        call = _parse(f"np.add.at({array}, np.index_exp[{index}], {ast.unparse(value)})")
        yield Cause.OVERWRITTEN, ast.Expr(call)


def _forms(ran: Ran, shape: tuple[int, ...] | None, *, missing: bool) -> Iterator[tuple[Cause, str]]:
    """Factors that may have been meant, made of each value that fits."""
    derivative = Cause.ACTIVATION_MISSING if missing else Cause.OTHER_ACTIVATION
    for text, value in ran.numbers.items():
        its = np.shape(value)
        if not its:
            if (
                missing
                and isinstance(value, int | float)
                and not isinstance(value, bool)
                and value not in (0, 1)
            ):
                yield Cause.MISSING_MEAN if isinstance(value, int) else Cause.FACTOR_INSIDE, f"(1 / {text})"
                yield Cause.FACTOR_INSIDE, text
            continue
        if shape is not None and not _fits(its, shape):
            continue
        if value.dtype.kind == "f":
            yield from ((derivative, form.format(text)) for form in DERIVATIVES)
            is_mask = len(np.unique(value)) == 2 and (value == 0).any()
            yield (
                (Cause.MASK_MISSING if is_mask else Cause.FACTOR_DROPPED) if missing else Cause.OTHER_VALUES,
                text,
            )
            yield from (
                (Cause.FACTOR_DROPPED if missing else Cause.OTHER_VALUES, form)
                for form in (f"(1 - {text})", f"(1 / {text})")
            )
        elif value.dtype.kind == "b" and missing:
            yield Cause.MASK_MISSING, text


def _products(one: str, a: Any, other: str, b: Any, shape: tuple[int, ...]) -> Iterator[str]:
    """Matrix products of two arrays, each as it is or transposed, that have this shape."""
    if not (a.ndim <= 2 and b.ndim <= 2 and a.ndim + b.ndim > 2):
        return
    for p, left in {one: a.shape, f"{one}.T": a.shape[::-1]}.items() if a.ndim == 2 else ((one, a.shape),):
        for q, right in (
            {other: b.shape, f"{other}.T": b.shape[::-1]}.items() if b.ndim == 2 else ((other, b.shape),)
        ):
            if left[-1] == right[0] and (*left[:-1], *right[1:]) == shape:
                yield f"{p} @ {q}"


def _multiplied(node: Any) -> list[ast.expr]:
    """The factors of a product, in their order."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return [*_multiplied(node.left), *_multiplied(node.right)]
    return [node]


def _inside(node: ast.expr) -> str:
    """A factor as it stands in a product."""
    return f"({ast.unparse(node)})"


def _sum_to_1(p: Any) -> bool:
    """Whether an array has probabilities along its first or last axis."""
    return bool((p > 0).all() and any(np.allclose(p.sum(axis=axis), 1) for axis in (0, -1)))


def _shape(ran: Ran, parent: Any, node: Any) -> tuple[int, ...] | None:
    """The shape of what is assigned here, or of the value itself; None where that is not known."""
    if isinstance(parent, ast.Assign) and len(parent.targets) == 1:
        node = parent.targets[0]
    elif isinstance(parent, ast.AugAssign):
        node = parent.target
    elif isinstance(node, ast.stmt):
        return None
    value = ran.worth(ast.unparse(node))
    return np.shape(value) if is_number(value) else None


def _fits(shape: tuple[int, ...], into: tuple[int, ...]) -> bool:
    """Whether an array of a shape is broadcast to another, without making that larger."""
    try:
        return np.broadcast_shapes(shape, into) == into
    except ValueError:
        return False


def _parse(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body
