"""A run of an optimizer along gradients that are given, so that each step can be worked by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from gradwright.optim import Optimizer

Follow = Callable[[Optimizer, Sequence[float], float], list[float]]


@pytest.fixture(scope="session")
def follow() -> Follow:
    """The values that theta takes from 1 on, one after each of the gradients, at one learning rate."""

    def values(optimizer: Optimizer, grads: Sequence[float], learning_rate: float) -> list[float]:
        theta = np.array([1.0])
        state = optimizer.init(theta)
        path = []
        for grad in grads:
            theta, state = optimizer.update(theta, np.array([grad]), state, learning_rate)
            path.append(float(theta[0]))
        return path

    return values
