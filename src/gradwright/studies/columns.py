"""The runs of a study as columns of numbers and text, a row for each run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradwright.studies.configurations import value_text
from gradwright.studies.importance import is_number
from gradwright.training.record import RunRecord, flat

ALWAYS = ("seed", "status", "budget", "steps", "seconds")
LAST = ("message", "id")


def as_columns(records: Sequence[RunRecord]) -> dict[str, list[Any]]:
    """A column for each setting, for what a run always has, and for each metric; None where there is none."""
    axes = dict.fromkeys(axis for record in records for axis in record.point)
    metrics = dict.fromkeys(
        name
        for record in records
        for name, value in flat(record.metrics).items()
        if isinstance(value, int | float)
    )
    return (
        {axis: _tidy([record.point.get(axis) for record in records]) for axis in axes}
        | {name: [getattr(record, name) for record in records] for name in ALWAYS}
        | {name: [record.metric(name) for record in records] for name in metrics}
        | {name: [getattr(record, name) for record in records] for name in LAST}
    )


def _tidy(values: list[Any]) -> list[Any]:
    """Numbers where all are numbers, else all as text."""
    known = [value for value in values if value is not None]
    if all(map(is_number, known)):
        kind = float if any(isinstance(value, float) for value in known) else int
        return [None if value is None else kind(value) for value in values]
    return [None if value is None else value_text(value) for value in values]
