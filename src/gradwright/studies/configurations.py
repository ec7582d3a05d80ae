"""The runs of a study, gathered: a configuration for each point of the space, with a value for each seed."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from gradwright.errors import ConfigError, RecordError
from gradwright.nn.layer import Array
from gradwright.printable import printable
from gradwright.studies.estimate import Estimate
from gradwright.training.metrics import Metric, as_metric
from gradwright.training.opening import SEALED
from gradwright.training.record import RunRecord, flat

Item = TypeVar("Item")
LEAST_SEEDS = 2  # a configuration with fewer has no spread, and is no winner where another has them
USUAL_METRICS = ("validation.accuracy", "validation.loss")  # the first that a run has decides


@dataclass(frozen=True)
class Configuration:
    """A point of the space with the runs of its seeds, all of the largest budget that each seed was given."""

    point: Mapping[str, Any]
    records: tuple[RunRecord, ...]  # finished, by seed
    broken: int  # diverged, failed, or finished with a metric that is not a finite number
    pruned: int
    metric: Metric
    messages: tuple[str | None, ...] = ()  # of the broken runs
    unfinished: tuple[RunRecord, ...] = ()  # pruned or diverged: what they reached until then

    @cached_property
    def values(self) -> dict[int, float]:
        """The metric of each finished run by its seed."""
        return {record.seed: value_of(record, self.metric) for record in self.records}

    @cached_property
    def estimate(self) -> Estimate | None:
        """Mean, spread and interval over the seeds; None where no run was finished."""
        return Estimate.of(list(self.values.values())) if self.records else None

    @property
    def mean(self) -> float:
        """The mean over the finished runs.

        Raises ``RecordError`` where there are none.
        """
        if self.estimate is None:
            raise RecordError(f"{self.name}: expected a finished run, found none")
        return self.estimate.mean

    @property
    def whole(self) -> bool:
        """Whether all runs were finished, so that their mean is not one of survivors."""
        return not self.broken and not self.pruned

    @property
    def seconds(self) -> float:
        """The mean time of a finished run."""
        return float(np.mean([record.seconds for record in self.records]))

    @property
    def name(self) -> str:
        """The point in words, such as ``batch_size 32, learning_rate 0.1``."""
        return point_text(self.point)


def gather(records: Sequence[RunRecord], metric: Metric | str) -> list[Configuration]:
    """The configurations of a study, in the order in which their points are first met.

    Raises ``ConfigError`` for a metric of the test set, or one that a finished run does not have, and
    ``RecordError`` where runs at the same point with the same seed had different data.
    """
    if str(metric).startswith(SEALED):
        raise ConfigError(
            f"metric: expected one of the validation split, found {str(metric)!r}: the test set is sealed"
        )
    points = grouped(records, lambda record: point_key(record.point))
    return [_configuration(_largest_by_seed(runs), as_metric(metric)) for runs in points]


def grouped(items: Iterable[Item], key: Callable[[Item], Hashable]) -> list[list[Item]]:
    """Items with equal keys side by side, in the order in which each key is first met.

    >>> grouped(["b1", "a1", "b2"], key=lambda item: item[0])
    [['b1', 'b2'], ['a1']]
    """
    groups: dict[Hashable, list[Item]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return list(groups.values())


def _largest_by_seed(records: Sequence[RunRecord]) -> list[RunRecord]:
    """Of the runs at a point the one with the largest budget for each seed."""
    seeds: dict[int, RunRecord] = {}
    for record in records:
        known = seeds.get(record.seed)
        if known is not None and known.data != record.data:
            raise RecordError(
                f"runs/{known.id}.json and runs/{record.id}.json: expected runs with the same settings and "
                f"seed to have the same data, found {known.data[:12]}... and {record.data[:12]}...; "
                "the data changed in the middle of the study: move the runs on the old ones elsewhere"
            )
        if known is None or record.budget >= known.budget:
            seeds[record.seed] = record
    return list(seeds.values())


def ranking(
    records: Sequence[RunRecord], metric: Metric | str
) -> tuple[list[Configuration], list[Configuration]]:
    """Those that can be compared by ``metric``, best mean first, by luck or not; and the rest.

    Compared are those whose runs all held, with enough seeds: a mean over survivors alone would flatter the
    others. Where every configuration broke somewhere the survivors are compared.

    Raises as ``gather`` does.
    """
    every = gather(records, metric)
    enough = min(LEAST_SEEDS, max((len(each.records) for each in every if each.whole), default=1))
    sound = [each for each in every if each.whole and len(each.records) >= enough]
    sound = sound or [each for each in every if each.records]
    kept = set(map(id, sound))
    rest = [each for each in every if id(each) not in kept]
    return sorted(sound, key=_place), rest


def _place(configuration: Configuration) -> tuple[float, str]:
    """Where it stands; equals by their points, so that every order of the same records is the same."""
    return configuration.metric.cost(configuration.mean), point_key(configuration.point)


def usual_metric(records: Sequence[RunRecord]) -> str:
    """What a study is compared by where nobody says: what its configs monitor, or else ``USUAL_METRICS``.

    Raises ``RecordError`` where no run was finished with either.
    """
    finished = [record for record in records if record.status == "finished"]
    for name in (*(str(record.config.get("monitor", "")) for record in finished[:1]), *USUAL_METRICS):
        if any(record.metric(name) is not None for record in finished):
            return name
    raise RecordError(f"expected a finished run with {' or '.join(USUAL_METRICS)}, found none")


def value_of(record: RunRecord, metric: Metric | str) -> float:
    """A metric of a finished run.

    Raises ``ConfigError`` where the run has no such metric.
    """
    value = record.metric(metric)
    if value is None:
        raise ConfigError(f"metric: expected one of {', '.join(flat(record.metrics))}, found {str(metric)!r}")
    return value


def value_table(configurations: Sequence[Configuration]) -> tuple[Array, bool]:
    """The values (k, s) with NaN for what is not there, and whether a column is a seed that rows share.

    Where seeds are hardly shared, a column is just the first, second, ... run of each configuration.
    """
    seeds = sorted({seed for each in configurations for seed in each.values})
    most = max(len(each.values) for each in configurations)
    paired = len(seeds) == most
    table = np.full((len(configurations), most), np.nan)
    column = {seed: i for i, seed in enumerate(seeds)}
    for row, each in zip(table, configurations, strict=True):
        for rank, (seed, value) in enumerate(sorted(each.values.items())):
            row[column[seed] if paired else rank] = value
    return table, paired


def point_key(point: Mapping[str, Any]) -> str:
    """A point as a text that is the same for equal points, in whatever order they name their axes."""
    return json.dumps(point, sort_keys=True, default=str)


def point_text(point: Mapping[str, Any]) -> str:
    """A point in words.

    >>> point_text({"learning_rate": 0.12345678, "network.widths": [2, 50, 5]})
    'learning_rate 0.1235, network.widths [2, 50, 5]'
    """
    parts = (f"{printable(name)} {value_text(value)}" for name, value in point.items())
    return ", ".join(parts) or "the base config"


def value_text(value: Any) -> str:
    """A value of an axis in one line: numbers with four digits, a specification by its kind."""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping) and "kind" in value:
        rest = ", ".join(f"{key} {value_text(inner)}" for key, inner in value.items() if key != "kind")
        return printable(f"{value['kind']}({rest})" if rest else str(value["kind"]))
    return printable(str(value))


def _configuration(records: Sequence[RunRecord], metric: Metric) -> Configuration:
    done = sorted((r for r in records if r.status == "finished"), key=lambda record: record.seed)
    finished = [record for record in done if math.isfinite(value_of(record, metric))]
    broken = [record for record in records if record.status in ("diverged", "failed")]
    beyond = [f"the {metric} is not finite"] * (len(done) - len(finished))
    pruned = sum(record.status == "pruned" for record in records)
    messages = (*(record.message for record in broken), *beyond)
    ended = tuple(record for record in records if record.status in ("pruned", "diverged"))
    return Configuration(records[0].point, tuple(finished), len(messages), pruned, metric, messages, ended)
