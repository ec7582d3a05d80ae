"""Adam and AdamW: three steps worked by hand, and the recurrences of the field."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from gradwright.optim import Adam, AdamW, Optimizer

Follow = Callable[[Optimizer, Sequence[float], float], list[float]]
ROUNDING = 1e-14  # a handful of float64 operations near 1
RATE = 0.1

# With beta2 = 0.36 the roots of v come out even: 0.36 = 0.6^2, 1 - 0.36 = 0.8^2, and the gradients complete
# right triangles: v = (0.8 * 5)^2 = 4^2, then 2.4^2 + 1^2 = 2.6^2, then 1.56^2 + 0.65^2 = 1.69^2.
GRADS = (5.0, 1.25, -0.8125)
NEGLIGIBLE_EPSILON = 1e-300


def test_adam_steps_worked_by_hand(follow: Follow) -> None:
    optimizer = Adam(beta1=0.5, beta2=0.36, epsilon=NEGLIGIBLE_EPSILON)
    # m: 0.5 * 5 = 2.5,  1.25 + 0.625 = 1.875,  0.9375 - 0.40625 = 0.53125
    # 1 - beta1^t: 0.5, 0.75, 0.875              1 - beta2^t: 0.64, 0.8704, 0.953344
    first = 1 - 0.1 * (2.5 / 0.5) / (4 / math.sqrt(0.64))  # 1 - 0.1 * 5 / 5
    second = first - 0.1 * (1.875 / 0.75) / (2.6 / math.sqrt(0.8704))
    third = second - 0.1 * (0.53125 / 0.875) / (1.69 / math.sqrt(0.953344))
    assert first == pytest.approx(0.9, abs=ROUNDING)
    assert follow(optimizer, GRADS, RATE) == pytest.approx([first, second, third], abs=ROUNDING)


def test_adamw_adds_the_decay_of_the_parameters_before_the_step(follow: Follow) -> None:
    adam = Adam(beta1=0.5, beta2=0.36, epsilon=NEGLIGIBLE_EPSILON)
    adamw = AdamW(beta1=0.5, beta2=0.36, epsilon=NEGLIGIBLE_EPSILON, weight_decay=0.2)
    moved = np.diff([1.0, *follow(adam, GRADS, RATE)])  # the gradients are given: Adam's moves stay the same
    first = 1 * (1 - 0.1 * 0.2) + moved[0]  # 0.98 - 0.1
    second = first * 0.98 + moved[1]
    third = second * 0.98 + moved[2]
    assert first == pytest.approx(0.88, abs=ROUNDING)
    assert follow(adamw, GRADS, RATE) == pytest.approx([first, second, third], abs=ROUNDING)


@pytest.mark.parametrize("weight_decay", [None, 0.05], ids=["Adam", "AdamW"])
def test_the_recurrence_is_that_of_the_field(weight_decay: float | None) -> None:
    # The common form: the parameters decay first, the rate takes up the correction of the first moment,
    # the root that of the second, and epsilon, large here so that its place shows, is added to the root.
    beta1, beta2, epsilon = 0.9, 0.99, 0.1
    optimizer: Optimizer = (
        Adam(beta1=beta1, beta2=beta2, epsilon=epsilon)
        if weight_decay is None
        else AdamW(beta1=beta1, beta2=beta2, epsilon=epsilon, weight_decay=weight_decay)
    )
    rng = np.random.default_rng(6)
    theta = rng.normal(size=3)
    state = optimizer.init(theta)
    expected, m, v = theta.tolist(), [0.0] * 3, [0.0] * 3
    for t, rate in enumerate((0.1, 0.05, 0.2, 0.01), start=1):
        grad = rng.normal(size=3)
        theta, state = optimizer.update(theta, grad, state, rate)
        for i, g in enumerate(grad.tolist()):
            expected[i] *= 1 - rate * (weight_decay or 0)
            m[i] += (1 - beta1) * (g - m[i])
            v[i] = beta2 * v[i] + (1 - beta2) * g**2
            root = math.sqrt(v[i]) / math.sqrt(1 - beta2**t) + epsilon
            expected[i] -= rate / (1 - beta1**t) * m[i] / root
        np.testing.assert_allclose(theta, expected, rtol=0, atol=ROUNDING)
        assert state["t"] == t


@pytest.mark.parametrize("size", [1e-6, 1.0, 1e6])
def test_the_first_step_is_the_rate_whatever_the_size_of_the_gradient(follow: Follow, size: float) -> None:
    optimizer = Adam(epsilon=NEGLIGIBLE_EPSILON)
    assert follow(optimizer, [-size], RATE) == pytest.approx([1 + RATE], abs=ROUNDING)


def test_a_gradient_of_zero_leaves_adam_where_it_is_and_lets_adamw_shrink(follow: Follow) -> None:
    assert follow(Adam(), [0.0, 0.0], RATE) == [1.0, 1.0]
    assert follow(AdamW(weight_decay=0.5), [0.0, 0.0], RATE) == pytest.approx([0.95, 0.9025], abs=ROUNDING)


def test_adamw_without_decay_is_adam(follow: Follow) -> None:
    assert follow(AdamW(weight_decay=0.0), GRADS, RATE) == follow(Adam(), GRADS, RATE)


def test_adamw_does_not_pass_for_adam() -> None:
    assert not isinstance(AdamW(), Adam)
