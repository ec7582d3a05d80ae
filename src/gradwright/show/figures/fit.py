"""How well a regression fits: predictions against targets, and what is left over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradwright.drawing import INK, MARKERS, WIDTH, color, styled
from gradwright.training.outcome import Fitted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_OUTPUTS = 4  # that colours and markers tell apart
LARGEST_POINT, POINTS_WITH_ROOM = 22.0, 200


def fit_quality(found: Fitted) -> Figure:
    """Predictions against targets, with the line on which they agree, and residuals against predictions.

    Raises ``ConfigError`` where Matplotlib is not installed.
    """
    from matplotlib.figure import Figure

    outputs = min(found.targets.shape[1], MOST_OUTPUTS)
    targets, predictions = found.targets[:, :outputs], found.predictions[:, :outputs]
    size = LARGEST_POINT * min(1.0, POINTS_WITH_ROOM / len(targets)) ** 0.5
    with styled():
        figure = Figure(figsize=(WIDTH, 5.6))
        above, below = figure.subplots(2, 1, height_ratios=(3, 2))
        for i in range(outputs):
            t, p = targets[:, i], predictions[:, i]
            look = {"color": color(i), "marker": MARKERS[i], "linewidths": 0, "alpha": 0.6}
            above.scatter(t, p, size, label=f"output {i + 1}", **look)
            below.scatter(p, t - p, size, **look)
        ends = [min(targets.min(), predictions.min()), max(targets.max(), predictions.max())]
        above.plot(ends, ends, color=INK, linewidth=1, linestyle=":", label="prediction = target")
        below.axhline(0, color=INK, linewidth=1, linestyle=":")
        above.set(xlabel="target", ylabel="prediction")
        below.set(xlabel="prediction", ylabel="target - prediction")
        handles, labels = above.get_legend_handles_labels()
        above.legend(handles if outputs > 1 else handles[-1:], labels if outputs > 1 else labels[-1:])
    return figure
