"""What shows the findings: outputs and gradients by layer, curves beside baselines, the worth of changes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gradwright.diagnosis.activations import LayerRow
from gradwright.diagnosis.baselines import Level
from gradwright.diagnosis.causes import Attempt
from gradwright.diagnosis.curves import Curves
from gradwright.diagnosis.gradients import ArrayRow
from gradwright.drawing import GREY, INK, MARKERS, WIDTH, color, new_figure, plain, set_log, styled
from gradwright.nn.layer import Array
from gradwright.printable import printable
from gradwright.show.figures.scales import number_epochs, set_log_where_wide

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PER_CENT = 100.0
SHARES = {"saturated": "at a bound", "dead": "0 on every row", "equal": "with a twin"}
STROKES = (":", "-.", (0, (1, 3)), (0, (5, 2, 1, 2)))  # of the lines across, that read in grey too
MOST = 16  # changes
ROW, ROOM = 0.3, 1.2  # inches: a change, and what is around all of them
BROAD = 2 * WIDTH  # for names that say what is changed
LONGEST = 70  # characters of such a name
FEW = 12  # layers whose names stand level


def activations_figure(layers: Sequence[LayerRow]) -> Figure:
    """The spread of each layer's outputs, and below it the share of its units that are lost."""
    places = np.arange(len(layers))
    with styled():
        figure, (spread, lost) = new_figure(4.4, rows=2)
        sd = np.array([row.sd for row in layers])
        spread.plot(places, np.where(np.isfinite(sd), sd, np.nan), color=color(0), marker=MARKERS[0])
        _log_where_wide(spread, sd)
        spread.set_ylabel("spread of outputs (sd)")
        for k, (name, words) in enumerate(SHARES.items()):
            shares = np.array([np.nan if (s := getattr(row, name)) is None else s for row in layers])
            if np.isfinite(shares).any():
                lost.plot(
                    places, PER_CENT * shares, ls="none", color=color(k), marker=MARKERS[k], label=words
                )
        lost.set(ylabel="units or outputs (%)", ylim=(-5, 105))
        if lost.get_lines():
            lost.legend(loc="best")
        _name_layers(lost, layers)
    return figure


def gradients_figure(layers: Sequence[LayerRow], arrays: Sequence[ArrayRow]) -> Figure:
    """The signal that comes back to each layer, and the gradient of each weight, on one logarithmic axis."""
    places = {row.name: k for k, row in enumerate(layers)}
    with styled():
        figure, (axes,) = new_figure(3.4)
        signal = _positive([row.signal for row in layers])
        axes.plot(range(len(layers)), signal, color=color(0), marker=MARKERS[0], label="signal at the output")
        weights = [
            (places[layer], row.gradient)
            for row in arrays
            if (layer := row.name.rpartition(".")[0] or "0") in places and len(row.shape) > 1
        ]
        slopes = _positive([slope for _, slope in weights])
        if weights:
            x = [place for place, _ in weights]
            axes.plot(x, slopes, "--", color=color(1), marker=MARKERS[1], label="gradient of the weight")
        _log_where_wide(axes, np.concatenate([signal, slopes]))
        axes.set_ylabel("norm")
        axes.legend(loc="best")
        _name_layers(axes, layers)
    return figure


def curves_figure(curves: Curves, levels: Sequence[Level] = ()) -> Figure:
    """The losses by epoch, with the training losses of the baselines as lines across."""
    with styled():
        figure, (axes,) = new_figure(3.4)
        epochs = np.arange(len(curves)) + (0 if curves.begun else 1)
        axes.plot(epochs, curves.train, color=color(0), label="train")
        if curves.validation is not None:
            axes.plot(epochs, curves.validation, "--", color=color(1), label="validation")
        set_log_where_wide(axes)
        for stroke, level in zip(STROKES, levels, strict=False):
            axes.axhline(level.loss, color=INK, ls=stroke, linewidth=1.2, label=level.name)
        axes.set(xlabel="epoch" if curves.begun else "entry", ylabel="loss")
        number_epochs(axes)
        figure.legend(loc="outside upper center", ncols=2)
    return figure


def effects_figure(tried: Sequence[Attempt]) -> Figure:
    """What each change is worth, with the interval over its seeds; those that helped are filled."""
    shown = sorted(
        (each for each in tried if each.effect is not None),
        key=lambda each: -each.effect.gain if each.effect else 0.0,
    )[:MOST]
    from matplotlib.figure import Figure

    with styled():
        figure = Figure(figsize=(BROAD, ROOM + ROW * len(shown)))
        axes = figure.subplots()
        axes.axvline(0, color=INK, linewidth=1.0)
        share = any(each.effect and "accuracy" in each.effect.metric for each in shown)
        unit = PER_CENT if share else 1.0
        for row, each in enumerate(shown):
            assert each.effect is not None
            effect = each.effect
            look = color(0) if each.helped else GREY
            if math.isfinite(effect.low):
                axes.plot([unit * effect.low, unit * effect.high], [row, row], color=look, linewidth=1.6)
            mean = unit * (effect.after - effect.before)
            filled = look if each.helped else "white"
            axes.plot(mean, row, MARKERS[0], color=look, markerfacecolor=filled, zorder=3)
        axes.set_yticks(range(len(shown)), [_short(each.changes) for each in shown])
        metric = shown[0].effect.metric if shown and shown[0].effect else ""
        axes.set(xlabel=f"change of {metric}{' (points)' if share else ''}", ylim=(len(shown) - 0.4, -0.6))
        axes.grid(visible=False, axis="y")
        if any(each.helped for each in shown):
            axes.plot([], [], "-o", color=color(0), label="helped, over fresh seeds")
        if not all(each.helped for each in shown):
            axes.plot(
                [], [], "-o", color=GREY, markerfacecolor="white", label="not enough, or one seed alone"
            )
        figure.legend(loc="outside upper center", ncols=2)
    return figure


def _short(changes: str) -> str:
    text = printable(changes)
    return (text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…").replace("$", r"\$")


def _positive(values: Sequence[float]) -> Array:
    """The values that a logarithmic axis can show; a gap stands for a 0."""
    array = np.array(values, np.float64)
    shown: Array = np.where(np.isfinite(array) & (array > 0), array, np.nan)
    return shown


def _log_where_wide(axes: Axes, values: Array) -> None:
    known = values[np.isfinite(values) & (values > 0)]
    if len(known) and known.max() > 5 * known.min():
        set_log(axes, "y")


def _name_layers(axes: Axes, layers: Sequence[LayerRow]) -> None:
    names = [plain(f"{row.name} {row.kind}") for row in layers]
    turned = 0 if len(names) < 4 else 45 if len(names) <= FEW else 90
    axes.set_xticks(range(len(names)), names, rotation=turned, ha="right" if turned == 45 else "center")
    axes.set_xlabel("layer")
