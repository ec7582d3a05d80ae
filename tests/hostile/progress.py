"""How far a long trial has come, on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")
SECONDS = 20.0  # between two lines


def told(items: Iterable[T], what: str, count: int) -> Iterator[T]:
    """The items, ``count`` of them, and now and then how many are done and how long the rest may take."""
    began = said = time.monotonic()
    for done, item in enumerate(items):
        now = time.monotonic()
        if done and now - said > SECONDS:
            left = (now - began) / done * (count - done)
            print(
                f"{what}: {done:,} of {count:,}, about {left / 60:.0f} min left",
                file=sys.stderr,
                flush=True,
            )
            said = now
        yield item
