"""Many runs of an experiment side by side: configs and seeds on one data set, without a folder for each."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from gradwright.data import Dataset
from gradwright.engine import Epoch, Metrics, Rows, State, Task
from gradwright.engine.many import train_many
from gradwright.engine.variants import threads
from gradwright.errors import DivergenceError
from gradwright.nn.layer import Array
from gradwright.show.results import Spread
from gradwright.training import RunConfig, config_to_toml
from gradwright.training.agreement import settle
from gradwright.training.job import Job

POINTS = 25  # of a curve: measuring costs a third of an epoch

# Called after each epoch with the task and the state, and returns the state to go on from.
Between: TypeAlias = Callable[[Task, State], State]


@dataclass(frozen=True, eq=False)
class Trained:
    """One run: the parameters that it kept, and a thinned curve."""

    job: Job
    theta: Array
    curve: list[tuple[int, Metrics]]  # (epoch, metrics on the validation rows, or the training rows without)
    diverged: str | None = None
    _measured: dict[str, Metrics] = field(default_factory=dict)

    def measured(self, split: str) -> Metrics:
        """What the kept parameters reach on a split: measured when it is asked for, and then remembered.

        A split that nobody asks for is never looked at, and costs nothing.
        """
        if split not in self._measured:
            self._measured[split] = self.job.evaluate(self.theta, self.job.data.splits[split])
        return self._measured[split]


class _Course:
    """A run under way."""

    def __init__(self, config: RunConfig, data: Dataset, points: int) -> None:
        self.job = Job(settle(config, data), data)
        self.state = self.job.task.initial_state()
        self.best, self.kept = math.inf, self.state.theta
        self.curve: list[tuple[int, Metrics]] = []
        self.diverged: str | None = None
        self.every = max(1, config.epochs // points)

    @property
    def active(self) -> bool:
        return self.diverged is None and self.state.epoch < self.job.config.epochs

    def advance(self, epoch: Epoch | DivergenceError, between: Between | None) -> None:
        if isinstance(epoch, DivergenceError):
            self.diverged = str(epoch)
            return
        self.state = epoch.state if between is None else between(self.job.task, epoch.state)
        done = self.state.epoch
        if done % self.every == 0 or done == self.job.config.epochs:
            self._measure()

    def _measure(self) -> None:
        data = self.job.data
        metrics = self.job.evaluate(self.state.theta, data.validation or data.train)
        self.curve.append((self.state.epoch, metrics))
        if metrics["loss"] < self.best or self.job.config.keep == "last":
            self.best, self.kept = metrics["loss"], self.state.theta

    def finish(self) -> Trained:
        return Trained(self.job, self.kept, self.curve, self.diverged)


def train_together(
    configs: Sequence[RunConfig], data: Dataset, between: Between | None = None, points: int = POINTS
) -> list[Trained]:
    """Train every config on the same data, each measured ``points`` times on its way.

    With ``keep = "best"`` the parameters of the best measured validation loss are kept.

    A run that diverges says so in its place, and the others go on.

    >>> from gradwright.data import load
    >>> from gradwright.training import make_config
    >>> config = make_config(network={"kind": "mlp", "widths": [2, 4, 2]}, epochs=1)
    >>> [run] = train_together([config], load("swiss-roll"))
    >>> run.measured("validation")["accuracy"] > 0.5
    True
    """
    courses = [_Course(config, data, points) for config in configs]
    rows = Rows(data.train, data.features)
    compiled = all(course.job.engine.name == "native" for course in courses)
    while active := [course for course in courses if course.active]:
        epochs: Sequence[Epoch | DivergenceError]
        if compiled and len(active) > 1:  # a single one gets all threads for itself
            tasks, states = [c.job.task for c in active], [c.state for c in active]
            epochs = train_many(tasks, states, rows, threads())
        else:
            epochs = [_alone(course, rows) for course in active]
        for course, epoch in zip(active, epochs, strict=True):
            course.advance(epoch, between)
    return [course.finish() for course in courses]


def _alone(course: _Course, rows: Rows) -> Epoch | DivergenceError:
    try:
        return course.job.engine.train_epoch(course.job.task, course.state, rows, lambda *_: True)
    except DivergenceError as error:
        return error


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a config reached over seeds."""

    config: RunConfig
    runs: tuple[Trained, ...]

    def values(self, split: str, metric: str) -> list[float]:
        """The metric of each run that did not diverge."""
        return [run.measured(split)[metric] for run in self.runs if not run.diverged]

    def __call__(self, split: str, metric: str = "accuracy") -> Spread | None:
        """Mean and deviation over the seeds; None where every run diverged."""
        values = self.values(split, metric)
        return Spread.of(values) if values else None

    def curve(self, metric: str = "accuracy") -> list[tuple[float, float]]:
        """The mean over seeds of the measured curve."""
        curves = [run.curve for run in self.runs if not run.diverged]
        points = zip(*curves, strict=True)
        return [(float(p[0][0]), float(np.mean([m[metric] for _, m in p]))) for p in points]


def over_seeds(
    cases: Mapping[str, RunConfig],
    data: Dataset,
    seeds: Sequence[int],
    between: Between | None = None,
    points: int = POINTS,
) -> dict[str, Outcome]:
    """Every case with every seed, all of them side by side, each measured ``points`` times on its way."""
    configs = [case.model_copy(update={"seed": seed}) for case in cases.values() for seed in seeds]
    runs = train_together(configs, data, between, points)
    count = len(seeds)
    return {
        name: Outcome(case, tuple(runs[i * count : (i + 1) * count]))
        for i, (name, case) in enumerate(cases.items())
    }


def best_on_validation(outcomes: Mapping[str, Outcome]) -> tuple[str, Outcome]:
    """The case with the highest mean accuracy on the validation rows; one that diverged does not compete."""
    means = {name: spread.mean for name, o in outcomes.items() if (spread := o("validation")) is not None}
    best = max(means, key=means.__getitem__)
    return best, outcomes[best]


def configs_of(outcomes: Mapping[str, Outcome]) -> dict[str, str]:
    """The configs of the cases as TOML, by name."""
    return {name: config_to_toml(outcome.config) for name, outcome in outcomes.items()}
