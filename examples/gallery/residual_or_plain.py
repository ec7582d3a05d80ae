"""
Deep, with and without skips
============================

The same twelve hidden layers twice: one after the other, and in six residual blocks, y = x + body(x). The
gradient of a block has the identity in it, so the first layers learn from the beginning.
"""

import gradwright as gw
from gradwright.show import learning_curves

WIDTH, BLOCKS = 16, 6


def body() -> gw.Sequential:
    return gw.Sequential(gw.Linear(WIDTH, WIDTH), gw.Tanh(), gw.Linear(WIDTH, WIDTH), gw.Tanh())


plain = gw.Sequential(gw.Linear(2, WIDTH), *(body() for _ in range(BLOCKS)), gw.Linear(WIDTH, 5))
residual = gw.Sequential(
    gw.Linear(2, WIDTH), *(gw.Residual(body()) for _ in range(BLOCKS)), gw.Linear(WIDTH, 5)
)

data = gw.data.load("peaks")
runs = [
    gw.fit(network, data, learning_rate=0.02, batch_size=64, epochs=15, name=name, progress=False)
    for name, network in {"plain": plain, "residual": residual}.items()
]

# %%
# Loss and accuracy after each epoch; the dotted line is what no classifier can pass on these data.

figure = learning_curves(runs)
