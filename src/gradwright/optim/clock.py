"""The two clocks that a schedule can follow: updates, and passes over the data."""

from __future__ import annotations

from typing import Literal, TypeAlias

Clock: TypeAlias = Literal["epoch", "step"]


def elapsed(per: Clock, step: int, epoch: int) -> int:
    """The time on the clock ``per``: whole epochs, or steps, since the run began."""
    return epoch if per == "epoch" else step
