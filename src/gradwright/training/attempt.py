"""A few steps from a run's own start on its first batches: what a learning rate comes to, soon known."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from gradwright.data import Affine, Split
from gradwright.data.batches import epoch_order
from gradwright.data.divide import take
from gradwright.engine import Rows
from gradwright.errors import DivergenceError
from gradwright.nn.layer import Array
from gradwright.optim import Constant
from gradwright.training.job import Job


@dataclass(frozen=True, eq=False)
class Attempt:
    """The rows of a job's first ``steps`` batches, on which rates and features are tried.

    It comes out the same each time, however large the data are.
    """

    job: Job
    split: Split
    batch_size: int
    steps: int

    @classmethod
    def of(cls, job: Job, steps: int, largest_batch: int) -> Attempt:
        """Those of ``job``, in batches of at most ``largest_batch`` rows."""
        batch_size = min(job.task.batch_size, largest_batch)
        train = job.data.train
        first = epoch_order(job.config.seed, 0, len(train))[: steps * batch_size]
        return cls(job, take(train, first), batch_size, steps)

    def before(self, features: Affine) -> float:
        """The objective of these rows at the start."""
        return self._objective(self.job.initial_state.theta, Rows(self.split, features))

    def reached(self, rate: float, features: Affine) -> float:
        """The objective of these rows after the steps at a rate; infinity where they break."""
        task = replace(self.job.task, schedule=Constant(rate), batch_size=self.batch_size)
        rows = Rows(self.split, features)
        state = self.job.initial_state
        try:
            while state.step < self.steps:  # an epoch of these rows has so many steps at most
                state = self.job.engine.train_epoch(task, state, rows, lambda *_: True).state
        except DivergenceError:
            return math.inf
        after = self._objective(state.theta, rows)
        return after if math.isfinite(after) else math.inf

    def _objective(self, theta: Array, rows: Rows) -> float:
        metrics = self.job.engine.evaluate(self.job.config.objective, theta, rows)
        return metrics.get("objective", metrics["loss"])
