"""Which axes of a space mattered: the share of the variance that each explains by itself.

An analysis of variance with one factor for each axis. The means of the configurations are replaced by their
ranks, so that a few that went very wrong do not decide alone; values of an axis that takes many are gathered
in bins of equal size. The share is epsilon squared (Kelley, PNAS 21, 1935),

    (SS_between - (g - 1) MS_within) / SS_total     over g groups, 0 where negative,

which unlike SS_between / SS_total is about zero for an axis that does nothing. It is the main effect of a
functional analysis of variance (Hutter, Hoos and Leyton-Brown, ICML 2014), measured on the points themselves
and not on a model of them. What is left is what axes do together, and noise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradwright.lab.configurations import Configuration
from gradwright.nn.layer import Array

MOST_GROUPS = 8
IN_A_GROUP = 3  # configurations, where the values of an axis have to be gathered
NOT_SET = "not set"  # of a conditional axis


def importance(configurations: Sequence[Configuration]) -> dict[str, float]:
    """The share of each axis, from 0 to 1, the largest first; empty for fewer than three configurations."""
    measured = [each for each in configurations if each.estimate is not None]
    if len(measured) < 3:
        return {}
    ranks = _ranks(np.array([each.estimate.mean for each in measured if each.estimate is not None]))
    shares = {axis: _share(_groups(axis, measured), ranks) for axis in axes_of(measured)}
    return dict(sorted(shares.items(), key=lambda item: -item[1]))


def axes_of(configurations: Sequence[Configuration]) -> list[str]:
    """The axes along which the configurations differ."""
    names = dict.fromkeys(name for each in configurations for name in each.point)
    return [
        name for name in names if len({repr(each.point.get(name, NOT_SET)) for each in configurations}) > 1
    ]


def is_number(value: Any) -> bool:
    """Whether a value of an axis is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _ranks(values: Array) -> Array:
    """Ranks from 0, those of equal values replaced by their mean."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    mean: Array = (np.cumsum(counts) - (counts + 1) / 2)[inverse]
    return mean


def _groups(axis: str, configurations: Sequence[Configuration]) -> Array:
    """The group (k,) of each configuration on one axis: its value, or the bin that it lies in."""
    values = [_value(each.point, axis) for each in configurations]
    distinct, group = np.unique([repr(value) for value in values], return_inverse=True)
    if len(distinct) <= MOST_GROUPS or not all(is_number(v) or v == NOT_SET for v in values):
        return group
    numeric = np.array([float(v) if is_number(v) else np.nan for v in values])
    bins = max(2, min(MOST_GROUPS, len(values) // IN_A_GROUP))
    edges = np.nanquantile(numeric, np.linspace(0, 1, bins + 1)[1:-1])
    return np.where(np.isnan(numeric), bins, np.searchsorted(edges, numeric, side="right"))


def _value(point: Mapping[str, Any], axis: str) -> Any:
    return point.get(axis, NOT_SET)


def _share(group: Array, values: Array) -> float:
    """Epsilon squared of the grouping."""
    count = np.bincount(group)
    mean = np.bincount(group, values)[count > 0] / count[count > 0]
    between = float((count[count > 0] * (mean - values.mean()) ** 2).sum())
    total = float(((values - values.mean()) ** 2).sum())
    groups, free = len(mean), len(values) - len(mean)
    if total == 0 or free == 0:
        return 0.0
    within = (total - between) / free
    return max(0.0, (between - (groups - 1) * within) / total)
