"""From trained networks to an ensemble: what rows that were held out say of it.

Each of several folds has rows that one network did not train on, and that network alone answers them: so a
row counts as a new one does. Where a data set brings its own validation rows, none of the networks has seen
them, and all answer together; and so do they, for want of better, where no row was held out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gradwright.data import Dataset, Split
from gradwright.data.divide import take
from gradwright.nn.layer import Array
from gradwright.recipes.ensemble import Ensemble
from gradwright.recipes.folds import Folds
from gradwright.recipes.temperature import temperature
from gradwright.training import Run
from gradwright.training.importance import importance_on
from gradwright.training.outcome import Classified, Outcome, outcome_on


@dataclass(frozen=True, eq=False)
class Part:
    """Rows called ``name``, by their ``numbers`` in ``data``, and the ``runs`` of whoever answers them."""

    name: str
    data: Split
    numbers: Array
    runs: tuple[Run, ...]

    @property
    def rows(self) -> Split:
        """A copy of them, which nobody keeps."""
        return take(self.data, self.numbers)


def ensemble_of(runs: Sequence[Run], sets: Sequence[Dataset], calibrate: bool) -> Ensemble:
    """The ensemble of trained runs and the data of each, calibrated and measured on the rows held out.

    Of ``sets`` the first are those of the ``runs``; there may be more.
    """
    data, parts = sets[0], held_out(runs, sets)
    ensemble = Ensemble(tuple(runs))
    if not data.train.has_labels:
        ensemble = replace(ensemble, seen=_range_of(data))
    elif calibrate and parts[0].name != "train":
        ensemble = replace(ensemble, temperature=_temperature(ensemble, parts))
    return _measured(ensemble, parts, data)


def held_out(runs: Sequence[Run], sets: Sequence[Dataset]) -> list[Part]:
    """Rows that count as new ones, and who answers them."""
    if isinstance(sets, Folds):
        numbers = map(sets.held_out, range(len(runs)))
        return [
            Part("held-out", sets.data.train, some, (run,)) for some, run in zip(numbers, runs, strict=True)
        ]
    name, split = ("validation", sets[0].validation) if sets[0].validation else ("train", sets[0].train)
    return [Part(name, split, np.arange(len(split)), tuple(runs))]


def _temperature(ensemble: Ensemble, parts: Sequence[Part]) -> float:
    """What the logits of each network are to be divided by."""
    pairs = [(part, run) for part in parts for run in part.runs]
    logits = np.concatenate([ensemble.outputs_of(run, part.rows.x) for part, run in pairs])
    numbers = np.concatenate([part.numbers for part, _ in pairs])
    data = parts[0].data
    counts = None if data.weights is None else data.weights[numbers]
    return temperature(logits, data.y[numbers], counts)


def _measured(ensemble: Ensemble, parts: Sequence[Part], data: Dataset) -> Ensemble:
    """The ensemble with what it answered on the rows held out, and what columns are worth to it there."""
    measured = replace(ensemble, outcome=_outcome(ensemble, parts, data))
    if data.encoding is None:
        return measured
    first = ensemble.runs[0]
    answered = [(part.rows, _by(ensemble, part.runs)) for part in parts]
    work, loss = first.theta.size * len(parts[0].runs), first.objective.loss
    worth = importance_on(answered, work, loss, first.target, data.encoding, parts[0].name)
    return replace(measured, importance=worth)


def _outcome(ensemble: Ensemble, parts: Sequence[Part], data: Dataset) -> Outcome | None:
    first, numbers = ensemble.runs[0], np.concatenate([part.numbers for part in parts])
    outputs = np.concatenate([ensemble.outputs(part.rows.x, part.runs) for part in parts])
    rows, loss = take(parts[0].data, numbers), first.objective.loss
    found = outcome_on(rows, lambda some: outputs[some], loss, first.target, parts[0].name, data.num_classes)
    return replace(found, rows=numbers[found.rows]) if isinstance(found, Classified) else found


def _by(ensemble: Ensemble, runs: Sequence[Run]) -> Callable[[Array], Array]:
    return lambda x: ensemble.outputs(x, runs)


def _range_of(data: Dataset) -> Array:
    """The least and the largest target (2, k) of the rows to train on and of those held out."""
    splits = [split for name, split in data.splits.items() if name != "test"]
    y = np.concatenate([split.y.reshape(len(split), -1) for split in splits])
    return np.stack([y.min(axis=0), y.max(axis=0)])
