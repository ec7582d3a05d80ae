"""How stored features become a network's inputs: one affine map, applied batch by batch.

The arrays of a data set are never rewritten. Images stay bytes, at a quarter of the memory, and whatever
was fitted (a mean, a scale) was fitted on training data alone and is written down in one place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike, NDArray

from gradwright.data.rows import Array
from gradwright.errors import DataError

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


def standardizing(x: Array, weights: Array | None = None) -> Affine:
    """The map to mean 0 and standard deviation 1 over the rows of ``x``; a constant column keeps scale 1.

    ``weights`` (N,) say how much each row counts, by default all the same; a row that counts nothing has no
    part in it.
    """
    if weights is not None:
        x, weights = x[weights > 0], weights[weights > 0]
    blocks = [slice(start, start + ROWS_AT_ONCE) for start in range(0, len(x), ROWS_AT_ONCE)]
    count = len(x) if weights is None else weights.sum()

    def total(values: Array, rows: slice) -> Array:
        return values.sum(axis=0, dtype=np.float64) if weights is None else weights[rows] @ values

    mean = sum(total(x[rows], rows) for rows in blocks) / count
    variance = sum(total((x[rows] - mean) ** 2, rows) for rows in blocks) / count
    constant = x.min(axis=0) == x.max(axis=0)  # exact, where a variance would carry rounding errors
    return Affine(mean, 1 / np.sqrt(np.where(constant, 1.0, variance)))
