"""Which settings of a study mattered, alone and in pairs: a functional analysis of variance.

What the configurations reached is replaced by its ranks, so that a few that went very wrong do not decide
alone. A random forest f is fitted to the ranks as a function of the settings, and its variance over the space
(each setting drawn by itself from the values that were tried) is split as in Hutter, Hoos and Leyton-Brown
(ICML 2014):

    V_a = Var E[f | a],    V_ab = Var E[f | a, b] - V_a - V_b,    share = R^2 V / Var f

with means over the other settings. R^2 is what the forest explains of ranks that it was not fitted to (out of
bag), so that noise gets no share: what is missing to 1 is noise, and what three or more settings do together.

**Without scikit-learn**, or with fewer than ``ENOUGH`` configurations, an analysis of variance with one
factor at a time takes its place, measured on the points themselves, values in bins. It sees no pairs; its
share is epsilon squared (Kelley, PNAS 21, 1935), over g groups

    (SS_between - (g - 1) MS_within) / SS_total,    0 where negative.

**What was pruned counts too.** Where runs were pruned, all are held against each other by the best value up
to the last epoch that all of them saw. A configuration with a run that diverged comes after all others.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations, product
from typing import Any

import numpy as np

from gradwright.nn.layer import Array
from gradwright.studies.configurations import Configuration
from gradwright.studies.pruning import best_so_far

ENOUGH = 20  # configurations, to fit a forest to
TREES = 100
GRID = 8  # values of a setting at which a mean over the others is taken
DRAWN = 100  # combinations of the other settings in such a mean
LEAST_PAIR = 0.02  # smaller shares of pairs are not told
MOST_GROUPS = 8
IN_A_GROUP = 3  # configurations, where the values of an axis have to be gathered
NOT_SET = "not set"  # of a conditional axis
WITH = " with "  # between the settings of a pair


def importance(configurations: Sequence[Configuration]) -> dict[str, float]:
    """The share of each axis and of pairs (``a with b``), the largest first; empty for fewer than three.

    Without the extra ``sklearn`` there are no pairs.
    """
    measured, costs = _reached(configurations)
    if len(measured) < 3:
        return {}
    axes, ranks = axes_of(measured), _ranks(costs)
    shares = _forest_shares(axes, measured, ranks) if len(measured) >= ENOUGH and np.ptp(ranks) else None
    if shares is None:
        shares = {axis: _share(_groups(axis, measured), ranks) for axis in axes}
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


def _reached(configurations: Sequence[Configuration]) -> tuple[list[Configuration], Array]:
    """The configurations that say something, each with its cost: lower is better, infinite if it diverged."""
    pruned = [(each, r) for each in configurations for r in each.unfinished if r.status == "pruned"]
    common = min((len(record.history.get(str(each.metric), [])) for each, record in pruned), default=0)
    measured, costs = [], []
    for each in configurations:
        if any(record.status == "diverged" for record in each.unfinished):
            reached = [math.inf]
        elif common:
            records = [*each.records, *each.unfinished]
            curves = [list(record.history.get(str(each.metric), []))[:common] for record in records]
            reached = [best_so_far(curve, each.metric)[-1] for curve in curves if curve]
        else:
            reached = [each.metric.cost(value) for value in each.values.values()]
        if reached:
            measured.append(each)
            costs.append(float(np.mean(reached)))
    return measured, np.array(costs)


def _ranks(values: Array) -> Array:
    """Ranks from 0, those of equal values replaced by their mean."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    mean: Array = (np.cumsum(counts) - (counts + 1) / 2)[inverse]
    return mean


def _forest_shares(
    axes: Sequence[str], configurations: Sequence[Configuration], ranks: Array
) -> dict[str, float] | None:
    """The shares of axes and pairs by a forest; None where scikit-learn is not installed."""
    try:
        from sklearn.ensemble import RandomForestRegressor
    except ImportError:
        return None
    x = np.stack([_coded(axis, configurations) for axis in axes], axis=1)
    forest = RandomForestRegressor(
        TREES, min_samples_leaf=2, max_features=1.0, bootstrap=True, oob_score=True, random_state=0
    ).fit(x, ranks)
    explained = max(0.0, float(forest.oob_score_))
    rng = np.random.default_rng(0)
    others = np.stack([rng.choice(column, DRAWN) for column in x.T], axis=1)
    whole = np.stack([rng.choice(column, DRAWN * GRID) for column in x.T], axis=1)
    total = float(forest.predict(whole).var()) or math.inf
    grids = [_grid(column) for column in x.T]

    def variance(*held: int) -> float:
        """Var E[f | the settings ``held``], over their grids."""
        points = np.array(list(product(*(grids[a] for a in held))))
        rows = np.repeat(others[None], len(points), axis=0)
        rows[:, :, list(held)] = points[:, None, :]
        means = forest.predict(rows.reshape(-1, len(axes))).reshape(len(points), DRAWN).mean(axis=1)
        return float(means.var())

    alone = [variance(a) for a in range(len(axes))]
    shares = {axis: min(1.0, explained * alone[a] / total) for a, axis in enumerate(axes)}
    for a, b in combinations(range(len(axes)), 2):
        share = explained * (variance(a, b) - alone[a] - alone[b]) / total
        if share >= LEAST_PAIR:
            shares[f"{axes[a]}{WITH}{axes[b]}"] = share
    return shares


def _coded(axis: str, configurations: Sequence[Configuration]) -> Array:
    """An axis as numbers (k,): its own, or a number for each other value.

    An axis that is not set has the middle value, so that it does not speak for the axis it depends on.
    """
    values = [_value(each.point, axis) for each in configurations]
    if any(not is_number(value) and value != NOT_SET for value in values):
        names = sorted({repr(value) for value in values if value != NOT_SET})
        values = [value if value == NOT_SET else names.index(repr(value)) for value in values]
    known = sorted(float(value) for value in values if value != NOT_SET)
    middle = known[len(known) // 2]
    return np.array([middle if value == NOT_SET else float(value) for value in values])


def _grid(column: Array) -> Array:
    """Up to ``GRID`` values of a column, as often as they come."""
    grid: Array = np.quantile(column, (np.arange(GRID) + 0.5) / GRID, method="nearest")
    return grid


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
