"""What the figures of a study have in common: metrics with their units, points as labels, axes of a space."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gradwright.drawing import plain, set_log
from gradwright.nn.layer import Array
from gradwright.studies.compare import Comparison
from gradwright.studies.configurations import Configuration, value_text
from gradwright.studies.importance import NOT_SET, axes_of, is_number
from gradwright.training.metrics import Metric

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLORS = (
    "cividis_r"  # the best darkest; its lightness falls evenly: it reads in grey, and to the colour-blind
)
MOST_MARKS = 6  # values of an axis that are all written beside it
MOST_NAMED = 3  # axes whose values fit into a label
WIDE = 20.0  # where the largest value of an axis is more than this many of the smallest, logarithms may help
APART = 0.06  # of an axis, between the marks at its ends and others
PER_CENT = 0.01


def unit_of(metric: Metric) -> float:
    """What one step of the figure's axis is in the metric: a hundredth for an accuracy."""
    return PER_CENT if metric.is_share else 1.0


def metric_label(metric: Metric) -> str:
    """A metric with its unit.

    >>> from gradwright.training.metrics import as_metric
    >>> metric_label(as_metric("validation.accuracy")), metric_label(as_metric("validation.loss"))
    ('validation accuracy (%)', 'validation loss (mean over samples)')
    """
    mean = " (mean over samples)" if metric.name in ("loss", "objective") else ""
    return metric.words + (" (%)" if metric.is_share else mean)


def means_of(comparison: Comparison) -> Array:
    """The means (k,) of those that were compared, in the unit of the figure."""
    estimates = [each.estimate for each in comparison.configurations]
    return np.array([e.mean for e in estimates if e is not None]) / unit_of(comparison.metric)


def short_names(comparison: Comparison) -> tuple[str, list[str]]:
    """What tells them apart, and a label for each: its values, or its number where those are many."""
    every = comparison.configurations
    axes = axes_of(every)
    if len(axes) > MOST_NAMED:
        return "number in the table", [str(number) for number in range(1, len(every) + 1)]
    values = [", ".join(value_text(each.point.get(axis, NOT_SET)) for axis in axes) for each in every]
    return ", ".join(axes), [plain(text or "base") for text in values]


def is_wide(values: Sequence[Any]) -> bool:
    """Whether the values of an axis want logarithms: they reach far, and lie more evenly that way.

    >>> is_wide([0.001, 0.01, 0.1]), is_wide([0.001, 0.3, 0.5, 0.7, 0.9]), is_wide(["Adam", 3])
    (True, False, False)
    """
    numbers = np.array([float(value) for value in values if is_number(value)])
    if len(numbers) < len(values) or numbers.min() <= 0 or numbers.max() <= WIDE * numbers.min():
        return False
    ends, middle = np.array([numbers.min(), numbers.max()]), np.median(numbers)
    skewed, straight = (
        abs((scale(middle) - scale(ends).mean()) / np.ptp(scale(ends))) for scale in (np.asarray, np.log10)
    )
    return bool(straight <= skewed)


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
        shown = known if len(known) <= MOST_MARKS else _marks(known, scale is np.log10)
        labels = {float((scale(value) - low) * stretch): f"{value:.3g}" for value in shown}
        places = (scale(numbers) - low) * stretch
    step = (1 - top) / max(len(others) - (not len(known)), 1)
    slots = {text: top + step * (i + bool(len(known))) for i, text in enumerate(others)}
    for i, value in enumerate(values):
        if not is_number(value):
            places[i] = slots[value_text(value)]
    return places, labels | {place: plain(text) for text, place in slots.items()}


def _marks(known: Array, wide: bool) -> Array:
    """Both ends of many values, and some numbers between them: powers of ten, or quarters of the way."""
    low, high = float(known[0]), float(known[-1])
    between = np.linspace(low, high, 5)[1:-1]
    if wide:
        margin = APART * np.log10(high / low)
        decades = 10.0 ** np.arange(np.ceil(np.log10(low) + margin), np.log10(high) - margin)
        between = decades if 1 < len(decades) <= MOST_MARKS else np.geomspace(low, high, 5)[1:-1]
    return np.array([low, *between, high])


def axis_values(axis: str, configurations: Sequence[Configuration]) -> list[Any]:
    """The value of each configuration on one axis."""
    return [each.point.get(axis, NOT_SET) for each in configurations]


def set_scale(axes: Axes, which: str, values: Sequence[Any]) -> None:
    """A logarithmic axis where the values want one."""
    if is_wide(values):
        set_log(axes, which)
