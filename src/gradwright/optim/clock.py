"""The two clocks that a schedule can follow: updates, and passes over the data."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from gradwright.fields import Domain

Clock: TypeAlias = Literal["epoch", "step"]
CLOCK = Domain("'epoch' or 'step'", str, lambda name: name in get_args(Clock))


def elapsed(per: Clock, step: int, epoch: int) -> int:
    """The time on the clock ``per``: whole epochs, or steps, since the run began."""
    return epoch if per == "epoch" else step
