"""All parameters of a network as one contiguous vector theta, with names, shapes and views.

Checks move along theta + eps v, an optimizer is one expression, the engine takes one pointer; a layer
still sees its arrays by name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from gradwright.errors import ConfigError, ShapeError
from gradwright.nn.layer import Array, Layer, Parameter, ParameterTree, Params

MOST_PARAMETERS = 2**31  # 16 GiB in float64; a size that is a slip of the pen is told before it is allocated


def is_weight(name: str) -> bool:
    """Whether an array, by its full name, is one that penalties and weight decay act on.

    >>> [is_weight(name) for name in ("weight", "0.weight", "0.bias", "1.gamma")]
    [True, True, False, False]
    """
    return name.rpartition(".")[2] == "weight"


@dataclass(frozen=True)
class Slot:
    """The place of one named array in theta."""

    name: str
    shape: tuple[int, ...]
    start: int
    parameter: Parameter

    @property
    def stop(self) -> int:
        return self.start + math.prod(self.shape)


@dataclass(frozen=True)
class ParameterLayout:
    """Where each parameter of a network lies in theta (P,), in the order of the layers.

    >>> from gradwright.nn import Linear, Sequential, Tanh
    >>> layout = ParameterLayout.of(Sequential(Linear(2, 3), Tanh(), Linear(3, 1)))
    >>> layout.size, [slot.name for slot in layout.slots]
    (13, ['0.weight', '0.bias', '2.weight', '2.bias'])
    >>> layout.locate(4)
    '0.weight[1, 1]'
    """

    slots: tuple[Slot, ...]

    @classmethod
    def of(cls, layer: Layer) -> ParameterLayout:
        """The layout of a layer's own and its children's parameters."""
        slots: list[Slot] = []
        start = 0
        for name, parameter in _walk(layer.parameters()):
            slots.append(Slot(name, parameter.shape, start, parameter))
            start = slots[-1].stop
        return cls(tuple(slots))

    @property
    def size(self) -> int:
        """The number P of scalars in theta."""
        return self.slots[-1].stop if self.slots else 0

    def initialize(self, rng: np.random.Generator, dtype: DTypeLike = np.float64) -> Array:
        """A fresh theta, each array drawn by its initialiser, in the order of the layers."""
        theta = self._new(dtype)
        for slot in self.slots:
            theta[slot.start : slot.stop] = slot.parameter.initializer.draw(slot.shape, rng).ravel()
        return theta

    def _new(self, dtype: DTypeLike) -> Array:
        if self.size > MOST_PARAMETERS:
            raise ConfigError(
                f"expected a network of at most {MOST_PARAMETERS:,} parameters, found one of {self.size:,}"
            )
        return np.empty(self.size, dtype)

    def named(self, theta: Array) -> dict[str, Array]:
        """Views of theta by full name, such as ``2.weight``."""
        if theta.shape != (self.size,):
            raise ShapeError(f"theta: expected the shape ({self.size},), found {theta.shape}")
        return {slot.name: theta[slot.start : slot.stop].reshape(slot.shape) for slot in self.slots}

    def tree(self, theta: Array) -> Params:
        """Views of theta as the nested dictionaries that ``forward`` takes."""
        tree: dict[str, Any] = {}
        for name, view in self.named(theta).items():
            *path, last = name.split(".")
            branch = tree
            for part in path:
                branch = branch.setdefault(part, {})
            branch[last] = view
        return tree

    def pack(self, tree: Params) -> Array:
        """A new vector of the arrays of ``tree`` (parameters or their gradients): ``tree`` undone."""
        arrays = [_leaf(tree, slot.name).ravel() for slot in self.slots]
        return np.concatenate(arrays) if arrays else np.empty(0)

    def from_named(self, arrays: Mapping[str, Array], dtype: DTypeLike = np.float64) -> Array:
        """A new theta from arrays by full name.

        Raises ``ShapeError`` that names a missing, unknown or misshapen array.
        """
        expected = {slot.name: slot.shape for slot in self.slots}
        found = {name: array.shape for name, array in arrays.items()}
        for name in [*expected, *found]:
            if expected.get(name) != found.get(name):
                raise ShapeError(
                    f"parameter {name}: expected {_shape_text(expected.get(name))}, "
                    f"found {_shape_text(found.get(name))}"
                )
        theta = self._new(dtype)
        for name, view in self.named(theta).items():
            view[...] = arrays[name]
        return theta

    @cached_property
    def trained(self) -> tuple[Slot, ...]:
        """The arrays that an optimizer moves."""
        return tuple(slot for slot in self.slots if slot.parameter.trained)

    @cached_property
    def statistics(self) -> tuple[Slot, ...]:
        """The arrays that no optimizer moves."""
        return tuple(slot for slot in self.slots if not slot.parameter.trained)

    def with_statistics(self, theta: Array, tree: Params) -> Array:
        """A new theta whose statistics are those of ``tree``.

        Raises ``ConfigError`` for one that is not there.
        """
        theta = theta.copy()
        for slot in self.statistics:
            try:
                theta[slot.start : slot.stop] = _leaf(tree, slot.name).ravel()
            except KeyError:
                raise ConfigError(
                    f"{slot.name}: expected it of the network's update, found nothing; "
                    "a layer that holds others hands on what their update returns"
                ) from None
        return theta

    def mask(self, selects: Callable[[str], bool]) -> Array:
        """A boolean vector (P,), true at the entries of the arrays whose full name is selected."""
        mask = self._new(bool)
        for slot in self.slots:
            mask[slot.start : slot.stop] = selects(slot.name)
        return mask

    def locate(self, index: int) -> str:
        """The name and position of theta[index], such as ``2.weight[3, 7]``."""
        if not 0 <= index < self.size:
            raise IndexError(f"theta has {self.size} entries, found the index {index}")
        slot = next(s for s in self.slots if s.start <= index < s.stop)
        place = np.unravel_index(index - slot.start, slot.shape)
        return f"{slot.name}[{', '.join(str(i) for i in place)}]"


def _walk(tree: ParameterTree, prefix: str = "") -> Iterator[tuple[str, Parameter]]:
    """The declarations in a tree with their full names, in the order of the layers."""
    for name, node in tree.items():
        if isinstance(node, Parameter):
            yield prefix + name, node
        else:
            yield from _walk(node, f"{prefix}{name}.")


def _leaf(tree: Params, name: str) -> Array:
    """The array with that full name in nested dictionaries."""
    node: Any = tree
    for part in name.split("."):
        node = node[part]
    return node  # type: ignore[no-any-return]


def _shape_text(shape: tuple[int, ...] | None) -> str:
    return "no such array" if shape is None else f"the shape {shape}"
