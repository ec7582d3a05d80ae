"""What every check stands on: the point, random directions to leave it in, and the error between arrays."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gradwright.errors import ConfigError

Array: TypeAlias = NDArray[Any]


def as_point(x: Array) -> Array:
    """``x``, if it is an array of finite float64 numbers; a check in fewer digits would prove little.

    Raises ``ConfigError`` for anything else.
    """
    found = f"an array of {x.dtype}" if isinstance(x, np.ndarray) else f"{type(x).__name__}"
    if found != "an array of float64":
        raise ConfigError(f"x: expected an array of float64, found {found}")
    if not np.isfinite(x).all():
        raise ConfigError(f"x: expected finite numbers, found {x[~np.isfinite(x)][0]}")
    return x


def unit_direction(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """A direction of length 1, every one as likely: a normal draw, divided by its length.

    Its entries have both signs. Directions of positive entries only, as from U(0, 1), would share most of
    their length with (1, ..., 1), and an error across that line would be seen by none of them.

    >>> v = unit_direction(np.random.default_rng(0), (2, 3))
    >>> round(float((v * v).sum()), 12)
    1.0
    """
    v: Array = rng.standard_normal(shape)
    v /= np.sqrt((v * v).sum())
    return v


def relative_error(found: Array, expected: Array, smallest: float = 0.0) -> float:
    """max |found - expected| / max(|found|, |expected|, smallest); 0 where all of it is 0.

    ``smallest`` is a size below which a difference is not judged by the size of the entries themselves.

    >>> relative_error(np.array([2.0, 0.0]), np.array([1.0, 0.0]))
    0.5
    """
    difference = float(np.max(np.abs(found - expected), initial=0))
    size = float(max(np.max(np.abs(found), initial=0), np.max(np.abs(expected), initial=0), smallest))
    return difference / size if difference else 0.0
