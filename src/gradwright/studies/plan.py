"""What a study is to do, as its TOML file says it: base config, space, search, repeats, pruning."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import numpy as np

from gradwright.errors import ConfigError
from gradwright.fields import Domain, require
from gradwright.specs import from_spec, kinds_of, suggestion
from gradwright.studies.adaptive import Optuna
from gradwright.studies.pruning import Median
from gradwright.studies.read_space import RANGES, read_space
from gradwright.studies.search import MOST_POINTS, CoarseToFine, Grid, Halton, Random, Search, Sobol
from gradwright.studies.space import Point, Space
from gradwright.toml import read_toml
from gradwright.training.config import RunConfig, make_config, override
from gradwright.training.metrics import Metric

VERSION = 1
KEYS = dict.fromkeys(("version", "base", "space", "search", "repeats", "pruning"))
SEARCHES = kinds_of(Grid, Random, Sobol, Halton, CoarseToFine, Optuna)
PRUNING = kinds_of(Median)
Repeats: TypeAlias = Annotated[int, Domain("a whole number >= 1", int, lambda n: n >= 1, 100_000)]
REPEATS = 3  # the branch of the base seed's tree from which the repeats' seeds are spawned


@dataclass(frozen=True, eq=False)
class Plan:
    """A study before its first run: its tables as in the file, and what they mean.

    ``base`` are the settings of a run, which each point changes.
    """

    tables: Mapping[str, Any]
    base: Mapping[str, Any]
    space: Space
    search: Search = Grid()
    repeats: int = 1
    pruning: Median | None = None

    @property
    def name(self) -> str:
        """The name of the study: that of its base config."""
        return self.base_config.name

    @property
    def monitor(self) -> Metric:
        """The metric by which configurations are told apart; never one of the test set."""
        return self.base_config.monitored

    @cached_property
    def base_config(self) -> RunConfig:
        """The config of a run without any change."""
        return make_config(**copy.deepcopy(dict(self.base)))

    @property
    def total_runs(self) -> int:
        """The number of runs in all, repeats included; there are fewer where points come up again."""
        return self.search.most(self.space) * self.repeats

    @cached_property
    def seeds(self) -> tuple[int, ...]:
        """A seed for each repeat, spawned from the base config's and the same at every point.

        Runs at two points thus come in pairs. More repeats keep the seeds of fewer.
        """
        streams = np.random.SeedSequence(self.base_config.seed, spawn_key=(REPEATS,)).spawn(self.repeats)
        return tuple(int(stream.generate_state(1)[0]) for stream in streams)

    @property
    def rounds(self) -> list[tuple[int, ...]]:
        """The seeds that are carried out side by side; those of a later round only where none was pruned.

        With pruning the first seed goes before the others, and decides for all: a configuration is pruned as
        a whole, by a curve that is held against those of the same seed.
        """
        if self.pruning is None or self.repeats == 1:
            return [self.seeds]
        return [self.seeds[:1], self.seeds[1:]]

    def config(self, point: Point, seed: int) -> RunConfig:
        """The config of the run at ``point`` with ``seed``.

        Raises ``ConfigError`` for a point that makes an impossible config.
        """
        return make_config(**self.settings(point, seed))

    def settings(self, point: Point, seed: int) -> dict[str, Any]:
        """The base settings, changed as ``point`` says."""
        settings = copy.deepcopy(dict(self.base))
        for path in sorted(point, key=lambda path: path.count(".")):  # a table before what lies in it
            override(settings, path, copy.deepcopy(point[path]))
        return {**settings, "seed": seed}

    def check(self) -> None:
        """Make the config at every end of every axis, so that what cannot be is known before the first run.

        Raises ``ConfigError`` for an axis that is no setting, or takes values that the setting cannot.
        """
        try:
            config = self.base_config
        except ConfigError as error:
            raise ConfigError("\n".join(f"base.{line}" for line in str(error).splitlines())) from None
        if config.monitored.split == "train":
            raise ConfigError(f"base.monitor: a study selects on validation data, found {config.monitor!r}")
        for point in self.space.extremes():
            try:
                self.config(point, seed=0)
            except ConfigError as error:
                raise ConfigError(f"space: at {_words(point)}: {error}{_hint(point)}") from None
        if self.total_runs > MOST_POINTS:  # asking for it names a grid that is too large
            raise ConfigError(
                f"expected a study of at most {MOST_POINTS:,} runs, found one of {self.total_runs:,}"
            )


def read_plan(path: Path | str, name: str | None = None, *, links: bool = True) -> Plan:
    """The plan in a TOML file, called ``name`` where the file gives none; ``links`` says if it may be one.

    Raises ``ConfigError`` that names the file and the key that is unknown, missing or impossible.
    """
    settings = read_toml(Path(path), "a study", links=links)
    if name is not None and isinstance(base := settings.get("base"), dict):
        base.setdefault("name", name)
    try:
        return plan_of(settings)
    except ConfigError as error:
        raise ConfigError("\n".join(f"{path}: {line}" for line in str(error).splitlines())) from None


def plan_of(settings: Mapping[str, Any]) -> Plan:
    """The plan that tables as in the file describe.

    Raises ``ConfigError`` that names the key that is unknown, missing or impossible.
    """
    if "network" in settings:
        raise ConfigError("expected a study, with [base] and [space], found the config of one run")
    for key in settings:
        if key not in KEYS:
            raise ConfigError(f"{key}: there is no such key{suggestion(key, KEYS)}")
    if settings.get("version", VERSION) != VERSION:
        raise ConfigError(f"version: expected a study of version {VERSION}, found {settings['version']!r}")
    for key in ("base", "space"):
        if not isinstance(settings.get(key), Mapping):
            raise ConfigError(f"{key}: expected a table, found {settings.get(key, 'none')!r}")
    repeats = require("repeats", settings.get("repeats", 1), Repeats)
    pruning = settings.get("pruning")
    plan = Plan(
        tables=settings,
        base=settings["base"],
        space=read_space(settings["space"]),
        search=from_spec(settings.get("search", "Grid"), SEARCHES, "search"),
        repeats=repeats,
        pruning=None if pruning is None else from_spec(pruning, PRUNING, "pruning"),
    )
    plan.check()
    return plan


def _hint(point: Point) -> str:
    """What may be meant where a point is impossible: a range that was misspelt, or a condition left out."""
    *others, path = point
    name = path.rpartition(".")[2]
    if close := difflib.get_close_matches(name, RANGES, n=1):
        return f"; for a range write {close[0]}"
    parent = next((other for other in others if path.startswith(f"{other}.")), None)
    return "" if parent is None else f"; a setting that some values of {parent} do not have needs a 'when'"


def _words(point: Point) -> str:
    return ", ".join(f"{path} = {value!r}" for path, value in point.items())


def generations(points: list[Point], pruning: Median | None) -> Iterator[list[Point]]:
    """A batch in the parts that are carried out one after the other."""
    size = len(points) if pruning is None else pruning.generation
    for start in range(0, len(points), max(size, 1)):
        yield points[start : start + size]
