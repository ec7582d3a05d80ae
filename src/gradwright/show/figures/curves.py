"""Learning curves: loss and accuracy after each epoch, with the lines that they are held against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from gradwright.drawing import GREY, INK, MARKERS, color, new_figure, plain, styled
from gradwright.nn import BinaryCrossEntropy, SoftmaxCrossEntropy
from gradwright.show.figures.scales import include, number_epochs, set_log_where_wide, zoom_to_settled
from gradwright.show.results import ceiling_of, labels
from gradwright.show.wording import metric_title, shown_metrics
from gradwright.training import History, Run
from gradwright.training.metrics import Metric

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SPLIT_STROKES = {"train": "-", "validation": (0, (4, 1.5))}
LIMIT_STROKES = (":", "-.", (0, (1, 3)))
PER_CENT = 0.01
FEW_EPOCHS = 12  # up to here every epoch gets a marker
LONG_LEGEND = 9  # entries; more are set in another column


def learning_curves(runs: Sequence[Run], reported: Mapping[str, float] | None = None) -> Figure:
    """Loss, accuracy and other metrics after each epoch: a panel for each, a colour for each run.

    Training is solid, validation dashed; a single run has a colour for each split instead. The validation
    accuracy of the Bayes rule, where the data set knows it, is a dotted line, and each accuracy in
    ``reported`` is one too, by its label. The accuracy axis begins where the curves are after the first
    tenth of the epochs. The legend says on how many rows training was measured.

    Raises ``ConfigError`` where Matplotlib is not installed.
    """
    metrics = shown_metrics(dict.fromkeys(metric for run in runs for metric in run.metrics["train"]))
    with styled():
        figure, axes = new_figure(3.4 + 2.0 * (len(metrics) - 1), rows=len(metrics))
        for panel, metric in zip(axes, metrics, strict=True):
            share = Metric(None, name=metric).is_share
            _draw_metric(panel, runs, metric, unit=PER_CENT if share else 1.0)
            panel.set_ylabel(f"{metric_title(metric)} (%)" if share else metric_title(metric))
            if metric == "accuracy":
                zoom_to_settled(panel)
                _draw_limits(panel, {**_ceilings(runs), **(reported or {})})
        axes[0].set_ylabel(_loss_label(runs))
        set_log_where_wide(axes[0])
        axes[-1].set_xlabel("epoch")
        number_epochs(axes[-1])
        _draw_names(axes[0], labels(runs))
    return figure


def _draw_metric(axes: Axes, runs: Sequence[Run], metric: str, unit: float = 1.0) -> None:
    """The curves of one metric, in multiples of ``unit``."""
    for i, run in enumerate(runs):
        epochs = [record.epoch for record in run.history.epochs]
        for j, (split, stroke) in enumerate(SPLIT_STROKES.items()):
            values = np.array(_curve(run.history, split, metric)) / unit
            if np.isfinite(values).any():
                look = color(i if len(runs) > 1 else j)
                marker = MARKERS[j] if len(epochs) <= FEW_EPOCHS else ""
                label = run.history.training if split == "train" else split
                axes.plot(epochs, values, color=look, linestyle=stroke, marker=marker, label=label)


def _curve(history: History, split: str, metric: str) -> list[float]:
    """A metric over the epochs; the training loss as well as it is known."""
    name = f"{split}.{metric}"
    return history.training_losses if name == "train.loss" else history.curve(name)


def _ceilings(runs: Sequence[Run]) -> dict[str, float]:
    """The best possible accuracies by their labels; those of several data sets carry the set's name."""
    known = {run.data["name"]: ceiling for run in runs if (ceiling := ceiling_of(run)) is not None}
    return {"ceiling" if len(known) == 1 else f"ceiling of {name}": value for name, value in known.items()}


def _draw_limits(axes: Axes, limits: Mapping[str, float]) -> None:
    """Accuracies as lines across, each with its label and number in a legend."""
    if not limits:
        return
    handles = []
    for i, (label, accuracy) in enumerate(limits.items()):
        stroke, text = LIMIT_STROKES[i % len(LIMIT_STROKES)], f"{plain(label)} {accuracy:.2%}"
        handles.append(axes.axhline(accuracy / PER_CENT, color=INK, ls=stroke, linewidth=1.2, label=text))
    include(axes, [accuracy / PER_CENT for accuracy in limits.values()])
    axes.legend(handles=handles, loc="best")


def _draw_names(axes: Axes, names: Sequence[str]) -> None:
    """A single run's legend names the splits; that of several also names the runs, by their colours."""
    if len(names) == 1:
        axes.legend(loc="best")
        return
    splits = {line.get_label(): line.get_linestyle() for line in axes.get_lines()}
    handles = [axes.plot([], [], color=color(i), label=plain(name))[0] for i, name in enumerate(names)]
    handles += [axes.plot([], [], color=GREY, ls=stroke, label=split)[0] for split, stroke in splits.items()]
    axes.legend(handles=handles, loc="best", ncols=1 + len(handles) // LONG_LEGEND)


def _loss_label(runs: Sequence[Run]) -> str:
    """The loss with its unit: natural logarithms give nats."""
    entropies = all(isinstance(run.config.loss, SoftmaxCrossEntropy | BinaryCrossEntropy) for run in runs)
    return "loss (nats per sample)" if entropies else "loss (mean over samples)"
