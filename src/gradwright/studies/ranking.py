"""The configurations of a study in the order of what they reached: one order for every table and figure."""

from __future__ import annotations

import json
from collections.abc import Sequence

from gradwright.studies.configurations import Configuration, gather
from gradwright.studies.record import RunRecord
from gradwright.training.metrics import Metric

LEAST_SEEDS = 2  # a configuration with fewer has no spread, and is no winner where another has them


def ranking(
    records: Sequence[RunRecord], metric: Metric | str
) -> tuple[list[Configuration], list[Configuration]]:
    """Those that can be compared by ``metric``, best mean first, by luck or not; and the rest.

    Compared are those whose runs all held, with enough seeds: a mean over survivors alone would flatter the
    others. Where every configuration broke somewhere the survivors are compared.

    Raises as ``configurations.gather`` does.
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
    point = json.dumps(configuration.point, sort_keys=True, default=str)
    return configuration.metric.cost(configuration.mean), point
