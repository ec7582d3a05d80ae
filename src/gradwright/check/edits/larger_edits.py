"""What was left out, put back: one more factor or term of a value that is assigned, or another factor."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import combinations, permutations, product
from typing import Any

import numpy as np

from gradwright.check.edits.edit import Edit, multiplied, parsed
from gradwright.check.edits.functions import Ran, is_number
from gradwright.check.edits.places import assigned, places, summands
from gradwright.check.faults.cause import Cause

BENDING = ("sqrt", "square", "log", "exp", "tanh", "abs", "power", "where", "maximum", "minimum")
OF_ONE_FACTOR = (Cause.FACTOR_DROPPED, Cause.FACTOR_INSIDE)
DERIVATIVES = ("(1 - {0} ** 2)", "({0} * (1 - {0}))", "({0} > 0)")


def factors(ran: Ran, statement: ast.stmt) -> Iterator[Edit]:
    """A value that is assigned with one more factor, and a factor that is another one."""
    for parent, place, index, node in (*assigned(statement), *summands(ran.tree, statement)):
        shape, text = _shape(ran, parent, node), ast.unparse(node)
        for cause, form in _forms(ran, shape, missing=True):
            yield Edit(
                None if cause in OF_ONE_FACTOR and _occurs(form, node) else cause,
                parent,
                place,
                index,
                parsed(f"({text}) * {form}"),
                node.lineno,
                _force(ran, parent, form),
            )
    for parent, place, index, node in places(ran.tree, statement):
        parts = multiplied(node)
        if not 1 < len(parts) < 5 or (isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Mult)):
            continue
        shape = _shape(ran, None, node)
        for kept in (*combinations(parts, len(parts) - 1), *combinations(parts, len(parts) - 2)):
            rest = "".join(f"{_inside(each)} * " for each in kept)
            gone = [each for each in parts if each not in kept]
            for cause, form in _forms(
                ran, shape, missing=all(isinstance(each, ast.Constant) for each in gone)
            ):
                if cause == Cause.OTHER_ACTIVATION or len(kept) == len(parts) - 1:
                    yield Edit(
                        cause,
                        parent,
                        place,
                        index,
                        parsed(f"{rest}{form}"),
                        node.lineno,
                        _force(ran, parent, form),
                    )


def whole(ran: Ran, statement: ast.stmt) -> Iterator[Edit]:
    """The way back through a softmax, in place of what is assigned."""
    for parent, place, index, node in assigned(statement):
        shape, text = _shape(ran, parent, node), ast.unparse(node)
        arrays = [
            each for each, value in ran.numbers.items() if np.shape(value) == shape and np.ndim(value) > 1
        ]
        for p, d in permutations(arrays, 2):
            if not _sum_to_1(ran.worth(p)):
                continue
            cause, force = _of_softmax(p, text)
            for axis in (-1, 0):
                form = f"{p} * ({d} - ({d} * {p}).sum(axis={axis}, keepdims=True))"
                yield Edit(cause, parent, place, index, parsed(form), node.lineno, force)


def _of_softmax(p: str, text: str) -> tuple[Cause, int]:
    """What stands in the place of a softmax's way back, told best by the line that has its output ``p``."""
    if f"1 - {p}" in text:
        return Cause.SOFTMAX_DIAGONAL, 0
    if p in text:
        return (Cause.OTHER_VALUES if "sum(" in text or "mean(" in text else Cause.ROW_TERM), 1
    return Cause.ACTIVATION_MISSING, 2


def terms(ran: Ran, statement: ast.stmt) -> Iterator[Edit]:
    """A value that is assigned with one more term."""
    arrays = {text: value for text, value in ran.numbers.items() if np.ndim(value)}
    for parent, place, index, node in assigned(statement):
        shape, text = _shape(ran, parent, node), ast.unparse(node)
        if not shape:
            continue
        forms = [each for each, value in arrays.items() if value.shape == shape]
        for (one, a), (other, b) in product(arrays.items(), arrays.items()):
            forms += _products(one, a, other, b, shape)
        forms += [f"{one} * {other}" for one, other in combinations(list(forms), 2) if "@" not in one + other]
        for form, sign in product(forms, "+-"):
            yield Edit(
                Cause.BRANCH_DROPPED, parent, place, index, parsed(f"({text}) {sign} {form}"), node.lineno
            )


def _forms(ran: Ran, shape: tuple[int, ...] | None, *, missing: bool) -> Iterator[tuple[Cause | None, str]]:
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
                yield None if isinstance(value, int) else Cause.FACTOR_INSIDE, text  # a count may stand for 2
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
        elif value.dtype.kind in "iu" and missing:
            yield Cause.FACTOR_DROPPED, text


def _force(ran: Ran, parent: Any, form: str) -> int:
    """1 for a division by an array, which cancels something, and for what stands under a root or the like."""
    if (
        isinstance(parent, ast.Call)
        and isinstance(parent.func, ast.Attribute)
        and parent.func.attr in BENDING
    ):
        return 1
    return int(form.startswith("(1 / ") and np.ndim(ran.numbers.get(form[5:-1], 0)) > 0)


def _occurs(form: str, node: ast.AST) -> bool:
    """Whether a factor, or what it is one over, is in a value already: then another power of it was meant."""
    factor = form.removeprefix("(1 / ").removesuffix(")") if form.startswith("(1 / ") else form
    return any(isinstance(each, ast.expr) and ast.unparse(each) == factor for each in ast.walk(node))


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


def _inside(node: ast.expr) -> str:
    """A factor as it stands in a product."""
    return f"({ast.unparse(node)})"


def _sum_to_1(p: Any) -> bool:
    """Whether an array has probabilities along its first or last axis."""
    return bool((p >= 0).all() and any(np.allclose(p.sum(axis=axis), 1) for axis in (0, -1)))


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
