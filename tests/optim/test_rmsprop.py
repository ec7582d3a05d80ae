"""RMSProp: three steps worked by hand, and the recurrence of the field."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from gradwright.optim import Optimizer, RMSProp

Follow = Callable[[Optimizer, Sequence[float], float], list[float]]
ROUNDING = 1e-14  # a handful of float64 operations near 1


def test_steps_worked_by_hand(follow: Follow) -> None:
    # With decay = 0.36 the roots come out even: 0.36 = 0.6^2, 1 - 0.36 = 0.8^2, and the gradients complete
    # right triangles: v = (0.8 * 5)^2 = 4^2, then 2.4^2 + 1^2 = 2.6^2, then 1.56^2 + 0.65^2 = 1.69^2.
    first = 1 - 0.1 * 5 / 4
    second = first - 0.1 * 1.25 / 2.6
    third = second + 0.1 * 0.8125 / 1.69
    optimizer = RMSProp(decay=0.36, epsilon=1e-300)
    assert follow(optimizer, [5.0, 1.25, -0.8125], 0.1) == pytest.approx([first, second, third], abs=ROUNDING)


def test_the_recurrence_is_that_of_the_field(follow: Follow) -> None:
    # The common form, neither centred nor with momentum: epsilon, large here, is added to the root.
    grads = np.random.default_rng(7).normal(size=5).tolist()
    theta, v, expected = 1.0, 0.0, []
    for g in grads:
        v += (1 - 0.9) * (g**2 - v)
        theta -= 0.1 * g / (math.sqrt(v) + 0.5)
        expected.append(theta)
    assert follow(RMSProp(decay=0.9, epsilon=0.5), grads, 0.1) == pytest.approx(expected, abs=ROUNDING)


def test_a_gradient_of_zero_moves_nothing(follow: Follow) -> None:
    assert follow(RMSProp(), [0.0, 0.0], 0.1) == [1.0, 1.0]
