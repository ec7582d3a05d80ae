"""Random words that are a function of a key and a place: the masks of dropout, the same in every engine.

A generator with a state would have to be run in one order. Here the word at row n and column c is a hash of
the key, n and c, so that any engine makes any of them, in any order and on any thread. ``csrc/noise.h`` is
the twin, bit for bit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint32]

GOLDEN = np.uint32(0x9E3779B9)  # 2^32 / the golden ratio: neighbours begin far apart
FIRST, SECOND = np.uint32(0x7FEB352D), np.uint32(0x846CA68B)


def draw_keys(rng: np.random.Generator, count: int) -> NDArray[np.uint64]:
    """The next keys of a generator: as many at once as one by one, 64 bits of its stream each."""
    return rng.integers(2**64, size=count, dtype=np.uint64)


def words(key: np.uint64, rows: int, columns: int) -> Words:
    """Uniform words of 32 bits (rows, columns), a function of the key and of each place.

    The hash is ``lowbias32``, found in a search for the least bias (C. Wellons, Prospecting for Hash
    Functions, 2018): two products, each between two shifts. A row has 64 bits of its own from the key; its
    words begin with one half of them, and take in the other between the two products.

    >>> words(np.uint64(1), 1, 3)
    array([[ 626129759, 2121889445, 1239620402]], dtype=uint32)
    """
    low, high = np.uint32(key & np.uint64(0xFFFFFFFF)), np.uint32(key >> np.uint64(32))
    start = _hashed(np.arange(rows, dtype=np.uint32) * GOLDEN + low, high)
    middle = _hashed(start ^ high, low)
    columns_apart = np.arange(columns, dtype=np.uint32) * GOLDEN
    return _hashed(columns_apart + start[:, None], middle[:, None])


def kept_entries(key: np.uint64, shape: tuple[int, ...], rate: float) -> NDArray[np.bool_]:
    """Which entries of an array stay where each is left out with probability ``rate``, to 2^-32."""
    rows = shape[0]
    columns = int(np.prod(shape[1:], dtype=np.int64))
    return (words(key, rows, columns) >= np.uint32(int(rate * 2.0**32))).reshape(shape)


def _hashed(x: Words, between: Any) -> Words:
    """lowbias32 of each word, with ``between`` added after its first product; modulo 2^32."""
    x = x ^ (x >> np.uint32(16))
    x = x * FIRST
    x = x ^ (x >> np.uint32(15))
    x = (x + between) * SECOND
    return x ^ (x >> np.uint32(16))
