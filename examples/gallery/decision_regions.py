"""
What a network answers where
============================

Peaks: five classes of points in the plane, drawn from a known recipe. Two hidden layers learn them in a
second, and the picture shows the answer at each point of the plane, with the validation rows in the colour
of their true class.
"""

import gradwright as gw
from gradwright.show import decision_regions

network = gw.mlp(2, 30, 30, 5, activation="Tanh")
data = gw.data.load("peaks")
rate = gw.ExponentialDecay(0.1, 0.9)
run = gw.fit(network, data, optimizer=gw.SGD(momentum=0.9), learning_rate=rate, epochs=15, progress=False)
print(run)

# %%
# Regions are tinted, and bounded where two classes tie.

figure = decision_regions(run)
