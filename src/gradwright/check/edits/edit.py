"""One place of a function written otherwise, and what the fault was if that mends it."""

from __future__ import annotations

import ast
from typing import Any, NamedTuple, TypeGuard

from gradwright.check.faults.cause import Cause


class Edit(NamedTuple):
    """``new`` in place of what stands at ``place`` of ``parent``, and what the fault was if this mends it.

    ``cause`` is None where that is not known: another number may be right for many reasons.

    ``position`` is that in a list of nodes. The larger ``force``, the less it is what anybody meant.
    """

    cause: Cause | None
    parent: Any
    place: str
    position: int | None
    new: Any
    line: int
    force: int = 0


def cancels(new: ast.AST) -> bool:
    """Whether an edit says nothing: a - a, a / a, a * (1 / a). What it mends is not what was meant.

    >>> [cancels(parsed(text)) for text in ("dz - dz", "(2 * W) * (1 / W)", "dz - W")]
    [True, True, False]
    """
    for node in (each for each in ast.walk(new) if isinstance(each, ast.BinOp)):
        if isinstance(node.op, ast.Sub | ast.Div):
            if type(node.left) is type(node.right) and ast.unparse(node.left) == ast.unparse(node.right):
                return True
        elif divisors := [each.right for each in multiplied(node) if _is_inverse(each)]:
            texts = {ast.unparse(factor) for factor in multiplied(node)}
            if any(ast.unparse(divisor) in texts for divisor in divisors):
                return True
    return False


def _is_inverse(node: ast.expr) -> TypeGuard[ast.BinOp]:
    """Whether it is 1 / a."""
    return (
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Div)
        and isinstance(node.left, ast.Constant)
        and node.left.value == 1
    )


def multiplied(node: Any) -> list[ast.expr]:
    """The factors of a product, in their order."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return [*multiplied(node.left), *multiplied(node.right)]
    return [node]


def parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body
