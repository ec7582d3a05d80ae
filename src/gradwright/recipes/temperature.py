"""Probabilities that mean what they say: a number that all logits are divided by, fitted on rows held out."""

from __future__ import annotations

import numpy as np

from gradwright.nn.layer import Array

COLDEST, HOTTEST = 0.01, 100.0
HALVINGS = 60  # of the interval in log T, which leaves nothing of it


def temperature(logits: Array, labels: Array, weights: Array | None = None) -> float:
    """T > 0 with the least mean of -t log softmax(logits / T) on rows that were not trained on.

    Guo, Pleiss, Sun and Weinberger, On Calibration of Modern Neural Networks, ICML 2017. The target t of a
    row is its label, but for a share of 1 / (n + 1), n being the number of rows, that is spread over all
    classes alike: so T does not go to 0 where a few rows are all answered rightly. Which class is the
    likeliest does not depend on T.

    With b = 1 / T the mean is convex, and its slope in b is mean(sum_k (p_k - t_k) z_k), p = softmax(b z):
    where that is 0 is found by halving.

    Args:
        logits: z (n, k).
        labels: (n,), from 0.
        weights: (n,), how much each row counts; by default all the same.

    >>> z = np.array([[4.0, 0.0], [4.0, 0.0], [4.0, 0.0], [0.0, 4.0]] * 25)    # sure of itself: e^4 to 1
    >>> y = np.array([0, 0, 1, 1] * 25)                                        # right in 3 of 4: 3 to 1
    >>> round(temperature(z, y), 1)                                            # 4 / log 3 is 3.6
    3.7
    """
    z = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    n = len(z)
    share = 1 / (n + 1)
    at_target = (1 - share) * z[np.arange(n), labels] + share * z.mean(axis=1)

    def slope(t: float) -> float:
        """How the mean changes with b, at b = 1 / t."""
        p = np.exp(z / t)
        p /= p.sum(axis=1, keepdims=True)
        return float(np.average((p * z).sum(axis=1) - at_target, weights=weights))

    low, high = COLDEST, HOTTEST
    for _ in range(HALVINGS):
        middle = np.sqrt(low * high)
        low, high = (middle, high) if slope(middle) >= 0 else (low, middle)
    return float(np.sqrt(low * high))
