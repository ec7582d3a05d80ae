"""
A wrong derivative, found by its line
=====================================

A layer as many a course asks for it, with a slip. The checker says that it is wrong, in which gradients,
and which edit of which line makes all of them right: it was tried, not guessed.
"""

import numpy as np
from numpy.typing import NDArray

import gradwright as gw

Array = NDArray[np.float64]
Cache = tuple[Array, Array, Array]


def forward(x: Array, w: Array) -> tuple[Array, Cache]:
    h = np.tanh(x @ w)
    return h, (x, w, h)


def backward(dh: Array, cache: Cache) -> tuple[Array, Array]:
    x, w, h = cache
    dz = dh * (1 - h)
    return dz @ w.T, x.T @ dz


rng = np.random.default_rng(0)
report = gw.check_pair(forward, backward, x=rng.normal(size=(6, 3)), w=rng.normal(size=(3, 4)))
print(report.brief)

# %%
# The remainder of the second order bends into the slope of the first.

figure = report.plot()
