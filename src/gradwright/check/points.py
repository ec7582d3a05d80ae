"""A point as users have it (an array, or dictionaries, lists and tuples of arrays) and as one vector."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gradwright.errors import CheckError, ConfigError

Array: TypeAlias = NDArray[Any]


@dataclass(frozen=True)
class Leaf:
    """One array of a point: its name, and its place in the vector."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    start: int
    stop: int

    @property
    def places(self) -> slice:
        return slice(self.start, self.stop)

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

    def pack(self, point: Any) -> Array:
        """The numbers of a point of this very form as one float64 vector."""
        return np.concatenate([np.asarray(v, np.float64).ravel() for _, v in walk(point)])

    def pack_gradient(self, gradient: Any) -> Array:
        """A gradient as one float64 vector.

        Raises ``CheckError`` that names the leaf which is missing, has another shape, or is not finite.
        """
        found = dict(walk(gradient, "x"))
        parts = []
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
                raise CheckError(
                    f"the gradient of {leaf.name}: expected finite numbers, found {_first_bad(array)}"
                )
            parts.append(array.astype(np.float64).ravel())
        if found:
            raise CheckError(f"the gradient has {', '.join(sorted(found))}, which x has not")
        return np.concatenate(parts)

    def unpack(self, vector: Array) -> tuple[Any, Array]:
        """A fresh point with the numbers of ``vector``, and the numbers as its dtypes hold them."""
        held = vector.copy()
        arrays = []
        for leaf in self.leaves:
            array = vector[leaf.places].astype(leaf.dtype).reshape(leaf.shape)
            held[leaf.places] = array.ravel()
            arrays.append(array)
        return _rebuild(self.template, iter(arrays)), held

    def unpack_complex(self, vector: Array) -> Any:
        """A fresh point with the numbers of a complex vector."""
        return _rebuild(self.template, iter([vector[f.places].reshape(f.shape) for f in self.leaves]))

    def filled(self, arrays: Iterable[Array]) -> Any:
        """A point of this form with ``arrays`` as its leaves."""
        return _rebuild(self.template, iter(arrays))

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


def _rebuild(node: Any, arrays: Iterator[Array]) -> Any:
    """The form of ``node`` with new arrays at its leaves."""
    if isinstance(node, Mapping):
        return {key: _rebuild(child, arrays) for key, child in node.items()}
    if isinstance(node, tuple) and hasattr(node, "_fields"):
        return type(node)(*(_rebuild(child, arrays) for child in node))
    if isinstance(node, list | tuple):
        return type(node)(_rebuild(child, arrays) for child in node)
    array = next(arrays)
    return array if isinstance(node, np.ndarray) else array[()]


def _first_bad(array: Array) -> str:
    place = tuple(map(int, np.argwhere(~np.isfinite(array))[0]))
    return f"{array[place]} at {list(place)}"
