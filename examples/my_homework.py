"""A course's network of two layers with a mistake in its gradient, as it is handed in: which one?

gradwright check examples/my_homework.py:loss_and_grad --at examples/my_homework.py:point
"""

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[np.float64]]

rng = np.random.default_rng(0)
x = rng.standard_normal((100, 4))
y = rng.integers(3, size=100)
point = {
    "W1": rng.standard_normal((4, 8)) / 2,
    "b1": np.zeros(8),
    "W2": rng.standard_normal((8, 3)) / 3,
    "b2": np.zeros(3),
}


def loss_and_grad(p: Arrays) -> tuple[float, Arrays]:
    """The mean cross-entropy of softmax(tanh(x W1 + b1) W2 + b2), and its gradient."""
    n = len(x)
    h = np.tanh(x @ p["W1"] + p["b1"])
    scores = h @ p["W2"] + p["b2"]
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    probabilities = scores / scores.sum(axis=1, keepdims=True)
    loss = float(-np.log(probabilities[np.arange(n), y]).mean())

    d_scores = probabilities.copy()
    d_scores[np.arange(n), y] -= 1
    d_scores /= n
    d_h = (d_scores @ p["W2"].T) * (1 - h**2)
    return loss, {
        "W1": x.T @ d_h,
        "b1": d_h.sum(axis=0),
        "W2": h.T @ d_scores / n,
        "b2": d_scores.sum(axis=0),
    }
