"""Anything with a forward and a backward, as maps between named arrays: what the properties speak about."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

import numpy as np

from gradwright.check.points import Array

Arrays: TypeAlias = Mapping[str, Array]


@dataclass(frozen=True)
class Subject(ABC):
    """One layer, loss or penalty together with the ``inputs`` it is tested on, by name.

    ``backward`` returns the gradient of ``value`` by each of the ``variables``, which are names of inputs,
    under the name ``dv`` for v.
    """

    inputs: Arrays
    output: ClassVar[str] = "value"  # the name of what forward returns

    @property
    @abstractmethod
    def variables(self) -> tuple[str, ...]:
        """What there are derivatives by."""

    @abstractmethod
    def forward(self, inputs: Arrays) -> tuple[Any, Any]:
        """The output and the cache."""

    @abstractmethod
    def backward(self, inputs: Arrays, cache: Any) -> dict[str, Array]:
        """The gradients."""

    def value(self, inputs: Arrays) -> Any:
        """One number, whose gradients are what ``backward`` returns."""
        return self.forward(inputs)[0]

    def another(self) -> Arrays:
        """Inputs of another call, with which nothing of this one should mix."""
        name = self.variables[0]
        return {**copies(self.inputs), name: 2 * self.inputs[name]}

    def run(self, inputs: Arrays, *, seal: bool = False) -> Arrays:
        """Forward and backward once; with ``seal`` the arrays of the cache are read-only before backward."""
        y, cache = self.forward(inputs)
        if seal:
            make_read_only(cache)
        return {self.output: np.asarray(y), **self.backward(inputs, cache)}

    @property
    def point(self) -> dict[str, Array]:
        """The variables alone, as ``check_gradient`` takes them."""
        return {name: self.inputs[name] for name in self.variables}

    @property
    def is_single(self) -> bool:
        """Whether it is tested in single precision."""
        return any(array.dtype == np.float32 for array in self.point.values())

    def at(self, point: Arrays) -> dict[str, Array]:
        """Fresh inputs, with other arrays in the place of the variables."""
        return {**copies(self.inputs), **point}

    def gradients(self, point: Arrays) -> dict[str, Array]:
        """What ``run`` returns for the variables, under their names; those that it forgets are missing."""
        outputs = self.run(self.at(point))
        return {name: outputs[f"d{name}"] for name in self.variables if f"d{name}" in outputs}


def copies(inputs: Arrays) -> dict[str, Array]:
    """Fresh arrays with the same entries, for a run to use as it likes."""
    return {name: array.copy() for name, array in inputs.items()}


def as_float(array: Array) -> Array:
    """``array`` in float32 if it is, else in float64."""
    return array if array.dtype == np.float32 else array.astype(np.float64)


def away_from_zero(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Entries of both signs with sizes in 0.2 .. 1.2, and so away from the kink that ReLU has at 0."""
    return rng.choice([-1.0, 1.0], shape) * rng.uniform(0.2, 1.2, shape)


def make_read_only(node: Any) -> None:
    """Forbid writing to every array in nested mappings, lists and tuples."""
    if isinstance(node, np.ndarray):
        node.flags.writeable = False
    elif isinstance(node, Mapping | list | tuple):
        for child in node.values() if isinstance(node, Mapping) else node:
            make_read_only(child)
