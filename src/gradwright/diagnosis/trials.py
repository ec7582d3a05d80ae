"""Trials: an original and its changes trained side by side, until all is known or the time is out.

The work is laid out in an order that does not look at the clock, and every training depends on its seed
alone: where the budget is enough two diagnoses of one config find the same, where it is not the end of the
work is cut off, and what was not tried is told.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from gradwright.data import Dataset
from gradwright.diagnosis.changes import Change, applied
from gradwright.diagnosis.yardstick import Yardstick
from gradwright.errors import DivergenceError, GradwrightError
from gradwright.nn.layer import Array
from gradwright.training import RunConfig
from gradwright.training.agreement import settle
from gradwright.training.epochs import epochs
from gradwright.training.history import History
from gradwright.training.job import Job, Position

Changes = tuple[Change, ...]
MEASURED = 50  # epochs of a trial that are measured, so that its curve can be read


@dataclass(frozen=True, eq=False)
class Outcome:
    """What one training came to: the cost of each validation row (n,), its curve, and whether it broke."""

    costs: Array
    history: History = field(default_factory=History)
    broke: bool = False


@dataclass(eq=False)
class Trials:
    """The trainings of one original and of its changes, each made once.

    Args:
        config: the original, settled with ``data``.
        data: with validation rows.
        yardstick: what each is measured by.
        threads: how many are trained at a time.
        deadline: of ``time.monotonic``, after which none is finished.
        interrupted: whether Ctrl-C was pressed.
        is_less: whether config and data are less than the original trains (``extent``).
    """

    config: RunConfig
    data: Dataset
    yardstick: Yardstick
    threads: int
    deadline: float
    interrupted: Callable[[], bool] = lambda: False
    is_less: bool = False
    done: dict[tuple[Changes, int], Outcome | None] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        """Whether nothing more is begun."""
        return self.interrupted() or time.monotonic() >= self.deadline

    def of(self, wanted: Sequence[tuple[Changes, int]]) -> list[Outcome | None]:
        """What each pair of changes and seed comes to; None where there was no time, or it cannot be."""
        new = [each for each in dict.fromkeys(wanted) if each not in self.done]
        with ThreadPoolExecutor(self.threads, "trial") as pool:
            found = list(pool.map(lambda pair: self._trained(*pair), new))
        self.done |= {pair: outcome for pair, outcome in zip(new, found, strict=True) if outcome is not None}
        return [self.done.get(pair) for pair in wanted]

    def costs(self, changes: Changes, seeds: Sequence[int]) -> Array | None:
        """The costs (s, n) under some changes for each seed; None where one is not there."""
        found = [each.costs for each in self.of([(changes, seed) for seed in seeds]) if each is not None]
        return np.stack(found) if len(found) == len(seeds) else None

    def healed(self, changes: Changes, config: RunConfig, data: Dataset) -> tuple[RunConfig, Dataset] | None:
        """A config and its data under some changes; None where they cannot be trained."""
        try:
            config, data = applied(changes, config, data)
            return settle(config, data), data
        except GradwrightError:
            return None

    def _trained(self, changes: Changes, seed: int) -> Outcome | None:
        if self.is_over:
            return None
        changed = self.healed(changes, self.config, self.data)
        if changed is None:
            return None
        try:
            return self._carried_out(*changed, seed)
        except Exception:  # a piece of the user's own may not take what is changed: the other trials go on
            return None

    def _carried_out(self, config: RunConfig, data: Dataset, seed: int) -> Outcome | None:
        watched = config.keep == "best" or config.early_stopping is not None
        every = 1 if watched else max(1, config.epochs // MEASURED)
        config = config.model_copy(update={"seed": seed, "record_steps": False})
        job = Job(config, data, threads=1, measure_every=every)
        position: Position | None = None
        try:
            for reached in epochs(job, interrupted=lambda: self.is_over):
                position = reached
            if position is None or position.status == "interrupted":
                return None
            objective, theta = config.objective, job.kept(position)
            assert data.validation is not None
            outputs = job.engine.predict(objective, theta, data.validation.x, data.features)
        except DivergenceError:
            history = History() if position is None else position.history
            return Outcome(self.yardstick.constant, history, broke=True)
        costs = self.yardstick.costs(objective.loss, outputs, data)
        return Outcome(costs, position.history, not np.isfinite(outputs).all())
