"""
A band that holds eight of ten
==============================

The loss decides what a network answers: the squared error its mean, ``Quantile(q)`` the number that a share
q of the targets stays below. Two networks, for 0.1 and 0.9, bound a band whose width follows the noise.
"""

import numpy as np

import gradwright as gw
from gradwright.drawing import GREY, color, new_figure, styled

rng = np.random.default_rng(0)
x = rng.uniform(0, 6, size=(1500, 1))
y = np.sin(x[:, 0]) + (0.05 + 0.1 * x[:, 0]) * rng.normal(size=1500)

data = gw.Dataset.from_arrays(x, y, standardize=True)
grid = np.linspace(0, 6, 200).reshape(-1, 1)
answers = {}
for q in (0.1, 0.5, 0.9):
    run = gw.fit(
        gw.mlp(1, 32, 32, 1),
        data,
        loss=gw.Quantile(q),
        optimizer="Adam",
        learning_rate=gw.CosineDecay(0.01, end=0.0, duration=40),
        epochs=40,
        progress=False,
    )
    answers[q] = run.predict(grid)
    print(f"{(y <= run.predict(x)).mean():.1%} of the targets lie below the answer for q = {q}")

# %%

with styled():
    figure, (axes,) = new_figure(3.6)
    axes.plot(x, y, ".", color=GREY, markersize=2, alpha=0.6, label="rows")
    axes.fill_between(grid[:, 0], answers[0.1], answers[0.9], color=color(0), alpha=0.25, label="0.1 to 0.9")
    axes.plot(grid, answers[0.5], color=color(0), label="0.5, the median")
    axes.set(xlabel="x", ylabel="y")
    axes.legend(loc="upper left")
