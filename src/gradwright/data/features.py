"""How stored features become a network's inputs: one affine map, applied batch by batch.

The arrays of a data set are never rewritten. Images stay bytes, at a quarter of the memory, and whatever
was fitted (a mean, a scale) was fitted on training data alone and is written down in one place.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import DTypeLike, NDArray

from gradwright.errors import ConfigError, DataError

if TYPE_CHECKING:
    from gradwright.data.dataset import Dataset
    from gradwright.data.rows import Array

ROWS_AT_ONCE = 4096  # the moments of 50,000 colour images in float64 would otherwise need 1.2 GB


@dataclass(frozen=True, eq=False)
class Affine:
    """The map x -> (x - shift) * scale, with a number or a ``(d,)`` array for each; by default the identity.

    Raises ``DataError`` where ``shift`` or ``scale`` is not finite.

    >>> half = Affine(shift=1.0, scale=0.5)
    >>> half(np.array([[3, 5]], dtype=np.uint8), np.float32)
    array([[1., 2.]], dtype=float32)
    """

    shift: float | NDArray[np.float64] = 0.0
    scale: float | NDArray[np.float64] = 1.0

    def __post_init__(self) -> None:
        for name in ("shift", "scale"):
            value = getattr(self, name)
            if not np.isfinite(value).all():
                raise DataError(f"the features' {name}: expected finite numbers, found {value}")

    def __call__(self, x: Array, dtype: DTypeLike) -> Array:
        """``(x - shift) * scale`` as a new C-contiguous array of ``dtype``, computed in that ``dtype``."""
        out = x.astype(dtype, order="C")
        if np.any(self.shift):
            out -= np.asarray(self.shift, dtype=dtype)
        if np.any(np.not_equal(self.scale, 1)):
            out *= np.asarray(self.scale, dtype=dtype)
        return out

    def undo(self, y: Array) -> Array:
        """The x of which ``y`` was made: ``y / scale + shift`` in float64; ``y`` itself by the identity."""
        return y if self.is_identity else y / np.asarray(self.scale, np.float64) + self.shift

    @property
    def is_identity(self) -> bool:
        """True for the map that changes nothing."""
        return not np.any(self.shift) and not np.any(np.not_equal(self.scale, 1))


def unit_scale(dataset: Dataset) -> Dataset:
    """``dataset`` with its byte features brought from 0 .. 255 to 0 .. 1.

    Raises ``DataError`` if the features are not bytes (uint8): there is no telling what their range is.
    """
    if dataset.train.x.dtype != np.uint8:
        raise DataError(
            f"{dataset.name}: unit scale expects features of uint8, found {dataset.train.x.dtype}"
        )
    return replace(dataset, features=Affine(scale=1 / 255))


def standardize(dataset: Dataset) -> Dataset:
    """``dataset`` with every feature brought to mean 0 and standard deviation 1 over the training rows.

    The mean and the (population) standard deviation are fitted on ``dataset.train`` alone and then applied
    to every split. A feature that is constant over the training rows keeps scale 1, so it becomes 0 there.

    >>> from gradwright.data import Dataset, Split
    >>> train = Split(x=np.array([[0.0, 7.0], [4.0, 7.0]]), y=np.array([0, 1]))
    >>> standardize(Dataset("two", "typed in", train)).inputs("train", np.float64)
    array([[-1.,  0.],
           [ 1.,  0.]])
    """
    return replace(dataset, features=_standardizing(dataset.train.x))


def standardize_targets(dataset: Dataset) -> Dataset:
    """``dataset`` with its float targets brought to mean 0 and standard deviation 1 over the training rows.

    ``targets`` is the map that did it, which ``Run.predict`` undoes. The mean squared error is then in units
    of the target's variance: 1 is what the mean reaches, and 1 - loss is R2.

    Raises ``ConfigError`` for labels, and for targets that are standardised already.

    >>> from gradwright.data import Dataset, Split
    >>> train = Split(x=np.array([[0.0], [1.0]]), y=np.array([100.0, 300.0]))
    >>> data = standardize_targets(Dataset("two", "typed in", train))
    >>> data.train.y, data.targets.undo(np.array([0.5]))
    (array([-1.,  1.]), array([250.]))
    """
    if dataset.train.has_labels:
        raise ConfigError(
            f"standardize_targets: expected float targets, found the labels of {dataset.name!r}"
        )
    if not dataset.targets.is_identity:
        raise ConfigError(f"standardize_targets: the targets of {dataset.name!r} are standardised already")
    targets = _standardizing(dataset.train.y)
    parts = {name: replace(split, y=targets(split.y, np.float64)) for name, split in dataset.splits.items()}
    return replace(dataset, targets=targets, **parts)  # type: ignore[arg-type]


def _standardizing(x: Array) -> Affine:
    """The map to mean 0 and standard deviation 1 over the rows of ``x``; a constant column keeps scale 1."""
    blocks = [slice(start, start + ROWS_AT_ONCE) for start in range(0, len(x), ROWS_AT_ONCE)]
    mean = sum(x[rows].sum(axis=0, dtype=np.float64) for rows in blocks) / len(x)
    variance = sum(((x[rows] - mean) ** 2).sum(axis=0) for rows in blocks) / len(x)
    constant = x.min(axis=0) == x.max(axis=0)  # exact, where a variance would carry rounding errors
    return Affine(mean, 1 / np.sqrt(np.where(constant, 1.0, variance)))
