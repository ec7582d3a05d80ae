"""The order of samples and the minibatches of an epoch: one order, whichever engine follows it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from gradwright.data.affine import Affine
from gradwright.data.rows import Array, Split
from gradwright.fields import Count, Domain, Seed, Whole, require

ORDER = 1  # the branch of a run's seed tree that orders samples, so that no other draw can shift it


ROUNDS = 8  # with 7 and fewer, tests/data/test_orders.py can tell the orders from random ones
EPOCHS_AT_ONCE = 64  # whose keys are made together
LARGEST = 2**31 - 1  # rows, so that a row number fits into 32 bits with or without a sign
ROWS = Domain("a whole number >= 1", int, lambda n: n >= 1, LARGEST)

# Of NumPy's SeedSequence: the words of its pool, what goes in and comes out is hashed with, and two factors.
POOL = 4
HASH_IN, HASH_OUT = (0x43B0D7E5, 0x931E8875), (0x8B51F9DD, 0x58F38DED)
MIX_BEFORE, MIX_WITH = np.uint32(0xCA01F9DD), np.uint32(0x4973F715)


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
    block, place = divmod(epoch, EPOCHS_AT_ONCE)
    keys: NDArray[np.uint32] = _keys_of_block(seed, block)[place]
    return keys


@lru_cache(maxsize=16)
def _keys_of_block(seed: int, block: int) -> NDArray[np.uint32]:
    """The keys (E, rounds, 2) of E epochs in sequence, read-only: one by one they would take longer than
    epochs of a few hundred rows.
    """
    first = block * EPOCHS_AT_ONCE
    keys = _branches(seed, first, first + EPOCHS_AT_ONCE, 2 * ROUNDS).reshape(-1, ROUNDS, 2)
    keys.flags.writeable = False
    return keys


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


def _branches(seed: int, first: int, last: int, count: int) -> NDArray[np.uint32]:
    """``_branch(seed, epoch).generate_state(count)`` for each epoch from ``first`` up to ``last``, as rows.

    The branches of a seed differ in the word that is mixed into the pool last: the pool before it is made
    once. After NumPy's ``SeedSequence``, whose numbers are promised to stay, and which is M. E. O'Neill's
    ``seed_seq_fe`` (Developing a seed_seq alternative, 2015) with a longer pool.
    """
    pool = np.random.SeedSequence(entropy=seed, spawn_key=(ORDER,)).pool
    hashed = POOL * POOL + POOL  # words, on the way to it, of a seed that is not longer than the pool
    epochs = np.arange(first, last, dtype=np.uint32)[:, np.newaxis]
    mixed = MIX_BEFORE * pool - MIX_WITH * _hashed(epochs, _factors(HASH_IN, hashed, POOL))
    mixed ^= mixed >> 16
    return _hashed(mixed.take(np.arange(count) % POOL, axis=1), _factors(HASH_OUT, 0, count))


def _hashed(words: NDArray[np.uint32], factors: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Words (E, 1) or (E, n) as n hashes each; every hash has the factor behind that of the one before it."""
    hashes = (words ^ factors[:-1]) * factors[1:]
    hashes ^= hashes >> 16
    return hashes


@lru_cache(maxsize=16)
def _factors(powers: tuple[int, int], first: int, count: int) -> NDArray[np.uint32]:
    """a b^k modulo 2^32 for the pair (a, b) and k = first .. first + count."""
    a, b = powers
    return np.array([a * pow(b, first + k, 2**32) % 2**32 for k in range(count + 1)], np.uint32)


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
