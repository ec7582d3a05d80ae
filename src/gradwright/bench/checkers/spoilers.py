"""Faults planted on the finished gradient: what any model can suffer, whatever it computes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from gradwright.bench.checkers.model import Gradient, Point
from gradwright.check.points import Array

# Takes a right gradient and returns a wrong one, with a memory of its own where the fault needs one.
Spoiler: TypeAlias = Callable[[Gradient], Gradient]


def everywhere(change: Callable[[Array], Array]) -> Spoiler:
    """The same change in the gradient of every parameter."""
    return lambda gradient: lambda p: {name: change(g) for name, g in gradient(p).items()}


def only(name: str, change: Callable[[Array], Array]) -> Spoiler:
    """A change in the gradient of one parameter."""

    def spoil(gradient: Gradient) -> Gradient:
        def wrong(p: Point) -> Point:
            g = gradient(p)
            return g | {name: change(g[name])}

        return wrong

    return spoil


def times(factor: float) -> Callable[[Array], Array]:
    return lambda g: factor * g


def one_entry(*place: int, factor: float) -> Callable[[Array], Array]:
    """One entry multiplied by ``factor``."""

    def change(g: Array) -> Array:
        wrong = g.copy()
        wrong[place] *= factor
        return wrong

    return change


def disturbed(difference: Array) -> Callable[[Array], Array]:
    """A difference added, in units of the gradient's own length."""
    return lambda g: g + np.linalg.norm(g) * difference


def column_order(g: Array) -> Array:
    """The right numbers written in column order and read in row order."""
    return g.ravel(order="F").reshape(g.shape)


def shifted(g: Array) -> Array:
    return np.roll(g, 1, axis=0)


def reversed_order(g: Array) -> Array:
    return g[::-1].copy()


def half_precision(g: Array) -> Array:
    return g.astype(np.float16).astype(g.dtype)


def clipped(g: Array) -> Array:
    """Entries beyond half the largest one cut off."""
    limit = 0.5 * np.abs(g).max()
    return np.clip(g, -limit, limit)


def exchanged(first: str, second: str) -> Spoiler:
    """Two parameters of one shape, each with the gradient of the other."""

    def spoil(gradient: Gradient) -> Gradient:
        def wrong(p: Point) -> Point:
            g = gradient(p)
            return g | {first: g[second], second: g[first]}

        return wrong

    return spoil


def penalised(name: str, weight: float) -> Spoiler:
    """The gradient of an L2 term that the loss leaves out."""

    def spoil(gradient: Gradient) -> Gradient:
        def wrong(p: Point) -> Point:
            g = gradient(p)
            return g | {name: g[name] + weight * p[name]}

        return wrong

    return spoil


def clipped_by_norm(limit: float) -> Spoiler:
    """A gradient longer than ``limit`` shortened to it."""

    def spoil(gradient: Gradient) -> Gradient:
        def wrong(p: Point) -> Point:
            g = gradient(p)
            norm = sum(float((array**2).sum()) for array in g.values()) ** 0.5
            return {name: array * min(1.0, limit / norm) for name, array in g.items()}

        return wrong

    return spoil


def remembering(share: float) -> Spoiler:
    """A buffer that starts at zero and keeps ``share`` of itself: 1 accumulates, less is momentum.

    The first call is right, as it is when a homework is checked only once.
    """

    def spoil(gradient: Gradient) -> Gradient:
        buffer: Point = {}

        def wrong(p: Point) -> Point:
            for name, g in gradient(p).items():
                buffer[name] = share * buffer.get(name, np.zeros_like(g)) + g
            return dict(buffer)

        return wrong

    return spoil


def never_refreshed(gradient: Gradient) -> Gradient:
    """What the first call computed, for every later one: right as long as nobody asks elsewhere."""
    kept: list[Point] = []

    def wrong(p: Point) -> Point:
        if not kept:
            kept.append(gradient(p))
        return {name: g.copy() for name, g in kept[0].items()}

    return wrong
