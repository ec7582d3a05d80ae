"""How many epochs there is time for."""

from __future__ import annotations

import math
import time

from gradwright.data import Dataset
from gradwright.engine import always
from gradwright.training import RunConfig
from gradwright.training.job import Job

TIMED = 3  # calls of the engine, of which the fastest counts


def epochs_within(seconds: float, config: RunConfig, data: Dataset) -> int:
    """How many epochs of a run there is time for, at least 1: a few are made, on one thread, and timed.

    A schedule that knows its end does its best work there: a run is better planned short than broken off.
    """
    job = Job(config, data, threads=1)
    position, took = job.start(), math.inf
    for _ in range(TIMED):
        begun = time.perf_counter()
        made = [*job.advance(position, always)]
        took = min(took, (time.perf_counter() - begun) / len(made))
        position = made[-1]
    return max(1, math.floor(seconds / took) - position.state.epoch)
