"""Means over the examples of a batch, and their slopes; an example counts as much as its weight says.

``weights`` (N,) say how much each example counts: the mean is then sum_n w_n l_n / sum_n w_n, and 0 where all
weights are 0. Where a mean is over all entries of (N, k), an example's loss l_n is the mean over its own.
"""

from __future__ import annotations

import numpy as np

from gradwright.errors import ShapeError
from gradwright.nn.layer import Array, Scalar


def mean(entries: Array, weights: Array | None) -> Scalar:
    """The mean over all entries (N,) or (N, k), each row as its weight says."""
    return entries.mean() if weights is None else (shares(entries, weights) * entries).sum()


def slope(slopes: Array, weights: Array | None) -> Array:
    """The derivative of ``mean`` from those of its entries."""
    return slopes / slopes.size if weights is None else shares(slopes, weights) * slopes


def slope_by_rows(slopes: Array, weights: Array | None) -> Array:
    """The derivative of ``mean`` over the losses (N,) of rows, from those by a row's own outputs (N, k)."""
    return slopes / len(slopes) if weights is None else slopes * shares(slopes[:, :1], weights)


def shares(entries: Array, weights: Array) -> Array:
    """What an entry of each row counts in the mean: w_n / (k sum w), of shape (N,) or (N, 1)."""
    if weights.shape != (len(entries),):
        raise ShapeError(f"weights: expected the shape ({len(entries)},), found {weights.shape}")
    total = weights.sum() * (entries.size // len(entries))
    counted = weights / total if total > 0 else np.zeros_like(weights)
    return counted.reshape(-1, *(1,) * (entries.ndim - 1))


def like(target: Array, output: Array) -> Array:
    """``target`` in the dtype and shape of ``output``; a column and a vector of N entries may meet."""
    if target.size == output.size and output.shape in ((target.size,), (target.size, 1)):
        target = target.reshape(output.shape)
    if target.shape != output.shape:
        raise ShapeError(f"target: expected the shape {output.shape}, found {target.shape}")
    return target.astype(output.real.dtype, copy=False)
