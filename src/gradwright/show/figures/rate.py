"""The learning rate of every step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gradwright.drawing import PALE, color, new_figure, styled
from gradwright.optim import Preview
from gradwright.show.figures.scales import number_epochs, set_log_where_wide

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def learning_rate(preview: Preview) -> Figure:
    """The learning rate of each step, over the epochs; the part where training is frozen is shaded.

    Raises ``ConfigError`` where Matplotlib is not installed.

    >>> from gradwright.optim import ExponentialDecay, preview
    >>> figure = learning_rate(preview(ExponentialDecay(0.1, 0.9), epochs=20, steps_per_epoch=5))
    >>> figure.axes[0].get_ylabel()
    'learning rate'
    """
    rates = preview.rates
    epochs = len(rates) / preview.steps_per_epoch
    with styled():
        figure, (axes,) = new_figure(2.9)
        ends = np.arange(len(rates) + 1) / preview.steps_per_epoch
        axes.plot(ends, np.append(rates, rates[-1]), color=color(0), drawstyle="steps-post")
        axes.set(xlabel="epochs done", ylabel="learning rate", xlim=(0, epochs))
        number_epochs(axes)
        set_log_where_wide(axes)
        if axes.get_yscale() == "linear":
            axes.set_ylim(bottom=0)
        if preview.frozen_epoch is not None:
            label = "frozen: below 1/1000 of the peak"
            axes.axvspan(preview.frozen_epoch - 1, epochs, color=PALE, zorder=0, label=label)
            axes.legend(loc="lower left")
    return figure
