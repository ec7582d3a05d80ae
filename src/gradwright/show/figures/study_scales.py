"""What the figures of a study have in common: metrics with their units, points as labels, axes of a space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gradwright.drawing import plain
from gradwright.lab.compare import Comparison
from gradwright.lab.configurations import Configuration, value_text
from gradwright.lab.importance import NOT_SET, axes_of, is_number
from gradwright.nn.layer import Array
from gradwright.training.metrics import is_share

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLORS = "cividis"  # its lightness rises evenly: it reads in grey, and to the colour-blind
MOST_MARKS = 6  # values of an axis that are all written beside it
MOST_NAMED = 3  # axes whose values fit into a label
WIDE = 20.0  # where the largest value of an axis is more than this many of the smallest, it is logarithmic
PER_CENT = 0.01


def unit_of(metric: str) -> float:
    """What one step of the figure's axis is in the metric: a hundredth for an accuracy."""
    return PER_CENT if is_share(metric) else 1.0


def metric_label(metric: str) -> str:
    """A metric with its unit.

    >>> metric_label("validation.accuracy"), metric_label("validation.loss")
    ('validation accuracy (%)', 'validation loss (mean over samples)')
    """
    name = metric.partition(".")[2]
    unit = " (%)" if is_share(metric) else " (mean over samples)" if name in ("loss", "objective") else ""
    return metric.replace(".", " ").replace("_", " ") + unit


def configurations_of(comparison: Comparison) -> list[Configuration]:
    """Those that were compared, best first."""
    return [each.configuration for each in comparison.standings]


def means_of(comparison: Comparison) -> Array:
    """The means (k,) of those that were compared, in the unit of the figure."""
    estimates = [each.estimate for each in configurations_of(comparison)]
    return np.array([e.mean for e in estimates if e is not None]) / unit_of(comparison.metric)


def short_names(comparison: Comparison) -> tuple[str, list[str]]:
    """What tells them apart, and a label for each: its values, or its number where those are many."""
    every = configurations_of(comparison)
    axes = axes_of(every)
    if len(axes) > MOST_NAMED:
        return "number in the table", [str(number) for number in range(1, len(every) + 1)]
    values = [", ".join(value_text(each.point.get(axis, NOT_SET)) for axis in axes) for each in every]
    return ", ".join(axes), [plain(text or "base") for text in values]


def is_wide(values: Sequence[Any]) -> bool:
    """Whether the values of an axis want logarithms."""
    numbers = [float(value) for value in values if is_number(value)]
    return len(numbers) == len(values) and min(numbers) > 0 and max(numbers) > WIDE * min(numbers)


def positions(values: Sequence[Any]) -> tuple[Array, dict[float, str]]:
    """Where the values of an axis of the space stand from 0 to 1, and the labels of some places.

    >>> positions([0.001, 0.1, 0.01])
    (array([0. , 1. , 0.5]), {0.0: '0.001', 0.5: '0.01', 1.0: '0.1'})
    >>> positions(["Adam", 3, 1])[1]  # what has no number stands above the numbers
    {0.0: '1', 0.5: '3', 1.0: 'Adam'}
    """
    numbers = np.array([float(value) if is_number(value) else np.nan for value in values])
    others = sorted({value_text(value) for value in values if not is_number(value)})
    known = np.unique(numbers[~np.isnan(numbers)])
    top = 1.0 if not others else 0.0 if not len(known) else 1 - len(others) / (len(others) + 1)
    scale = np.log10 if len(known) and is_wide(known.tolist()) else np.asarray
    places = np.zeros(len(values))
    labels: dict[float, str] = {}
    if len(known):
        low, high = float(scale(known[0])), float(scale(known[-1]))
        stretch = top / ((high - low) or 1.0)
        shown = known if len(known) <= MOST_MARKS else known[[0, -1]]
        labels = {float((scale(value) - low) * stretch): f"{value:.3g}" for value in shown}
        places = (scale(numbers) - low) * stretch
    step = (1 - top) / max(len(others) - (not len(known)), 1)
    slots = {text: top + step * (i + bool(len(known))) for i, text in enumerate(others)}
    for i, value in enumerate(values):
        if not is_number(value):
            places[i] = slots[value_text(value)]
    return places, labels | {place: plain(text) for text, place in slots.items()}


def axis_values(axis: str, configurations: Sequence[Configuration]) -> list[Any]:
    """The value of each configuration on one axis."""
    return [each.point.get(axis, NOT_SET) for each in configurations]


def set_scale(axes: Axes, which: str, values: Sequence[Any]) -> None:
    """A logarithmic axis where the values want one."""
    if is_wide(values):
        (axes.set_xscale if which == "x" else axes.set_yscale)("log")
