"""
What weights begin with
=======================

Twenty layers of tanh, before anything is trained. With weights that are too small the rows die out on their
way, with weights that are too large they end in saturation; Glorot's rule keeps their spread.
"""

import numpy as np

import gradwright as gw
from gradwright.drawing import MARKERS, color, new_figure, set_log, styled
from gradwright.nn.initializers import GlorotNormal, Normal
from gradwright.nn.layer import Initializer

DEPTH, WIDTH = 20, 100
rng = np.random.default_rng(0)
x = rng.normal(size=(500, WIDTH))
rules: dict[str, Initializer] = {
    "Normal, sd 0.05": Normal(0.05),
    "GlorotNormal": GlorotNormal(),
    "Normal, sd 0.3": Normal(0.3),
}

spreads: dict[str, list[float]] = {}
for name, rule in rules.items():
    layer = gw.Linear(WIDTH, WIDTH, weight_init=rule)
    h = x
    spreads[name] = []
    for _ in range(DEPTH):
        params = gw.ParameterLayout.of(layer)
        h = np.tanh(layer.forward(params.tree(params.initialize(rng)), h)[0])
        spreads[name].append(float(h.std()))
    print(f"{name:16} after {DEPTH} layers {spreads[name][-1]:.2g}")

# %%

with styled():
    figure, (axes,) = new_figure(3.4)
    for i, (name, spread) in enumerate(spreads.items()):
        axes.plot(range(1, DEPTH + 1), spread, color=color(i), marker=MARKERS[i], label=name)
    axes.set(xlabel="layer", ylabel="standard deviation of the outputs")
    axes.set_xticks(range(0, DEPTH + 1, 5))
    set_log(axes, "y")
    axes.legend()
