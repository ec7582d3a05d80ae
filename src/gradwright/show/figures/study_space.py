"""The space of a study: a line over one axis, a map of two, parallel coordinates of more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gradwright.drawing import GREY, INK, PALETTE, WIDTH, new_figure, plain, styled
from gradwright.nn.layer import Array
from gradwright.show.figures.study_scales import (
    COLORS,
    axis_values,
    means_of,
    metric_label,
    positions,
    set_scale,
    unit_of,
)
from gradwright.studies.compare import Comparison
from gradwright.studies.configurations import value_text
from gradwright.studies.importance import axes_of, is_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_CELLS = 10  # values of an axis that a map can write numbers for
MOST_LINES = 400  # of parallel coordinates; more are one grey
BEST_SHARE = 0.1  # of the lines, drawn thick on top of the others
FEW_LEVELS = 8  # on an axis with so few values lines would meet in points: they are spread over ...
SPREAD = 0.07  # ... this height around each value, the better ones higher
AXIS, HEIGHT = 1.5, 4.2  # inches of a figure that has the page's width


def space(comparison: Comparison) -> Figure | None:
    """The metric over the space; None where configurations do not differ.

    Colours show where in the order of the configurations a mean stands, the best darkest: a few that went
    very wrong would otherwise take all colours for themselves.

    Raises ``ConfigError`` where Matplotlib is not installed.
    """
    names = axes_of(comparison.configurations)
    if not names:
        return None
    with styled():
        if len(names) == 1:
            return _line(comparison, names[0])
        if len(names) == 2:
            return _map(comparison, *names)
        return _parallel(comparison, names)


def _line(comparison: Comparison, name: str) -> Figure:
    """Mean and interval over one axis."""
    unit, every = unit_of(comparison.metric), comparison.configurations
    values = axis_values(name, every)
    figure, (axes,) = new_figure(3.2)
    numeric = all(map(is_number, values))
    order = sorted(range(len(every)), key=lambda i: values[i] if numeric else value_text(values[i]))
    places = [values[i] for i in order] if numeric else list(range(len(order)))
    estimates = [every[i].estimate for i in order]
    means = np.array([e.mean for e in estimates if e]) / unit
    half = np.array([e.interval[1] - e.mean if e and e.interval else 0 for e in estimates]) / unit
    axes.errorbar(
        places, means, yerr=half, color=PALETTE[0], marker="o", capsize=3, linestyle="-" if numeric else ""
    )
    if numeric:
        set_scale(axes, "x", values)
    else:
        axes.set_xticks(places, [plain(value_text(values[i])) for i in order])
    axes.set(xlabel=name, ylabel=metric_label(comparison.metric))
    return figure


def _map(comparison: Comparison, across: str, up: str) -> Figure:
    """Two axes: a cell with its number for each configuration of a grid, else a dot."""
    every = comparison.configurations
    xs, ys = axis_values(across, every), axis_values(up, every)
    columns, rows = _levels(xs), _levels(ys)
    gridded = max(len(columns), len(rows)) <= MOST_CELLS and 2 * len(every) >= len(columns) * len(rows)
    numeric = all(map(is_number, xs)) and all(map(is_number, ys))
    figure, (axes,) = new_figure(3.8)
    means, shades = means_of(comparison), _shades(comparison)
    if gridded or not numeric:
        cells = [(columns.index(_key(x)), rows.index(_key(y))) for x, y in zip(xs, ys, strict=True)]
        _draw_cells(axes, cells, means, shades, comparison)
        axes.set_xticks(range(len(columns)), [plain(value_text(value)) for value in columns])
        axes.set_yticks(range(len(rows)), [plain(value_text(value)) for value in rows])
        axes.grid(visible=False)
    else:
        axes.scatter(xs, ys, c=shades, cmap=COLORS, vmin=0, vmax=1, s=36, edgecolors=INK, linewidths=0.5)
        axes.plot(xs[0], ys[0], "o", markersize=12, markerfacecolor="none", color=INK, label="best mean")
        figure.legend(loc="outside upper right")
        set_scale(axes, "x", xs)
        set_scale(axes, "y", ys)
    _colour_bar(figure, axes, comparison)
    axes.set(xlabel=across, ylabel=up)
    return figure


def _draw_cells(
    axes: Axes, cells: list[tuple[int, int]], means: Any, shades: Any, comparison: Comparison
) -> None:
    """A square with its number for each configuration; a frame marks the contenders."""
    import matplotlib
    from matplotlib.patches import Rectangle

    paint = matplotlib.colormaps[COLORS]
    for (x, y), mean, shade, standing in zip(cells, means, shades, comparison.standings, strict=True):
        axes.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, color=paint(shade)))
        ink = "white" if shade > 0.5 else "black"
        weight = "bold" if standing.contends else "normal"
        text = f"{mean:.2f}" if comparison.metric.is_share else f"{mean:#.3g}".rstrip(".")
        axes.text(x, y, text, ha="center", va="center", color=ink, fontweight=weight, fontsize=8)
    axes.set_xlim(-0.5, max(x for x, _ in cells) + 0.5)
    axes.set_ylim(-0.5, max(y for _, y in cells) + 0.5)


def _parallel(comparison: Comparison, names: list[str]) -> Figure:
    """A line for each configuration through its values on every axis, the better ones darker and on top."""
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.patheffects import withStroke

    every, shades = comparison.configurations, _shades(comparison)
    scales = [positions(axis_values(name, every)) for name in names]
    heights = np.stack([_spread(places) for places, _ in scales], axis=1)
    figure = Figure(figsize=(max(1.6 * WIDTH, AXIS * len(names)), HEIGHT))
    axes = figure.subplots()
    paint = matplotlib.colormaps[COLORS]
    for row in range(min(len(every), MOST_LINES) - 1, 0, -1):
        width, alpha = (1.6, 0.95) if row < BEST_SHARE * len(every) else (0.7, 0.6)
        axes.plot(heights[row], color=paint(shades[row]), linewidth=width, alpha=alpha)
    halo = [withStroke(linewidth=5.5, foreground="white")]
    axes.plot(heights[0], color="black", linewidth=3, label="best mean", path_effects=halo)
    for i, (_, labels) in enumerate(scales):
        axes.axvline(i, color=GREY, linewidth=0.8)
        for place, label in labels.items():
            box = {"facecolor": "white", "alpha": 0.9, "edgecolor": "none", "pad": 0.8}
            axes.text(i + 0.04, place, label, fontsize=9, va="center", bbox=box, zorder=5)
    axes.set_xticks(range(len(names)), [plain(name).replace(".", ".\n") for name in names])
    axes.set_yticks([])
    axes.set(xlim=(-0.15, len(names) - 0.6), ylim=(-0.06, 1.06))
    axes.grid(visible=False)
    axes.spines["left"].set_visible(False)
    figure.legend(loc="outside upper right")
    _colour_bar(figure, axes, comparison)
    return figure


def _spread(places: Array) -> Array:
    """The places (k,) of configurations, best first, with those that share a value apart from each other."""
    levels, level, counts = np.unique(places, return_inverse=True, return_counts=True)
    if len(levels) > FEW_LEVELS:
        return places
    apart = places.copy()
    for each in np.flatnonzero(counts > 1):
        apart[level == each] += SPREAD * np.linspace(0.5, -0.5, counts[each])
    return apart


def _colour_bar(figure: Figure, axes: Axes, comparison: Comparison) -> None:
    """The colours with the means that stand at the worst, the middle and the best place."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    worst_first = means_of(comparison)[::-1]
    bar = figure.colorbar(
        ScalarMappable(Normalize(0, 1), COLORS), ax=axes, label=metric_label(comparison.metric)
    )
    places = [0, 0.25, 0.5, 0.75, 1]
    bar.set_ticks(places, labels=[f"{worst_first[round(p * (len(worst_first) - 1))]:.3g}" for p in places])


def _shades(comparison: Comparison) -> Any:
    """From 1 for the best mean down to 0 for the worst (k,)."""
    return np.linspace(1, 0, len(comparison.standings))


def _levels(values: list[Any]) -> list[Any]:
    distinct = list(dict.fromkeys(map(_key, values)))
    return sorted(distinct, key=lambda v: (not is_number(v), v if is_number(v) else 0, str(v)))


def _key(value: Any) -> Any:
    return value if is_number(value) else value_text(value)
