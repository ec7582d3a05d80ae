"""How much of a training a trial can afford: all of it where it is small, else fewer rows and epochs.

It is told by counting operations and not by the clock, so that it is the same each time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gradwright.data import Dataset
from gradwright.data.divide import divide
from gradwright.data.splits import subset
from gradwright.diagnosis.changes import with_rows_aside
from gradwright.engine import steps_per_epoch
from gradwright.training import RunConfig

TRAININGS = 40  # that a search makes of an original that is sick
OPERATIONS, STEP, EPOCH = 3e10, 2e-6, 5e-4  # a second on one thread; seconds of a step and of an epoch beside
FEWEST_ROWS, FEWEST_EPOCHS, MOST_MEASURED = 1000, 2, 5000
ROOM = 0.8  # of the budget: the rest is for what cannot be counted


@dataclass(frozen=True, eq=False)
class Extent:
    """What trials train: a config and data with validation rows, how these are called, and what was cut."""

    config: RunConfig
    data: Dataset
    rows: str
    notes: tuple[str, ...] = ()
    is_less: bool = False  # than the original trains


def extent(config: RunConfig, data: Dataset, budget: float, threads: int) -> Extent:
    """As much of a training as a budget of seconds allows to repeat for all that is tried."""
    notes, rows = [], "validation"
    if data.validation is None:
        data, rows = with_rows_aside(data), "held-out"
        assert data.validation is not None
        notes.append(
            f"The data have no validation rows: {len(data.validation):,} of the training rows, drawn at "
            "random, were held out of all trials."
        )
    data = replace(data, test=None)
    assert data.validation is not None
    if len(data.validation) > MOST_MEASURED:
        _, some = divide(data.validation, MOST_MEASURED, np.random.default_rng(1), data.name)
        data = replace(data, validation=some)
    affordable = ROOM * budget * threads / TRAININGS
    wanted = seconds(config, data)
    if wanted <= affordable:
        return Extent(config, data, rows, tuple(notes))
    fewest = min(len(data.train), max(FEWEST_ROWS, 20 * data.num_classes))
    fewer = max(fewest, int(len(data.train) * affordable / wanted))
    less = data
    if fewer < len(data.train):
        less = subset(data, fewer, np.random.default_rng(2))
    epochs = config.epochs
    if (wanted := seconds(config, less)) > affordable:
        epochs = max(min(FEWEST_EPOCHS, epochs), int(epochs * affordable / wanted))
    cut = [f"{fewer:,} of {len(data.train):,} training rows"] if less is not data else []
    cut += [f"{epochs} of {config.epochs} epochs"] if epochs < config.epochs else []
    if not cut:
        return Extent(config, data, rows, tuple(notes))
    notes.append(
        f"Whole trainings take too long for a budget of {budget:g} s: trials are made on "
        f"{' and '.join(cut)}, and what would only need longer is not told apart there."
    )
    return Extent(config.model_copy(update={"epochs": epochs}), less, rows, tuple(notes), is_less=True)


def seconds(config: RunConfig, data: Dataset) -> float:
    """About how long a training takes on one thread of a machine of today."""
    size, rows = config.objective.layout.size, len(data.train)
    steps = steps_per_epoch(data.train, config.batch_size)
    return config.epochs * (6 * size * rows / OPERATIONS + steps * STEP + EPOCH)
