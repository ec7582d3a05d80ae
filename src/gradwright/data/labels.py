"""Labels in a user's own terms (integers, strings, booleans), and the classes 0 .. k - 1 behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gradwright.data.rows import Split
from gradwright.errors import DataError

Values: TypeAlias = tuple[int, ...] | tuple[str, ...] | tuple[bool, ...]
MOST_CLASSES = 2**16  # of labels that are numbers; ImageNet-21k, the largest relative, has 21,841
KINDS = {"i": "integers", "U": "strings", "b": "booleans"}  # of the arrays that hold labels


@dataclass(frozen=True)
class Labels:
    """The label of each class 0 .. k - 1: integers, strings or booleans, all of one type.

    Raises ``DataError`` for labels of several types, or one that stands twice.

    >>> labels = Labels(("cat", "dog"))
    >>> labels.encode("y", np.array(["dog", "cat", "dog"]))
    array([1, 0, 1])
    >>> labels.decode(np.array([1, 0])).tolist()
    ['dog', 'cat']
    """

    values: Values

    def __post_init__(self) -> None:
        types = {type(value) for value in self.values}
        if len(types) != 1 or not types <= {int, str, bool}:
            raise DataError(f"classes: expected integers, strings or booleans, found {self.values}")
        if len(set(self.values)) < len(self.values):
            raise DataError(f"classes: expected each label once, found {self.values}")

    @classmethod
    def of(cls, y: NDArray[Any]) -> Labels:
        """The labels that occur in ``y``, in ascending order."""
        return cls(tuple(np.unique(y).tolist()))

    @classmethod
    def listed(cls, classes: Any) -> Labels:
        """The labels in the order in which a user lists them.

        Raises ``DataError`` where they are no list.
        """
        if isinstance(classes, str) or not hasattr(type(classes), "__len__"):
            raise DataError(f"classes: expected a list of labels, found {classes!r:.60}")
        return cls(tuple(label.item() if isinstance(label, np.generic) else label for label in classes))

    @property
    def array(self) -> NDArray[Any]:
        """The labels as an array: int64, str or bool."""
        return np.array(self.values)

    def __len__(self) -> int:
        return len(self.values)

    def encode(self, what: str, y: NDArray[Any]) -> NDArray[np.int64]:
        """The class of each label in ``y``.

        Raises ``DataError`` for labels of another type, and for the first one that is not among these.
        """
        known = self.array
        if known.dtype.kind != y.dtype.kind:
            raise DataError(
                f"{what}: expected {KINDS[known.dtype.kind]} such as {self.values[0]!r}, "
                f"found {KINDS.get(y.dtype.kind, y.dtype)} such as {y[0].item()!r}"
            )
        ascending = np.argsort(known)
        place = np.searchsorted(known, y, sorter=ascending)
        classes = ascending[np.minimum(place, len(known) - 1)]
        strange = np.flatnonzero(known[classes] != y)
        if strange.size:
            row = int(strange[0])
            raise DataError(
                f"{what}: expected one of {listed(self.values)}, found {y[row].item()!r} in row {row}; "
                "a label that training never shows is named in classes"
            )
        return classes.astype(np.int64, copy=False)

    def decode(self, classes: NDArray[np.int64]) -> NDArray[Any]:
        """The label of each class."""
        return self.array[classes]


def listed(values: Sequence[Any], most: int = 10) -> str:
    """``values`` for a message, the middle left out where there are many."""
    shown = [repr(value) for value in values[:most]]
    return ", ".join(shown) + (f", ... ({len(values)} in all)" if len(values) > most else "")


def numbered(*splits: Split) -> tuple[str, ...]:
    """The names of classes that are numbers: "0" to the largest label of ``splits``.

    Raises ``DataError`` for a label that is no number of a class, such as a year or an identity.

    >>> numbered(Split(np.zeros((2, 1)), np.array([0, 2])))
    ('0', '1', '2')
    """
    largest = max(int(split.y.max()) for split in splits)
    if largest >= MOST_CLASSES:
        raise DataError(
            f"y: expected labels 0, 1, ... of at most {MOST_CLASSES:,} classes, found {largest}; "
            "Dataset.from_arrays makes classes of any labels"
        )
    return tuple(map(str, range(largest + 1)))
