"""Several networks as one model: the mean of what they answer, with probabilities that mean what they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gradwright.data import Dataset
from gradwright.engine import Engine, Task, choose_engine
from gradwright.engine.metrics import probabilities
from gradwright.nn.layer import Array
from gradwright.recipes.temperature import temperature
from gradwright.training import Run


@dataclass(frozen=True, eq=False)
class Ensemble:
    """The runs of one recipe, each on other rows or from another seed.

    Args:
        runs: of the networks.
        engine: what answers by them.
        temperature: what their logits are divided by; 1 where they are not calibrated.
        seen: of numbers the least and the largest of training, standardised (2, k): nothing is answered
            beyond them. None for labels.
        remarks: what was cut short.
    """

    runs: tuple[Run, ...]
    engine: Engine
    temperature: float = 1.0
    seen: Array | None = None
    remarks: tuple[str, ...] = ()

    @classmethod
    def of(cls, runs: Sequence[Run], sets: Sequence[Dataset], calibrate: bool) -> Ensemble:
        """That of trained runs and the data of each, whose validation rows calibrate them.

        Of ``sets`` the first are those of the ``runs``; there may be more.
        """
        first = sets[0]
        plain = cls(tuple(runs), engine_for(runs[0]))
        if not first.train.has_labels:
            return replace(plain, seen=_range_of(first))
        if not calibrate or first.validation is None:
            return plain
        held_out = [rows for k in range(len(runs)) if (rows := sets[k].validation) is not None]
        logits = [plain.outputs_of(run, rows.x) for run, rows in zip(runs, held_out, strict=True)]
        labels = np.concatenate([rows.y for rows in held_out])
        counts = [rows.weights for rows in held_out if rows.weights is not None]
        fitted = temperature(np.concatenate(logits), labels, np.concatenate(counts) if counts else None)
        return replace(plain, temperature=fitted)

    def predict_proba(self, x: Array) -> Array:
        """The mean probability of each class, (N, k) in float64, for encoded rows (N, d)."""
        each = [probabilities(self.outputs_of(run, x) / self.temperature) for run in self.runs]
        return np.asarray(np.mean(each, axis=0))

    def predict(self, x: Array) -> Array:
        """The likeliest class (N,), or the mean of standardised numbers (N, k), for encoded rows (N, d)."""
        if self.seen is None:
            labels: Array = self.predict_proba(x).argmax(axis=1)
            return labels
        each = [self.outputs_of(run, x).astype(np.float64) for run in self.runs]
        low, high = self.seen
        return np.asarray(np.mean(each, axis=0).clip(low, high))

    def outputs_of(self, run: Run, x: Array) -> Array:
        """What one network answers, (N, k)."""
        return self.engine.predict(run.objective, run.theta, np.ascontiguousarray(x), run.features)


def engine_for(run: Run) -> Engine:
    """What answers by the network of a run: the compiled engine, where it serves."""
    config = run.config
    task = Task(
        run.objective, config.optimizer, config.learning_rate, batch_size=1, seed=0, dtype=config.dtype
    )
    return choose_engine("auto", task)


def _range_of(data: Dataset) -> Array:
    """The least and the largest target (2, k) of the rows to train on and of those held out."""
    splits = [split for name, split in data.splits.items() if name != "test"]
    y = np.concatenate([split.y.reshape(len(split), -1) for split in splits])
    return np.stack([y.min(axis=0), y.max(axis=0)])
