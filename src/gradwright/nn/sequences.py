"""A sequence as a row: one step after the other, the features of a step side by side.

x[n, t d + j] is feature j of step t of sample n, d being the features of a step. How many steps there are
is said by the length of the row.
"""

from __future__ import annotations

import numpy as np

from gradwright.errors import ShapeError
from gradwright.nn.layer import Array


def steps_in(layer: str, columns: int, features: int) -> int:
    """The steps t of a row of ``columns`` = t d numbers, d = ``features``.

    Raises ``ShapeError``, which begins with ``layer``, where the row does not hold whole steps.
    """
    steps, rest = divmod(columns, features)
    if rest or not steps:
        raise ShapeError(f"{layer} takes steps of {features} features side by side, found {columns} features")
    return steps


def as_steps(x: Array, features: int) -> Array:
    """x (N, t d) -> (N, t, d), the same memory"""
    return x.reshape(len(x), x.shape[1] // features, features)


def as_rows(x: Array) -> Array:
    """x (N, t, d) -> (N, t d)"""
    return x.reshape(len(x), x.shape[1] * x.shape[2])


def sum_of_products(x: Array, dy: Array) -> Array:
    """sum over n and t of x_nt' dy_nt        x (N, t, i), dy (N, t, o) -> (i, o): dW of y_t = x_t W"""
    return np.tensordot(x, dy, axes=((0, 1), (0, 1)))
