"""The points at which an item is asked: drawn afresh, each with sizes of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gradwright.grading.item import Argument, Item

UNIT = (-1.0, 1.0)  # the range of floats for which the rubric names none


@dataclass(frozen=True, eq=False)
class Draw:
    """Arguments by their dotted names, the sizes in them, and a seed for what is random about them."""

    arguments: dict[str, Any]
    sizes: dict[str, int]
    seed: int

    def made_with(self, item: Item) -> list[int]:
        """What a layer is called with to be made."""
        return [self.sizes[size] if isinstance(size, str) else size for size in item.made_with]


def draw(item: Item, rng: np.random.Generator) -> Draw:
    """Arguments for one trial of an item."""
    sizes = {name: int(rng.integers(low, high, endpoint=True)) for name, (low, high) in item.sizes.items()}
    arguments = {path: _drawn(argument, sizes, rng) for path, argument in item.leaves}
    return Draw(arguments, sizes, int(rng.integers(2**32)))


def _drawn(argument: Argument, sizes: dict[str, int], rng: np.random.Generator) -> Any:
    shape = tuple(sizes[size] if isinstance(size, str) else size for size in argument.shape)
    if argument.text is not None:
        return np.asarray(argument.text)
    if argument.value is not None:
        return np.full(shape, argument.value)
    if argument.integers is not None:
        first, last = argument.integers
        return np.asarray(rng.integers(first, last, shape, endpoint=True))
    low, high = argument.range or UNIT
    return np.asarray(rng.uniform(low, high, shape))
