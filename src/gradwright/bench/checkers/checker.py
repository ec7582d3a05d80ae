"""One interface for everything that judges a gradient, so that all of them see the same cases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal, NamedTuple, TypeAlias

from gradwright.bench.checkers.model import Gradient, Point, Value
from gradwright.check.points import Array, Tree

Verdict: TypeAlias = Literal["correct", "wrong", "undecided"]


class Answer(NamedTuple):
    """A verdict, and what a checker that explains says about a wrong gradient."""

    verdict: Verdict
    cause: str | None = None
    location: str | None = None


@dataclass(frozen=True)
class Checker:
    """A name, the rule in words, the judgement, and the package it needs; ``explains`` says whether it
    names causes and locations at all."""

    name: str
    rule: str
    judge: Callable[[Value, Gradient, Point], Answer]
    needs: str = "numpy"
    explains: bool = False

    @property
    def installed(self) -> bool:
        return find_spec(self.needs) is not None


class Flat(NamedTuple):
    """A function, its gradient and its point with all parameters in one vector."""

    f: Callable[[Array], float]
    grad: Callable[[Array], Array]
    x: Array


def flatten(f: Value, grad: Gradient, x: Point) -> Flat:
    """The same question about one vector, as every public checker asks it.

    >>> import numpy as np
    >>> point = {"w": np.ones(2), "b": np.zeros(1)}
    >>> flat = flatten(lambda p: (p["w"] ** 2).sum(), lambda p: {"w": 2 * p["w"], "b": p["b"]}, point)
    >>> flat.f(flat.x), flat.grad(flat.x).tolist()
    (2.0, [2.0, 2.0, 0.0])
    """
    tree = Tree.of(x)
    return Flat(
        f=lambda vector: float(f(tree.unpack(vector)[0])),
        grad=lambda vector: tree.pack_gradient(grad(tree.unpack(vector)[0])),
        x=tree.pack(x),
    )
