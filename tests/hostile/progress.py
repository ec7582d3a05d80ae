"""How far a long trial has come, on stderr."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
SECONDS = 20.0  # between two lines


def told(items: Sequence[T], what: str) -> Iterator[T]:
    """The items, with a line now and then that says how many are done and how long the rest may take."""
    began = said = time.monotonic()
    for done, item in enumerate(items):
        now = time.monotonic()
        if now - said > SECONDS:
            left = (now - began) / done * (len(items) - done)
            print(
                f"{what}: {done:,} of {len(items):,}, about {left / 60:.0f} min left",
                file=sys.stderr,
                flush=True,
            )
            said = now
        yield item
