"""The order of samples and the minibatches of an epoch: one order, whichever engine follows it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import DTypeLike, NDArray

from gradwright.data.dataset import Array, Split
from gradwright.data.features import Affine
from gradwright.errors import ConfigError

ORDER = 1  # the branch of a run's seed tree that orders samples, so that no other draw can shift it


def epoch_order(seed: int, epoch: int, n: int, replace: bool = False) -> NDArray[np.int64]:
    """The row numbers that epoch number ``epoch`` visits, in order: ``n`` of 0 .. n - 1.

    A permutation, or with ``replace`` n independent draws, of which about 1/e = 37 % of the rows never come.
    A pure function of its arguments: a resumed run, another engine and another machine see the same order,
    and epoch 7 can be replayed without the six before it.

    Raises ``ConfigError`` for a negative ``seed`` or ``epoch`` or ``n`` below 1.

    >>> sorted(epoch_order(seed=0, epoch=3, n=5).tolist())
    [0, 1, 2, 3, 4]
    """
    for name, value, least in (("seed", seed, 0), ("epoch", epoch, 0), ("n", n, 1)):
        if value < least:
            raise ConfigError(f"{name}: expected a whole number of at least {least}, found {value}")
    rng = np.random.default_rng(np.random.SeedSequence(entropy=seed, spawn_key=(ORDER, epoch)))
    return rng.integers(n, size=n) if replace else rng.permutation(n)


def iterate(
    split: Split, affine: Affine, order: NDArray[np.int64], batch_size: int, dtype: DTypeLike
) -> Iterator[tuple[Array, Array]]:
    """The minibatches ``(x, y)`` of ``split``, its rows taken in ``order``; the last one may be smaller.

    ``x`` is ``affine`` of the rows as ``(n, d)`` in ``dtype``; labels stay int64, float targets become
    ``dtype``.

    Raises ``ConfigError`` for a ``batch_size`` below 1, before the first batch is drawn.

    >>> part = Split(x=np.arange(6.0).reshape(3, 2), y=np.array([0, 1, 0]))
    >>> for x, y in iterate(part, Affine(scale=2.0), np.array([2, 0, 1]), 2, np.float32):
    ...     print(x.tolist(), y.tolist())
    [[8.0, 10.0], [0.0, 2.0]] [0, 0]
    [[4.0, 6.0]] [1]
    """
    if batch_size < 1:
        raise ConfigError(f"batch_size: expected a whole number of at least 1, found {batch_size}")
    return _batches(split, affine, order, batch_size, dtype)


def _batches(
    split: Split, affine: Affine, order: NDArray[np.int64], batch_size: int, dtype: DTypeLike
) -> Iterator[tuple[Array, Array]]:
    y_dtype = split.y.dtype if split.has_labels else dtype
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        yield affine(split.x[rows], dtype), split.y[rows].astype(y_dtype, copy=False)
