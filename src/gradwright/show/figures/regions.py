"""What a classifier of the plane answers where, with the points that it was measured on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradwright.drawing import INK, MARKERS, WIDTH, color, new_figure, plain, styled
from gradwright.errors import ConfigError
from gradwright.nn.layer import Array
from gradwright.training import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GRID = 300  # points along each side
MARGIN = 0.04  # of the sample's extent, left free around it
TINT = 0.25  # how much of a class's colour its region has
LOWEST, HIGHEST = 2.6, 7.0  # inches
LARGEST_POINT, POINTS_WITH_ROOM = 26.0, 400  # more points than this are drawn ever smaller
MOST_IN_LEGEND = 20  # classes
LETTERS_PER_ROW, LETTERS_PER_HANDLE = 66, 8


def has_regions(run: Run) -> bool:
    """Whether ``decision_regions`` can draw this run: a classifier of points in the plane, with a sample."""
    return run.sample is not None and "accuracy" in run.metrics["train"]


def decision_regions(run: Run) -> Figure:
    """The class that the network answers at each point of the plane, and the run's sample points.

    Regions are tinted in the colour of their class and bounded where two classes tie; points carry the
    colour and marker of their true class.

    Raises ``ConfigError`` for a run that has no such picture (see ``has_regions``), or where Matplotlib is
    not installed.
    """
    if run.sample is None or not has_regions(run):
        raise ConfigError(
            f"decision regions: expected a classifier of two features, found {run.data['in_features']} "
            f"features and {len(run.data['classes'])} classes in the run {run.config.name!r}"
        )
    x, y = run.sample[0].astype(np.float64), run.sample[1]
    margin = MARGIN * np.ptp(x, axis=0).max() or 1.0  # a single point has no extent
    low, high = x.min(axis=0) - margin, x.max(axis=0) + margin
    width, height = high - low
    with styled():
        figure, (axes,) = new_figure(float(np.clip(WIDTH * height / width, LOWEST, HIGHEST)))
        axes.grid(visible=False)
        _draw_regions(axes, run, low, high)
        _draw_points(axes, x, y)
        _draw_legend(figure, axes, run.data["classes"])
        axes.set(xlabel="x1", ylabel="x2", aspect="equal")
    return figure


def _draw_regions(axes: Axes, run: Run, low: Array, high: Array) -> None:
    """Tints and borders over the rectangle between two corners."""
    sides = np.linspace(low, high, GRID).T
    plane = np.stack(np.meshgrid(*sides), axis=-1).reshape(-1, 2)
    for k, lead in enumerate(_leads(run.outputs(plane))):
        lead = lead.reshape(GRID, GRID)
        if lead.max() > 0:
            axes.contourf(*sides, lead, levels=[0, lead.max()], colors=[color(k)], alpha=TINT)
        if lead.min() < 0 < lead.max():
            axes.contour(*sides, lead, levels=[0], colors=[INK], linewidths=0.8)


def _leads(outputs: Array) -> list[Array]:
    """For each class, how far its score lies above the best of the others: positive where it is answered."""
    if outputs.ndim == 1 or outputs.shape[1] == 1:
        yes = outputs.ravel().astype(np.float64)  # the logit of class 1
        return [-yes, yes]
    scores = outputs.astype(np.float64)
    return [scores[:, k] - np.delete(scores, k, axis=1).max(axis=1) for k in range(scores.shape[1])]


def _draw_points(axes: Axes, x: Array, y: Array) -> None:
    """The points in the colour and marker of their class, smaller where there are many."""
    size = LARGEST_POINT * min(1.0, POINTS_WITH_ROOM / len(x)) ** 0.5
    for k in np.unique(y).tolist():
        x1, x2 = x[y == k].T
        axes.scatter(x1, x2, size, color(k), marker=_marker(k), edgecolors="white", linewidths=0.3)


def _draw_legend(figure: Figure, axes: Axes, classes: list[str]) -> None:
    """The classes above the picture, in as many columns as their names leave room for."""
    shown = [plain(name) for name in classes[:MOST_IN_LEGEND]]
    handles = [axes.scatter([], [], marker=_marker(k), color=color(k), label=n) for k, n in enumerate(shown)]
    columns = LETTERS_PER_ROW // (max(map(len, shown)) + LETTERS_PER_HANDLE)
    figure.legend(handles=handles, loc="outside upper center", ncols=columns, frameon=False)


def _marker(index: int) -> str:
    return MARKERS[index % len(MARKERS)]
