"""A point as users have it (an array, or dictionaries, lists and tuples of arrays) and as one vector."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gradwright.errors import CheckError, ConfigError

Array: TypeAlias = NDArray[Any]

BLOCK = 2**13  # numbers worked on at a time: few enough for the cache, and for BLAS to start no threads


class PackedPoint(dict[str, Array]):
    """Arrays by name that are all of ``vector`` in order, which nobody writes to; it is not copied."""

    vector: Array

    @classmethod
    def of(cls, arrays: Mapping[str, Any], dtype: Any) -> PackedPoint:
        """Copies of these arrays as views of one vector."""
        point = cls()
        point.vector = np.empty(sum(int(np.prod(array.shape)) for array in arrays.values()), dtype)
        start = 0
        for name, array in arrays.items():
            stop = start + int(np.prod(array.shape))
            point[name] = point.vector[start:stop].reshape(tuple(array.shape))
            point[name][...] = array
            start = stop
        return point


class NotFiniteError(CheckError):
    """What is ``found`` in a gradient is NaN or infinite; ``place`` is the first such entry of ``leaf``.

    Of f itself there is neither leaf nor place.
    """

    def __init__(self, message: str, found: str, leaf: str | None = None, place: str | None = None) -> None:
        super().__init__(message)
        self.found, self.leaf, self.place = found, leaf, place


@dataclass(frozen=True)
class Leaf:
    """One array of a point: its name, and its place in the vector."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    start: int
    stop: int

    @cached_property
    def places(self) -> slice:
        return slice(self.start, self.stop)

    @property
    def size(self) -> int:
        return self.stop - self.start

    @property
    def numbers(self) -> tuple[int, ...]:
        """Those in its name, which mostly count layers."""
        return tuple(int(digits) for digits in re.findall(r"\d+", self.name))

    def locate(self, index: int) -> str:
        """The name of one entry, such as ``W2[3, 7]``; ``index`` counts within the leaf."""
        place = np.unravel_index(index, self.shape)
        return f"{self.name}[{', '.join(map(str, place))}]" if place else self.name


@dataclass(frozen=True, eq=False)
class Tree:
    """The shape of a point: its leaves in order, and how to put a vector back into the user's own form.

    >>> tree = Tree.of({"W": np.zeros((2, 2)), "b": [np.zeros(3)]})
    >>> [leaf.name for leaf in tree.leaves], tree.size
    (['W', 'b[0]'], 7)
    """

    leaves: tuple[Leaf, ...]
    template: Any

    @classmethod
    def of(cls, point: Any) -> Tree:
        """The tree of a point.

        Raises ``ConfigError`` for a leaf that is not a float array, or a point without a number in it.
        """
        leaves: list[Leaf] = []
        start = 0
        for name, value in walk(point, "x"):
            array = np.asarray(value)
            if array.dtype not in (np.float32, np.float64):
                raise ConfigError(
                    f"{name}: expected an array of float64 or float32, found {array.dtype}"
                    if isinstance(value, np.ndarray | float | int)
                    else f"{name}: expected an array, found {type(value).__name__}"
                )
            if not np.isfinite(array).all():
                raise ConfigError(f"{name}: expected finite numbers, found {_first_bad(array)}")
            leaves.append(Leaf(name, array.shape, array.dtype, start, start + array.size))
            start += array.size
        if not start:
            raise ConfigError("x: expected at least one number, found none")
        return cls(tuple(leaves), point)

    @property
    def size(self) -> int:
        return self.leaves[-1].stop

    @property
    def epsilon(self) -> float:
        """The rounding unit of the coarsest leaf."""
        return max(float(np.finfo(leaf.dtype).eps) for leaf in self.leaves)

    @cached_property
    def form(self) -> Callable[[Iterator[Array]], Any]:
        """What puts arrays into the form of the point, in the order of the leaves."""
        return _form(self.template)

    @cached_property
    def singles(self) -> tuple[Leaf, ...]:
        """The leaves that hold fewer digits than a vector does."""
        return tuple(leaf for leaf in self.leaves if leaf.dtype != np.float64)

    def pack(self, point: Any) -> Array:
        """The numbers of a point of this very form as one float64 vector."""
        if isinstance(point, PackedPoint) and point.vector.dtype == np.float64:
            return point.vector
        return np.concatenate([np.asarray(v, np.float64).ravel() for _, v in walk(point)])

    def pack_gradient(self, gradient: Any) -> Array:
        """A gradient as one float64 vector.

        Raises ``CheckError`` that names the leaf which is missing, has another shape, or is not finite.
        """
        found = dict(walk(gradient, "x"))
        vector = np.empty(self.size)
        for leaf in self.leaves:
            if leaf.name not in found:
                raise CheckError(
                    f"the gradient has no {leaf.name}: expected the form of x, found {sorted(found)}"
                )
            array = np.asarray(found.pop(leaf.name))
            if array.dtype.kind not in "fiu":
                raise CheckError(f"the gradient of {leaf.name}: expected real numbers, found {array.dtype}")
            if array.shape != leaf.shape:
                raise CheckError(
                    f"the gradient of {leaf.name}: expected the shape {leaf.shape}, found {array.shape}"
                )
            if not np.isfinite(array).all():
                found_there, first = _not_finite_in(leaf, array)
                message = f"the gradient of {leaf.name}: expected finite numbers, found {_first_bad(array)}"
                raise NotFiniteError(message, found_there, leaf.name, first)
            vector[leaf.places] = array.ravel()
        if found:
            raise CheckError(f"the gradient has {', '.join(sorted(found))}, which x has not")
        return vector

    def unpack(self, vector: Array) -> tuple[Any, Array]:
        """A fresh point with the numbers of ``vector``, and the numbers as its dtypes hold them."""
        held = self.held(vector)
        return self.point(held.copy()), held

    def held(self, vector: Array) -> Array:
        """A copy of ``vector`` with each number as the dtype of its leaf holds it."""
        held = vector.copy()
        self.hold(held, slice(0, self.size))
        return held

    def hold(self, vector: Array, places: slice) -> None:
        """Make each number of ``vector`` at these places what the dtype of its leaf holds."""
        for leaf in self.singles:
            part = vector[max(leaf.start, places.start) : min(leaf.stop, places.stop)]
            part[:] = part.astype(leaf.dtype)

    def point(self, vector: Array) -> Any:
        """A point with the numbers of ``vector``, which is its own from now on: the arrays may be views."""
        return self.filled(
            [vector[leaf.places].reshape(leaf.shape).astype(leaf.dtype, copy=False) for leaf in self.leaves]
        )

    def unpack_complex(self, vector: Array) -> Any:
        """A fresh point with the numbers of a complex vector."""
        return self.filled([vector[leaf.places].reshape(leaf.shape) for leaf in self.leaves])

    def filled(self, arrays: Iterable[Array]) -> Any:
        """A point of this form with ``arrays`` as its leaves."""
        return self.form(iter(arrays))

    def within(self, leaf: Leaf, values: Array | float) -> Array:
        """The vector with these values in one leaf, and 0 elsewhere."""
        vector = np.zeros(self.size)
        vector[leaf.places] = np.ravel(values)
        return vector

    def locate(self, index: int) -> str:
        """The name of entry ``index`` of the vector, such as ``W2[3, 7]``."""
        leaf = next(leaf for leaf in self.leaves if leaf.start <= index < leaf.stop)
        return leaf.locate(index - leaf.start)


def walk(node: Any, root: str = "", name: str = "") -> Iterator[tuple[str, Any]]:
    """The leaves of nested dictionaries, lists and tuples with their names, such as ``blocks[1].W``.

    ``root`` is the name of a leaf that lies in nothing, and what the names in a list begin with; ``name``
    is that of the node itself.
    """
    if isinstance(node, Mapping):
        for key, child in node.items():
            yield from walk(child, root, f"{name}.{key}" if name else str(key))
    elif isinstance(node, list | tuple):
        for i, child in enumerate(node):
            yield from walk(child, root, f"{name or root}[{i}]")
    else:
        yield name or root, node


def blocks(places: slice) -> Iterator[slice]:
    """These places of a vector, some at a time."""
    for start in range(places.start, places.stop, BLOCK):
        yield slice(start, min(start + BLOCK, places.stop))


def _form(node: Any) -> Callable[[Iterator[Array]], Any]:
    """What puts new arrays at the leaves of ``node``."""
    if isinstance(node, Mapping):
        named = [(key, _form(child)) for key, child in node.items()]
        return lambda arrays: {key: form(arrays) for key, form in named}
    if isinstance(node, list | tuple):
        kind, forms = type(node), [_form(child) for child in node]
        if hasattr(node, "_fields"):
            return lambda arrays: kind(*[form(arrays) for form in forms])
        return lambda arrays: kind([form(arrays) for form in forms])
    if isinstance(node, np.ndarray):
        return next
    return lambda arrays: next(arrays)[()]


def _first_bad(array: Array) -> str:
    place = tuple(map(int, np.argwhere(~np.isfinite(array))[0]))
    return f"{array[place]} at {list(place)}"


def _not_finite_in(leaf: Leaf, array: Array) -> tuple[str, str]:
    """Which entries of a leaf's gradient are not finite, in words, and the first of them."""
    bad = np.flatnonzero(~np.isfinite(array))
    first = leaf.locate(int(bad[0]))
    kind = "NaN" if np.isnan(array).any() else "infinite"
    if len(bad) == 1:
        return f"{kind} in {first}", first
    return f"{kind} in {len(bad):,} of {array.size:,} entries of {leaf.name}, {first} the first", first
