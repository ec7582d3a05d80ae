"""
Learning-rate schedules
=======================

A schedule is a frozen value that says the rate of every step. ``preview`` asks it before anything is
trained, as ``gradwright schedule FILE`` does.
"""

import numpy as np

import gradwright as gw
from gradwright.drawing import color, new_figure, styled
from gradwright.optim import Schedule, rates

EPOCHS, STEPS = 30, 20
schedules: dict[str, Schedule] = {
    "ExponentialDecay": gw.ExponentialDecay(0.1, 0.9),
    "CosineDecay": gw.CosineDecay(0.1, end=0.0, duration=EPOCHS),
    "StepDecay": gw.StepDecay(0.1, 0.3, every=10),
    "OneCycle": gw.OneCycle(0.1, duration=EPOCHS * STEPS),
    "LinearWarmup": gw.LinearWarmup(5 * STEPS, gw.CosineDecay(0.1, end=0.0, duration=EPOCHS)),
}

# %%
# Within an epoch the rate stands still, unless the schedule counts steps, as OneCycle and the warm-up do.

with styled():
    figure, (axes,) = new_figure(3.4)
    for i, (name, schedule) in enumerate(schedules.items()):
        epochs = np.arange(EPOCHS * STEPS) / STEPS
        strokes = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
        axes.plot(epochs, rates(schedule, EPOCHS, STEPS), color=color(i), linestyle=strokes[i], label=name)
    axes.set(xlabel="epoch", ylabel="learning rate")
    axes.legend()
