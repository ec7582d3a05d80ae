"""The checker's own random numbers: what it draws by a seed is never what the user drew by the same seed.

An x and a covector u that are equal hide faults: a batch normalisation whose dx is zero is right along x.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np

OWN = 0x67726164  # beside the seed: nobody else draws by it


class Stream(IntEnum):
    """What is drawn; no two of them share a number."""

    DIRECTIONS = 1
    COVECTOR = 2
    TANGENTS = 3
    EXPERIMENTS = 4
    LAYER = 5
    DIGITS = 6
    MODEL = 7  # what the checked function draws itself, such as the masks of dropout
    ROWS = 8
    SECOND_OPINION = 9
    ASIDE = 11  # where the steps of a function in few digits fall otherwise
    POINT = 10  # inputs for a user's function, where none are given


def own_generator(seed: int, stream: Stream) -> np.random.Generator:
    """The generator of one stream; the same seed gives the same numbers.

    >>> own_generator(0, Stream.COVECTOR).normal() == np.random.default_rng(0).normal()
    False
    """
    return np.random.default_rng([seed, OWN, stream])
