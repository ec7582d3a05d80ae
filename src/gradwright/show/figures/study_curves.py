"""How the best configurations got where they are: mean curves over the seeds, with bands."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

from gradwright.drawing import color, new_figure, styled
from gradwright.nn.layer import Array
from gradwright.show.figures.scales import number_epochs, set_log_where_wide, zoom_to_settled
from gradwright.show.figures.study_scales import metric_label, short_names, unit_of
from gradwright.studies.compare import Comparison
from gradwright.studies.configurations import Configuration
from gradwright.training.metrics import Metric

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 4  # configurations, so that bands can be told apart
STROKES = ("-", (0, (5, 1.5)), ":", "-.")  # tell the lines apart in grey


def has_curves(comparison: Comparison) -> bool:
    """Whether the runs kept the history of the metric that they are compared by."""
    return any(str(comparison.metric) in record.history for record in comparison.winner.records)


def curves(comparison: Comparison) -> Figure:
    """The metric after each epoch: means over the seeds as lines, one standard deviation as bands.

    Raises ``ConfigError`` where Matplotlib is not installed.
    """
    unit, metric = unit_of(comparison.metric), comparison.metric
    told_by, names = short_names(comparison)
    with styled():
        figure, (axes,) = new_figure(3.6)
        for i, each in enumerate(comparison.configurations[:MOST]):
            mean, sd = _band(each, metric)
            epochs = np.arange(len(mean))
            axes.fill_between(
                epochs, (mean - sd) / unit, (mean + sd) / unit, color=color(i), alpha=0.18, lw=0
            )
            axes.plot(epochs, mean / unit, color=color(i), linestyle=STROKES[i], label=names[i])
        axes.set(xlabel="epoch", ylabel=metric_label(metric))
        number_epochs(axes)
        if metric.sign > 0:
            zoom_to_settled(axes)
        else:
            set_log_where_wide(axes)
        axes.legend(loc="best", title=told_by.replace(", ", ",\n"))
    return figure


def _band(configuration: Configuration, metric: Metric) -> tuple[Array, Array]:
    """Mean and deviation (epochs,) over the seeds; the deviation of a single one is 0."""
    name, records = str(metric), configuration.records
    columns = [record.history[name] for record in records if name in record.history]
    values = np.full((len(columns), max(map(len, columns))), np.nan)
    for row, column in zip(values, columns, strict=True):
        row[: len(column)] = column
    with warnings.catch_warnings():  # an epoch that nobody measured stays a gap
        warnings.simplefilter("ignore", RuntimeWarning)
        sd = np.nanstd(values, axis=0, ddof=1) if len(columns) > 1 else np.zeros(values.shape[1])
        return np.nanmean(values, axis=0), np.nan_to_num(sd)
