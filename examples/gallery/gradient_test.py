"""
The gradient test, as a picture
===============================

Along a direction v, f(x + h v) - f(x) shrinks like h, and f(x + h v) - f(x) - h <grad, v> like h squared,
if the gradient is right. On logarithmic axes the two are lines of slope 1 and 2, down to the rounding of f.
"""

import numpy as np
from numpy.typing import NDArray

import gradwright as gw

rng = np.random.default_rng(0)
x, y = rng.normal(size=(50, 3)), rng.normal(size=50)


def loss(w: NDArray[np.float64]) -> float:
    return float((np.tanh(x @ w) - y) @ (np.tanh(x @ w) - y))


def gradient(w: NDArray[np.float64]) -> NDArray[np.float64]:
    out = np.tanh(x @ w)
    return np.asarray(x.T @ (2 * (out - y) * (1 - out**2)))


right = gw.check_gradient(loss, gradient, np.ones(3))
print(right.brief)
figure = right.plot()

# %%
# One per mille too large is wrong as well: the second line bends into the slope of the first.

wrong = gw.check_gradient(loss, lambda w: 1.001 * gradient(w), np.ones(3))
print(wrong.brief)
bent = wrong.plot()
