"""The data that a function has at hand beside its argument, for the size of its batch.

A factor of 1/N speaks for a batch that was divided by twice only where something really has N rows. Arrays
are looked for in the closures, arguments, globals and objects that f and its gradient work with, and are not
touched.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from types import FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from gradwright.check.points import Array, Leaf

MOST = 3000  # objects that are looked at
MANY = 50  # of a list, the most that are looked at
INPUTS = {"x", "X", "input", "inputs", "data"}  # how an array of x that holds rows is called


class Axis(NamedTuple):
    """One of the data, whether it counts the samples, and words such as "X has 8 rows"."""

    is_batch: bool
    words: str


def axes_at_hand(
    functions: tuple[Callable[..., Any], ...], leaves: tuple[Leaf, ...], x: Array
) -> dict[int, Axis]:
    """The axes of the data at hand by their length.

    The samples are counted by an axis that two arrays share which are no parameters, or by the rows of the
    only one.

    >>> X, y = np.ones((8, 3)), np.zeros(8)
    >>> axes = axes_at_hand((lambda w: ((X @ w - y) ** 2).mean(),), (), np.ones(3))
    >>> axes[8].words, axes[8].is_batch, axes[3].words, axes[3].is_batch
    ('X has 8 rows', True, 'X has 3 columns', False)
    """
    found = {leaf.name: leaf.shape for leaf in leaves if leaf.name in INPUTS and len(leaf.shape) > 1}
    for name, array in arrays_at_hand(functions):
        if array.ndim and not _is_at(array, leaves, x):
            found.setdefault(name, array.shape)
    rows = {shape[0] for shape in found.values()}
    found |= {leaf.name: leaf.shape for leaf in leaves if len(leaf.shape) > 1 and leaf.shape[0] in rows}
    axes: dict[int, Axis] = {}
    for axis, words in ((0, "rows"), (-1, "columns")):
        for name, shape in found.items():
            shared = any(other != name and found[other][axis] == shape[axis] for other in found)
            is_batch = shared or (axis == 0 and len(found) == 1)
            before = axes.get(shape[axis])
            if len(shape) > 1 and (before is None or (is_batch and not before.is_batch)):
                axes[shape[axis]] = Axis(is_batch, f"{name} has {shape[axis]} {words}")
    return axes


def _is_at(array: Array, leaves: tuple[Leaf, ...], x: Array) -> bool:
    """Whether an array is one of x, kept where it was taken from."""
    return any(array.shape == leaf.shape and np.array_equal(array.ravel(), x[leaf.places]) for leaf in leaves)


def arrays_at_hand(functions: tuple[Callable[..., Any], ...]) -> Iterator[tuple[str, Array]]:
    """The arrays of numbers within reach, by their own names; the nearest of a name."""
    queue: deque[tuple[str, Any]] = deque(("f", function) for function in functions)
    seen: set[int] = set()
    names: set[str] = set()
    while queue and len(seen) < MOST:
        name, thing = queue.popleft()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, np.ndarray):
            if thing.dtype.kind in "fiub" and name not in names:
                names.add(name)
                yield name, thing
        else:
            queue.extend(_within(name, thing))


def _within(name: str, thing: Any) -> Iterator[tuple[str, Any]]:
    """What a thing holds, each under a name."""
    match thing:
        case FunctionType():
            yield from _of_function(thing)
        case MethodType():
            yield from ((name, thing.__self__), (name, thing.__func__))
        case partial():
            yield from ((name, thing.func), *((name, each) for each in thing.args), *thing.keywords.items())
        case Mapping():
            yield from ((str(key), each) for key, each in list(thing.items())[:MANY])
        case list() | tuple():
            yield from ((name, each) for each in thing[:MANY])
        case type() | ModuleType():
            return
        case _:
            yield from getattr(thing, "__dict__", {}).items()


def _of_function(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """Its closure, its defaults, and the globals that its code names."""
    code = function.__code__
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # not yet assigned
            continue
    positional = code.co_varnames[: code.co_argcount]
    defaults = function.__defaults__ or ()
    yield from zip(positional[len(positional) - len(defaults) :], defaults, strict=True)
    yield from (function.__kwdefaults__ or {}).items()
    for name in code.co_names:
        value = function.__globals__.get(name)
        if isinstance(value, np.ndarray | FunctionType | Mapping | list | tuple):
            yield name, value
