"""From a data set to an ensemble: which rows each network has, its config, and how long it may take."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gradwright.data import Dataset
from gradwright.engine.variants import threads as all_threads
from gradwright.errors import ConfigError, DivergenceError
from gradwright.fields import Count, Positive, Seed, require
from gradwright.nn import (
    Focal,
    Huber,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
    Quantile,
    SoftmaxCrossEntropy,
)
from gradwright.recipes.ensemble import Ensemble
from gradwright.recipes.folds import folds
from gradwright.recipes.held_out import ensemble_of
from gradwright.recipes.recipe import EPOCHS, recipe
from gradwright.recipes.within import epochs_within
from gradwright.training import Run, RunConfig, train_many

PARTS, MEMBERS = 5, 2  # a single fit is of so many networks, each told its best epoch by another fifth
FEWEST = 40  # rows of which some can be held out: a fifth of fewer tells no epoch from another


def fit_members(
    data: Dataset,
    *,
    n_cv: int = 1,
    seed: int = 0,
    epochs: int = EPOCHS,
    config: RunConfig | None = None,
    calibrate: bool = True,
    time_limit: float | None = None,
    threads: int | None = None,
) -> Ensemble:
    """The ensemble that is trained on the encoded rows of ``data``.

    Args:
        data: encoded rows; where there are validation rows, they tell every network its best epoch.
        n_cv: 1 for a single fit, else the number of folds: a network for each, without its rows.
        seed: of the folds and of the networks.
        epochs: passes over the rows, at most.
        config: another recipe, whose own seed and epochs hold.
        calibrate: whether a temperature is fitted on the rows that were held out.
        time_limit: seconds: as many epochs are made as there is time for.
        threads: of the engine; by default all.

    Raises ``ConfigError`` for settings that cannot be, and for folds of data that have validation rows;
    ``DataError`` for fewer rows than folds, ``DivergenceError`` where a network diverges.
    """
    begun, epochs = time.monotonic(), require("epochs", epochs, Count)
    threads = all_threads() if threads is None else require("threads", threads, Count)
    seconds = math.inf if time_limit is None else require("time_limit", time_limit, Positive)
    sets = member_sets(data, require("n_cv", n_cv, Count), require("seed", seed, Seed))
    if config is None:
        config = _planned(sets[0], epochs, seed, seconds / math.ceil(len(sets) / threads))
    else:
        epochs = config.epochs
        _require_mean(config.loss, data)
    left = begun + seconds - time.monotonic()
    runs = train_many(_seeded(config, len(sets)), sets, threads=threads, time_limit=left)
    if broken := next((run for run in runs if run.status == "diverged"), None):
        raise DivergenceError(broken.message)
    return replace(ensemble_of(runs, sets, calibrate), remarks=_remarks(runs, len(sets), epochs))


def _planned(data: Dataset, epochs: int, seed: int, seconds: float) -> RunConfig:
    """The recipe, of as many epochs as a run has time for in so many seconds."""
    config = recipe(data, epochs=epochs, seed=seed)
    if seconds == math.inf or (possible := epochs_within(seconds, config, data)) >= epochs:
        return config
    return recipe(data, epochs=possible, seed=seed)


def member_sets(data: Dataset, n_cv: int, seed: int) -> Sequence[Dataset]:
    """The data of each network."""
    if data.validation is not None and n_cv > 1:
        raise ConfigError(
            f"n_cv: the data set {data.name!r} brings its own validation rows, found n_cv = {n_cv}"
        )
    if data.validation is not None or len(data.train) < FEWEST:
        return [data] * max(n_cv, MEMBERS)
    return folds(data, PARTS, MEMBERS, seed) if n_cv == 1 else folds(data, n_cv, n_cv, seed)


def _require_mean(loss: Loss | None, data: Dataset) -> None:
    """Raise ``ConfigError`` for a loss whose answers are no probabilities of classes, or no numbers as given:
    their mean over networks would be something else."""
    labels = data.train.has_labels
    kinds = (SoftmaxCrossEntropy, Focal) if labels else (MeanSquaredError, MeanAbsoluteError, Huber, Quantile)
    if loss is not None and not isinstance(loss, kinds):
        names, what = ", ".join(kind.__name__ for kind in kinds), "labels" if labels else "numbers"
        raise ConfigError(
            f"loss: expected one of {names} for {what}, so that answers can be averaged, "
            f"found {type(loss).__name__}"
        )


def _seeded(config: RunConfig, count: int) -> Sequence[RunConfig]:
    """The config once for each network, the first with its own seed, the others with seeds made of it."""
    others = np.random.SeedSequence(config.seed).generate_state(count - 1).tolist()
    return [config.model_copy(update={"seed": seed}) for seed in (config.seed, *others)]


def _remarks(runs: Sequence[Run], wanted: int, epochs: int) -> tuple[str, ...]:
    """What was cut short, in words."""
    made = [run.history[-1].epoch for run in runs]
    if len(runs) == wanted and min(made) == epochs:
        return ()
    spans = f"{min(made)} to {max(made)}" if min(made) < max(made) else f"{made[0]}"
    return (f"cut short: {len(runs)} of {wanted} networks were trained, {spans} of {epochs} epochs",)
