"""From a data set to an ensemble: which rows each network has, its config, and how long it may take."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gradwright.data import Dataset
from gradwright.engine import native
from gradwright.engine.variants import threads as all_threads
from gradwright.engine.variants import variant
from gradwright.errors import ConfigError
from gradwright.recipes.ensemble import Ensemble
from gradwright.recipes.folds import folds
from gradwright.recipes.recipe import EPOCHS, recipe
from gradwright.recipes.together import epochs_within, train_side_by_side
from gradwright.training import Run, RunConfig
from gradwright.training.job import Job

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

    Raises ``ConfigError`` for folds of data that have validation rows, ``DataError`` for fewer rows than
    folds.
    """
    begun, threads = time.monotonic(), threads or all_threads()
    sets = member_sets(data, n_cv, seed)
    whole = recipe(sets[0], epochs=epochs, seed=seed) if config is None else config
    seconds = math.inf if time_limit is None else time_limit
    planned = _at_best_precision(whole, sets[0]) if config is None else whole
    if config is None and time_limit is not None:
        possible = epochs_within(seconds / math.ceil(len(sets) / threads), planned, sets[0])
        shorter = recipe(sets[0], epochs=min(epochs, possible), seed=seed)
        planned = shorter.model_copy(update={"precision": planned.precision})
    runs = train_side_by_side(_seeded(planned, len(sets)), sets, threads=threads, until=begun + seconds)
    ensemble = Ensemble.of(runs, sets[: len(runs)], calibrate)
    return replace(ensemble, remarks=_remarks(runs, len(sets), whole.epochs))


def member_sets(data: Dataset, n_cv: int, seed: int) -> list[Dataset]:
    """The data of each network."""
    if data.validation is not None and n_cv > 1:
        raise ConfigError(
            f"n_cv: the data set {data.name!r} brings its own validation rows, found n_cv = {n_cv}"
        )
    if data.validation is not None or len(data.train) < FEWEST:
        return [data] * max(n_cv, MEMBERS)
    return folds(data, PARTS, MEMBERS, seed) if n_cv == 1 else folds(data, n_cv, n_cv, seed)


def _at_best_precision(config: RunConfig, data: Dataset) -> RunConfig:
    """The config with products of bfloat16 parts, as exact as float32, where a processor has tiles for them.

    Elsewhere they would take longer, or cannot be had.
    """
    if native.available() and variant() == "amx":
        faster = config.model_copy(update={"precision": "bf16x3"})
        with contextlib.suppress(ConfigError):
            _ = Job(faster, data).engine
            return faster
    return config


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
