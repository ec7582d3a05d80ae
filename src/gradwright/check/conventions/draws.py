"""The random numbers that a user's function draws, held fixed: a dropout is then one function."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

import numpy as np

from gradwright.check.streams import Stream, own_generator

_HELD = ContextVar("_HELD", default=False)


@contextmanager
def same_draws(seed: int) -> Iterator[None]:
    """Within the block both generators start from the same state; after it they go on as if it had not been.

    "Both" are NumPy's global one and Python's own, which the function may seed itself.
    """
    with held_draws():
        state = _state(seed)
        np.random.seed(state)  # noqa: NPY002 - what users draw from
        random.seed(state)
        yield


@contextmanager
def held_draws() -> Iterator[None]:
    """After the block both generators go on as if it had not been.

    Around a whole check it is done once, and no more at each of its thousands of calls, where it takes longer
    than the call of a small layer.
    """
    if _HELD.get():
        yield
        return
    legacy, python, before = np.random.get_state(), random.getstate(), _HELD.set(True)  # noqa: NPY002
    try:
        yield
    finally:
        _HELD.reset(before)
        np.random.set_state(legacy)  # noqa: NPY002
        random.setstate(python)


@cache
def _state(seed: int) -> int:
    return int(own_generator(seed, Stream.MODEL).integers(2**32))


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
