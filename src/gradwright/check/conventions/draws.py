"""The random numbers that a user's function draws, held fixed: a dropout is then one function."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from gradwright.check.streams import Stream, own_generator


@contextmanager
def same_draws(seed: int) -> Iterator[None]:
    """Within the block both generators start from the same state; after it they go on as if it had not been.

    "Both" are NumPy's global one and Python's own, which the function may seed itself.
    """
    legacy, python = np.random.get_state(), random.getstate()  # noqa: NPY002 - what users draw from
    state = int(own_generator(seed, Stream.MODEL).integers(2**32))
    np.random.seed(state)  # noqa: NPY002
    random.seed(state)
    try:
        yield
    finally:
        np.random.set_state(legacy)  # noqa: NPY002
        random.setstate(python)


@contextmanager
def held_generators(owners: Iterable[Any]) -> Iterator[None]:
    """After the block the generators that are attributes of ``owners`` stand where they stood before it."""
    attributes = [value for owner in owners for value in getattr(owner, "__dict__", {}).values()]
    states = [(g, g.bit_generator.state) for g in attributes if isinstance(g, np.random.Generator)]
    try:
        yield
    finally:
        for generator, state in states:
            generator.bit_generator.state = state
