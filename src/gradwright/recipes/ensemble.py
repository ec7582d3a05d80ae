"""Several networks as one model: the mean of what they answer, with probabilities that mean what they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gradwright.engine import Engine, Task, choose_engine
from gradwright.engine.metrics import probabilities
from gradwright.nn.layer import Array
from gradwright.training import Run
from gradwright.training.importance import Importance
from gradwright.training.outcome import Outcome

TINY = 1e-300  # the least probability that has a logarithm


@dataclass(frozen=True, eq=False)
class Ensemble:
    """The runs of one recipe, each on other rows or from another seed.

    Args:
        runs: of the networks.
        temperature: what their logits are divided by; 1 where they are not calibrated.
        seen: of numbers the least and the largest of training, standardised (2, k): nothing is answered
            beyond them. None for labels.
        outcome: what was answered on rows held out, each by the networks that did not train on it.
        importance: what the columns of a table are worth, measured on the same rows.
        remarks: what was cut short.
    """

    runs: tuple[Run, ...]
    temperature: float = 1.0
    seen: Array | None = None
    outcome: Outcome | None = None
    importance: Importance | None = None
    remarks: tuple[str, ...] = ()

    def predict_proba(self, x: Array) -> Array:
        """The mean probability of each class, (N, k) in float64, for encoded rows (N, d)."""
        return self._mean_probability(self.runs, x)

    def predict(self, x: Array) -> Array:
        """The likeliest class (N,), or the mean of standardised numbers (N, k), for encoded rows (N, d)."""
        found = self.outputs(x)
        return found if self.seen is not None else np.asarray(found.argmax(axis=1))

    def outputs(self, x: Array, runs: Sequence[Run] | None = None) -> Array:
        """What all networks, or those of some ``runs``, answer together, (N, k) in float64, as one would:
        logarithms of mean probabilities, or mean numbers within those seen."""
        if self.seen is None:
            return np.log(np.maximum(self._mean_probability(runs or self.runs, x), TINY))
        each = [self.outputs_of(run, x).astype(np.float64) for run in runs or self.runs]
        low, high = self.seen
        return np.asarray(np.mean(each, axis=0).clip(low, high))

    def outputs_of(self, run: Run, x: Array) -> Array:
        """What one network answers, (N, k)."""
        return self._engine.predict(run.objective, run.theta, np.ascontiguousarray(x), run.features)

    def _mean_probability(self, runs: Sequence[Run], x: Array) -> Array:
        each = [probabilities(self.outputs_of(run, x) / self.temperature) for run in runs]
        return np.asarray(np.mean(each, axis=0))

    @cached_property
    def _engine(self) -> Engine:
        """What answers by their networks, which are alike: the compiled engine, where it serves."""
        config = self.runs[0].config
        objective, optimizer, schedule = config.objective, config.optimizer, config.learning_rate
        task = Task(objective, optimizer, schedule, batch_size=1, seed=0, dtype=config.dtype)
        return choose_engine("auto", task)
