"""Many runs of an experiment side by side: configs and seeds on one data set, without a folder for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, TypeAlias

import numpy as np

from gradwright.data import Dataset
from gradwright.engine import Engine, Epoch, Metrics, OnStep, Rows, State, Task
from gradwright.engine.in_turn import in_turn
from gradwright.engine.variants import threads
from gradwright.errors import DivergenceError
from gradwright.nn.layer import Array
from gradwright.reproductions.experiment import Finding, Line
from gradwright.studies.estimate import Estimate
from gradwright.training import History, RunConfig, config_to_toml
from gradwright.training.agreement import settle
from gradwright.training.epochs import epochs
from gradwright.training.job import Job

POINTS = 25  # of a curve: measuring costs a third of an epoch

# Called after each epoch with the task and the state, and returns the state to go on from.
Between: TypeAlias = Callable[[Task, State], State]


@dataclass(frozen=True, eq=False)
class Trained:
    """One run: the parameters that it kept, and its history, measured at a few epochs."""

    job: Job
    theta: Array
    history: History
    diverged: str | None = None
    _measured: dict[str, Metrics] = field(default_factory=dict)

    def measured(self, split: str) -> Metrics:
        """What the kept parameters reach on a split: measured when it is asked for, and then remembered.

        A split that nobody asks for is never looked at, and costs nothing.
        """
        if split not in self._measured:
            self._measured[split] = self.job.evaluate(self.theta, self.job.data.splits[split])
        return self._measured[split]


@dataclass(frozen=True, eq=False)
class _Mistaken(Job):
    """A job with something done to the state after each epoch."""

    between: Between | None = None

    @cached_property
    def engine(self) -> Engine:
        engine, between = super().engine, self.between
        if between is None:
            return engine

        def train_epoch(task: Task, state: State, rows: Rows, on_step: OnStep) -> Epoch:
            epoch = engine.train_epoch(task, state, rows, on_step)
            return replace(epoch, state=between(task, epoch.state))

        return replace(engine, train_epoch=train_epoch, train_epochs=partial(in_turn, train_epoch))


def train_together(
    configs: Sequence[RunConfig], data: Dataset, between: Between | None = None, points: int = POINTS
) -> list[Trained]:
    """Train every config on the same data, each measured on the validation rows ``points`` times on its way.

    A run that diverges says so in its place, and the others go on.

    >>> from gradwright.data import load
    >>> from gradwright.training import make_config
    >>> config = make_config(network={"kind": "mlp", "widths": [2, 4, 2]}, epochs=1)
    >>> [run] = train_together([config], load("swiss-roll"))
    >>> run.measured("validation")["accuracy"] > 0.5
    True
    """
    jobs = [
        _Mistaken(
            settle(config.model_copy(update={"measure_train": "running"}), data),
            data,
            threads=1 if len(configs) > 1 else None,  # a single one gets all threads for itself
            measure_every=max(1, config.epochs // points),
            between=between,
        )
        for config in configs
    ]
    with ThreadPoolExecutor(threads()) as pool:
        return list(pool.map(_trained, jobs))


def _trained(job: Job) -> Trained:
    position = start = job.start()
    try:
        for position in epochs(job, start):  # noqa: B007  the last one is what counts
            pass
    except DivergenceError as error:
        return Trained(job, job.kept(position), position.history, str(error))
    return Trained(job, job.kept(position), position.history)


@dataclass(frozen=True, eq=False)
class OverSeeds:
    """What a config reached over seeds."""

    config: RunConfig
    runs: tuple[Trained, ...]

    def values(self, split: str, metric: str) -> list[float]:
        """The metric of each run that did not diverge."""
        return [run.measured(split)[metric] for run in self.runs if not run.diverged]

    def __call__(self, split: str, metric: str = "accuracy") -> Estimate | None:
        """Mean and deviation over the seeds; None where every run diverged."""
        values = self.values(split, metric)
        return Estimate.of(values) if values else None

    def curve(self, metric: str = "accuracy") -> list[tuple[float, float]]:
        """The mean over seeds of the measured curve, on validation rows, after the start."""
        histories = [run.history.epochs[1:] for run in self.runs if not run.diverged]
        return [
            (float(lines[0].epoch), float(np.mean([(line.validation or {})[metric] for line in lines])))
            for lines in zip(*histories, strict=True)
        ]


def over_seeds(
    cases: Mapping[str, RunConfig],
    data: Dataset,
    seeds: Sequence[int],
    between: Between | None = None,
    points: int = POINTS,
) -> dict[str, OverSeeds]:
    """Every case with every seed, all of them side by side, each measured ``points`` times on its way."""
    configs = [case.model_copy(update={"seed": seed}) for case in cases.values() for seed in seeds]
    runs = train_together(configs, data, between, points)
    count = len(seeds)
    return {
        name: OverSeeds(case, tuple(runs[i * count : (i + 1) * count]))
        for i, (name, case) in enumerate(cases.items())
    }


def best_on_validation(outcomes: Mapping[str, OverSeeds]) -> tuple[str, OverSeeds]:
    """The case with the highest mean accuracy on the validation rows; one that diverged does not compete."""
    means = {name: spread.mean for name, o in outcomes.items() if (spread := o("validation")) is not None}
    best = max(means, key=means.__getitem__)
    return best, outcomes[best]


def finding_of(
    lines: Iterable[Line], why: tuple[str, ...], ours: Mapping[str, OverSeeds], data: Dataset, **more: Any
) -> Finding:
    """What came of the corrected runs ``ours``; their curves are shown, unless ``more`` has others."""
    about: dict[str, Any] = {
        "curves": {name: outcome.curve() for name, outcome in ours.items()},
        "configs": configs_of(ours),
        "data": {data.name: data.checksum()},
    }
    return Finding(tuple(lines), why, **{**about, **more})


def configs_of(outcomes: Mapping[str, OverSeeds]) -> dict[str, str]:
    """The configs of the cases as TOML, by name."""
    return {name: config_to_toml(outcome.config) for name, outcome in outcomes.items()}
