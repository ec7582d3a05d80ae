"""An expression in the user's own forward whose value is kept in one run and given again in the next."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from gradwright.check.edits.functions import Ran
from gradwright.check.edits.places import Where, places, statements
from gradwright.check.verdict.oracle import NoAnswerError

NO_NUMBERS = (ast.Constant, ast.Tuple, ast.List, ast.Compare)


class Place(NamedTuple):
    """An expression of forward, and whether its first value is let through: a loop's own start.

    With an ``argument`` it is no constant, but moves as that argument of its call does.
    """

    ran: Ran
    where: Where
    but_first: bool = False
    argument: int | None = None


@dataclass
class Kept:
    """The values that a place had in one run of forward, to be given again in the same order."""

    but_first: bool
    values: list[Any] = field(default_factory=list)
    position: int | None = None  # None while they are taken

    def __call__(self, value: Any, given: Any = None) -> Any:
        if self.position is None:
            is_alike = given is None or (_may_move(given) and np.shape(given) == np.shape(value))
            if not (_may_move(value) and is_alike):
                raise NoAnswerError("no number that moves")
            kept = value if given is None else value - given
            self.values.append(np.copy(kept) if isinstance(kept, np.ndarray) else kept)
            return value
        self.position += 1
        if self.position > len(self.values) or np.shape(value) != np.shape(self.values[self.position - 1]):
            raise NoAnswerError("forward went another way")
        kept = value if self.but_first and self.position == 1 else self.values[self.position - 1]
        kept = kept if given is None else kept + given
        return np.copy(kept) if isinstance(kept, np.ndarray) else kept


def places_in(functions: Sequence[Ran]) -> Iterator[Place]:
    """Every expression by itself; calls as one of their arguments; what is worked out more than once."""
    all_of_it = list(_expressions([each for each in functions if each.may_be_edited]))
    yield from (Place(*each) for each in all_of_it)
    for ran, where in all_of_it:
        if isinstance(where[3], ast.Call):
            yield from (Place(ran, where, argument=k) for k in range(len(where[3].args)))
    yield from (Place(*each, but_first=True) for each in all_of_it)


def _expressions(functions: list[Ran]) -> Iterator[tuple[Ran, Where]]:
    """Every expression whose value is read."""
    for ran in functions:
        for *_, statement in statements(ran.tree):
            for where in places(ran.tree, statement):
                node = where[3]
                is_read = isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
                if is_read and isinstance(node, ast.expr) and not isinstance(node, NO_NUMBERS):
                    yield ran, where


def is_handed_on(place: Place) -> bool:
    """Whether a name is read in a loop that assigns it, and was assigned before it too."""
    node = place.where[3]
    if not isinstance(node, ast.Name):
        return False
    for loop in (each for each in ast.walk(place.ran.tree) if isinstance(each, ast.For)):
        inside = list(ast.walk(loop))
        if node in inside and any(_assigns(each, node.id) for each in inside):
            return not any(_assigns(each, node.id) for each in ast.walk(loop.target)) and _comes_back(
                loop, node
            )
    return False


def _comes_back(loop: ast.For, node: ast.Name) -> bool:
    """Whether a name is read before the loop assigns it, or in the same statement."""
    for statement in loop.body:
        if node in ast.walk(statement):
            return True
        if any(_assigns(each, node.id) for each in ast.walk(statement)):
            return False
    return False


def _assigns(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)


def _may_move(value: Any) -> bool:
    return (isinstance(value, np.ndarray | np.generic) and value.dtype.kind == "f") or type(value) is float
