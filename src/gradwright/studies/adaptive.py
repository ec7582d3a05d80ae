"""Optuna's samplers as a search: ask for a generation of trials, carry it out, tell what came of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from gradwright.errors import ConfigError
from gradwright.fields import Count, Seed, check_fields
from gradwright.studies.axis import Axis, Choice, Range
from gradwright.studies.search import Batches
from gradwright.studies.space import Point, Space


@dataclass(frozen=True)
class Optuna:
    """``trials`` points asked of one of Optuna's samplers, ``generation`` at a time.

    All of a generation are asked before any is told, so the points depend neither on the number of workers
    nor on which of them was first. A run that was pruned or did not finish is told as pruned.

    Args:
        trials: how many points.
        sampler: which of Optuna's.
        generation: points that are asked for before the scores of any are told.
        seed: of the sampler.

    Akiba et al., "Optuna" (2019).
    """

    trials: Count
    sampler: Literal["TPE", "GP", "CmaEs", "Random"] = "TPE"
    generation: Count = 8
    seed: Seed = 0

    def __post_init__(self) -> None:
        check_fields(self)

    def most(self, space: Space) -> int:  # noqa: ARG002
        return self.trials

    def batches(self, space: Space) -> Batches:
        optuna = _optuna()
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        study = optuna.create_study(
            sampler=getattr(optuna.samplers, f"{self.sampler}Sampler")(seed=self.seed)
        )
        for start in range(0, self.trials, self.generation):
            try:
                trials = [study.ask() for _ in range(min(self.generation, self.trials - start))]
                points = [_suggest(trial, space) for trial in trials]
            except ImportError as error:
                raise ConfigError(
                    f"search.sampler: {self.sampler} needs a package that is not installed: {error}"
                ) from None
            scores = yield points
            for trial, score in zip(trials, scores, strict=True):
                if math.isfinite(score):
                    study.tell(trial, score)
                else:
                    study.tell(trial, state=optuna.trial.TrialState.PRUNED)


def _suggest(trial: Any, space: Space) -> Point:
    point: Point = {}
    for axis in space.axes:
        if axis.active(point):
            point[axis.path] = _value(trial, axis)
    return point


def _value(trial: Any, axis: Axis) -> Any:
    match axis.values:
        case Choice(values):  # by number, since Optuna takes no lists
            return values[trial.suggest_categorical(axis.path, list(range(len(values))))]
        case Range(low, high, log, whole=True):
            return trial.suggest_int(axis.path, int(low), int(high), log=log)
        case Range(low, high, log) as span:
            return span.tidy(trial.suggest_float(axis.path, low, high, log=log))


def _optuna() -> Any:
    try:
        import optuna
    except ImportError:
        raise ConfigError(
            "search.kind: Optuna is not installed; install it with: pip install 'gradwright[sweeps]'"
        ) from None
    return optuna
