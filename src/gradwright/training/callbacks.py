"""What may look on after each epoch, and end the run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from gradwright.fields import Count, NonNegative, check_fields
from gradwright.nn.layer import Array
from gradwright.specs import kinds_of
from gradwright.training.history import History
from gradwright.training.metrics import Metric, as_metric


class Callback(Protocol):
    """Called after each epoch, and once before the first, with the history so far and a read-only theta."""

    def __call__(self, history: History, theta: Array) -> bool | None:
        """True ends the run here; anything else goes on."""


@dataclass(frozen=True, kw_only=True)
class EarlyStopping:
    """Ends a run whose monitored metric has not become better by ``min_delta`` for ``patience`` epochs.

    A pure function of the history, so a resumed run stops in the same epoch as one that was never killed.

    Args:
        patience: epochs without anything better.
        min_delta: by how much a value must be better to count, in units of the metric.

    >>> EarlyStopping(patience=5)
    EarlyStopping(patience=5, min_delta=0.0)
    """

    patience: Count
    min_delta: NonNegative = 0.0

    def __post_init__(self) -> None:
        check_fields(self)

    def should_stop(self, history: History, monitor: Metric | str) -> bool:
        """True once the last ``patience`` epochs brought nothing better than the best before them.

        >>> from gradwright.training import EpochRecord
        >>> losses = [0.9, 0.5, 0.6, 0.7]
        >>> history = History(tuple(EpochRecord(e, e, {"loss": l}) for e, l in enumerate(losses)))
        >>> EarlyStopping(patience=2).should_stop(history, "train.loss")
        True
        """
        metric = as_metric(monitor)
        costs = [metric.cost(value) for value in history.curve(str(metric))]
        if len(costs) <= self.patience:
            return False
        return not min(costs[-self.patience :]) < min(costs[: -self.patience]) - self.min_delta


EARLY_STOPPING_KINDS = kinds_of(EarlyStopping)
