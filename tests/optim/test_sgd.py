"""SGD: three steps worked by hand, the recurrence of the field, and report S1's form of Nesterov's method."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from gradwright.errors import ConfigError
from gradwright.optim import SGD, Optimizer

Follow = Callable[[Optimizer, Sequence[float], float], list[float]]
ROUNDING = 1e-14  # a handful of float64 operations near 1
RATE = 0.1
GRADS = (1.0, 2.0, -1.0)


def test_plain_steps_worked_by_hand(follow: Follow) -> None:
    by_hand = [
        0.9,  # 1.0 - 0.1 * 1
        0.7,  # 0.9 - 0.1 * 2
        0.8,  # 0.7 + 0.1 * 1
    ]
    assert follow(SGD(), GRADS, RATE) == pytest.approx(by_hand, abs=ROUNDING)


def test_momentum_steps_worked_by_hand(follow: Follow) -> None:
    by_hand = [
        0.9,  # m = 0.5 * 0   + 1 = 1     1.00 - 0.1 * 1
        0.65,  # m = 0.5 * 1   + 2 = 2.5   0.90 - 0.1 * 2.5
        0.625,  # m = 0.5 * 2.5 - 1 = 0.25  0.65 - 0.1 * 0.25
    ]
    assert follow(SGD(momentum=0.5), GRADS, RATE) == pytest.approx(by_hand, abs=ROUNDING)


def test_nesterov_steps_worked_by_hand(follow: Follow) -> None:
    by_hand = [
        0.85,  # m = 1     step  1 + 0.5 * 1    =  1.5    1.000 - 0.1 * 1.5
        0.525,  # m = 2.5   step  2 + 0.5 * 2.5  =  3.25   0.850 - 0.1 * 3.25
        0.6125,  # m = 0.25  step -1 + 0.5 * 0.25 = -0.875  0.525 + 0.1 * 0.875
    ]
    assert follow(SGD(momentum=0.5, nesterov=True), GRADS, RATE) == pytest.approx(by_hand, abs=ROUNDING)


@pytest.mark.parametrize("nesterov", [False, True])
def test_the_recurrence_is_that_of_the_field(nesterov: bool) -> None:
    # The common form: the buffer begins as the first gradient, without dampening, and the rate, here a
    # changing one, multiplies the step at the end.
    rng = np.random.default_rng(5)
    optimizer = SGD(momentum=0.9, nesterov=nesterov)
    theta = rng.normal(size=4)
    state = optimizer.init(theta)
    expected = theta.tolist()
    buffer: list[float] = []
    for rate in (0.1, 0.05, 0.2, 0.01):
        grad = rng.normal(size=4)
        theta, state = optimizer.update(theta, grad, state, rate)
        buffer = [0.9 * b + g for b, g in zip(buffer, grad, strict=True)] if buffer else grad.tolist()
        steps = [g + 0.9 * b for g, b in zip(grad, buffer, strict=True)] if nesterov else buffer
        expected = [x - rate * s for x, s in zip(expected, steps, strict=True)]
        np.testing.assert_allclose(theta, expected, rtol=0, atol=ROUNDING)


def test_a_change_of_rate_acts_at_once_on_the_whole_step() -> None:
    optimizer = SGD(momentum=0.5)
    theta = np.array([1.0])
    theta, state = optimizer.update(theta, np.array([1.0]), optimizer.init(theta), 1.0)
    stopped, _ = optimizer.update(theta, np.array([1.0]), state, 0.0)
    assert stopped == theta  # a rate inside the momentum would coast on


def test_the_look_ahead_form_of_report_s1_is_the_same_method() -> None:
    # S1:  v <- beta v + lr g(w - beta v),  w <- w - v.  Its look-ahead point w - beta v is our theta.
    beta, rate = 0.9, 0.02
    scales = np.array([1.0, 10.0, 30.0])

    def gradient(x: np.ndarray) -> np.ndarray:
        return scales * (x + 0.1 * x**3)

    optimizer = SGD(momentum=beta, nesterov=True)
    w = theta = np.array([1.0, -2.0, 0.5])
    v = np.zeros(3)
    state = optimizer.init(theta)
    for _ in range(50):
        v = beta * v + rate * gradient(w - beta * v)
        w = w - v
        theta, state = optimizer.update(theta, gradient(theta), state, rate)
        np.testing.assert_allclose(theta, w - beta * v, rtol=0, atol=ROUNDING)
        np.testing.assert_allclose(rate * state["m"], v, rtol=0, atol=ROUNDING)


def test_plain_descent_carries_no_state() -> None:
    theta = np.ones(2)
    assert SGD().init(theta) == {}
    assert SGD().update(theta, theta, {}, RATE)[1] == {}


def test_nesterov_without_momentum_is_refused() -> None:
    message = "SGD.momentum: expected a number in (0, 1) with nesterov, found 0.0"
    with pytest.raises(ConfigError, match=f"^{re.escape(message)}$"):
        SGD(nesterov=True)
