"""Which training rows are measured after each epoch: all of them would cost a third as much as the epoch.

``measure_train`` is a number of rows, the same ones after each epoch, drawn by the run's seed; "epoch" for
all of them; or "running" for none: then the mean of the objective over the batches, while the parameters
moved, is all that is known of training before the run has ended. In the end all rows are measured in any
case. The parameters do not depend on it, to the last bit, unless a training metric is monitored.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from gradwright.data import Dataset, Split, subset
from gradwright.engine.task import MEASURED
from gradwright.fields import Count

MeasureTrain: TypeAlias = Literal["epoch", "running"] | Count

TRAIN_ROWS = 2000  # an accuracy counted on so many has a standard error of at most 1.1 points


def measured_rows(data: Dataset, wanted: MeasureTrain, seed: int) -> Split | None:
    """The training rows that are measured after each epoch of a run with this seed; None for none.

    >>> from gradwright.data import load
    >>> data = load("swiss-roll")
    >>> len(measured_rows(data, 50, seed=0)), measured_rows(data, "epoch", seed=0) is data.train
    (50, True)
    """
    if wanted == "running":
        return None
    if wanted == "epoch" or wanted >= len(data.train):
        return data.train
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(MEASURED,)))
    return subset(data, wanted, rng).train
