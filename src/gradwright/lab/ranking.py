"""The configurations of a study in the order of what they reached."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable
from dataclasses import dataclass

from gradwright.lab.pruning import cost
from gradwright.lab.record import RunRecord
from gradwright.lab.space import Point


@dataclass(frozen=True)
class Standing:
    """A point, the mean of the monitored metric over its finished runs, and how many these are."""

    point: Point
    mean: float
    runs: int

    def __str__(self) -> str:
        return ", ".join(f"{path} {_short(value)}" for path, value in self.point.items())


def ranking(records: Iterable[RunRecord], monitor: str) -> list[Standing]:
    """The points with a finished run, best first, by luck or not: ``compare`` tells these apart."""
    values: dict[str, list[float]] = {}
    points: dict[str, Point] = {}
    for record in records:
        value = record.metric(monitor) if record.status == "finished" else None
        if value is not None:
            name = json.dumps(record.point, sort_keys=True)
            points[name] = record.point
            values.setdefault(name, []).append(value)
    standings = [Standing(points[name], statistics.fmean(v), len(v)) for name, v in values.items()]
    return sorted(standings, key=lambda standing: cost(standing.mean, monitor))


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
