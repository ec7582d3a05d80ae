"""
A class that is rare
====================

One row of thirty is of the class that matters. Counted like all others it is given up; ``class_weights``
says what its rows count, and moves the border between finding it and false alarms.
"""

import numpy as np

import gradwright as gw
from gradwright.drawing import MARKERS, color, new_figure, set_log, styled

rng = np.random.default_rng(0)
common, rare = rng.normal(size=(2900, 2)), rng.normal(1.5, 0.7, size=(100, 2))
x = np.vstack([common, rare])
y = np.array(["common"] * len(common) + ["rare"] * len(rare))

weights = [1, 3, 10, 30, 100]
found, alarms = [], []
for weight in weights:
    counted = {"rare": weight}
    run = gw.fit(
        gw.mlp(2, 16, 2), (x, y), class_weights=counted, epochs=20, learning_rate=0.1, progress=False
    )
    found.append((run.predict(rare) == "rare").mean())
    alarms.append((run.predict(common) == "rare").mean())
    print(
        f"weight {weight:3}: {found[-1]:.0%} of the rare rows are found, {alarms[-1]:.0%} of the others too"
    )

# %%

with styled():
    figure, (axes,) = new_figure(3.2)
    axes.plot(weights, found, color=color(0), marker=MARKERS[0], label="rare rows that are found")
    axes.plot(
        weights, alarms, "--", color=color(1), marker=MARKERS[1], label="common rows that are called rare"
    )
    axes.set(xlabel="weight of a rare row", ylabel="share", ylim=(-0.03, 1.03))
    set_log(axes, "x")
    axes.legend()
