"""The order of samples and the minibatches of an epoch: one order, whichever engine follows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from gradwright.data.affine import Affine
from gradwright.data.rows import Array, Split
from gradwright.fields import Count, Domain, Seed, Whole, require

ORDER = 1  # the branch of a run's seed tree that orders samples, so that no other draw can shift it


ROUNDS = 8  # with 7 and fewer, tests/data/test_orders.py can tell the orders from random ones
LARGEST = 2**31 - 1  # rows, so that a row number fits into 32 bits with or without a sign
ROWS = Domain("a whole number >= 1", int, lambda n: n >= 1, LARGEST)


def epoch_order(seed: int, epoch: int, n: int, replace: bool = False) -> NDArray[np.int64]:
    """The row numbers that epoch number ``epoch`` visits, in order: ``n`` of 0 .. n - 1.

    A permutation, or with ``replace`` n independent draws, of which about 1/e = 37 % of the rows never come.
    A pure function of its arguments: a resumed run, another engine and another machine see the same order,
    and epoch 7 can be replayed without the six before it.

    Raises ``ConfigError`` for a negative ``seed`` or ``epoch``, and for ``n`` outside 1 .. 2^31 - 1.

    >>> sorted(epoch_order(seed=0, epoch=3, n=5).tolist())
    [0, 1, 2, 3, 4]
    """
    for name, value, domain in (("seed", seed, Seed), ("epoch", epoch, Whole), ("n", n, ROWS)):
        require(name, value, domain)
    if replace:
        return np.random.default_rng(_branch(seed, epoch)).integers(n, size=n)
    return _permutation(order_keys(seed, epoch), n)


def order_keys(seed: int, epoch: int) -> NDArray[np.uint32]:
    """What decides the permutation of an epoch, for any n: one pair of random words for each round.

    >>> order_keys(seed=0, epoch=3).shape
    (8, 2)
    """
    words = _branch(seed, epoch).generate_state(2 * ROUNDS, np.uint32)
    return words.astype(np.uint32, copy=False).reshape(ROUNDS, 2)


def _permutation(keys: NDArray[np.uint32], n: int) -> NDArray[np.int64]:
    """A keyed permutation of 0 .. n - 1 that every engine computes fast and to the same numbers.

    Each round mixes all words of k bits, 2^k >= n, by three maps that can be undone: xor with a key, product
    with an odd key modulo 2^k, xor with the word's own upper bits. What is below n is kept, in sequence.
    After A. Kensler, Correlated multi-jittered sampling, Pixar 13-01 (2013), who walks on along the cycle
    where this filters.
    """
    bits = max(1, (n - 1).bit_length())
    mask = 2**bits - 1
    shift = max(1, (bits - 1) // 2)  # less than half: by half it would undo itself beside a weak factor
    x = np.arange(2**bits, dtype=np.min_scalar_type(mask))  # the product modulo 2^k needs no wider word
    for flip, factor in (keys & mask).astype(x.dtype):
        x ^= flip
        x *= factor | 1
        x &= mask
        x ^= x >> shift
    return x[x < n].astype(np.int64)


def _branch(seed: int, epoch: int) -> np.random.SeedSequence:
    return np.random.SeedSequence(entropy=seed, spawn_key=(ORDER, epoch))


class Batch(NamedTuple):
    """Some rows: x (n, d), y (n,) or (n, k), and weights (n,) where rows do not all count the same."""

    x: Array
    y: Array
    weights: Array | None


def iterate(
    split: Split, affine: Affine, order: NDArray[np.int64], batch_size: int, dtype: DTypeLike
) -> Iterator[Batch]:
    """The minibatches of ``split``, its rows taken in ``order``; the last one may be smaller.

    ``x`` is ``affine`` of the rows in ``dtype``; labels stay int64, float targets and weights become
    ``dtype``.

    Raises ``ConfigError`` for a ``batch_size`` below 1, before the first batch is drawn.

    >>> part = Split(x=np.arange(6.0).reshape(3, 2), y=np.array([0, 1, 0]))
    >>> for x, y, _ in iterate(part, Affine(scale=2.0), np.array([2, 0, 1]), 2, np.float32):
    ...     print(x.tolist(), y.tolist())
    [[8.0, 10.0], [0.0, 2.0]] [0, 0]
    [[4.0, 6.0]] [1]
    """
    return _batches(split, affine, order, require("batch_size", batch_size, Count), dtype)


def _batches(
    split: Split, affine: Affine, order: NDArray[np.int64], batch_size: int, dtype: DTypeLike
) -> Iterator[Batch]:
    y_dtype = split.y.dtype if split.has_labels else dtype
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        weights = None if split.weights is None else split.weights[rows].astype(dtype)
        yield Batch(affine(split.x[rows], dtype), split.y[rows].astype(y_dtype, copy=False), weights)
