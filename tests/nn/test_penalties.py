"""Penalties: the factor as documented, and biases left alone."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gradwright.errors import ConfigError
from gradwright.nn import L1, L2, Linear, MeanSquaredError, Objective, Penalty, Sequential, Tanh

THETA = np.array([3.0, -1.0, 0.0, 2.0])
MASK = np.array([True, True, True, False])
TINY = 1e-30  # the complex step: its square vanishes beside 1, so nothing is cancelled
ROUNDING = 1e-14  # a handful of float64 operations near 1

every_penalty = pytest.mark.parametrize("penalty", [L2(0.5), L1(0.5)], ids=["L2", "L1"])


def test_l2_is_the_factor_times_the_sum_of_squares() -> None:
    assert L2(0.5).forward(THETA, MASK) == 0.5 * (9 + 1)
    assert L2(0.5).backward(THETA, MASK).tolist() == [3, -1, 0, 0]


def test_l1_is_the_factor_times_the_sum_of_absolute_values() -> None:
    assert L1(0.5).forward(THETA, MASK) == 0.5 * (3 + 1)
    assert L1(0.5).backward(THETA, MASK).tolist() == [0.5, -0.5, 0, 0]


def test_half_the_decay_of_report_s3_is_the_factor() -> None:
    decay = 1e-3
    np.testing.assert_allclose(L2(decay / 2).backward(THETA, np.ones(4)), decay * THETA, rtol=ROUNDING)


@every_penalty
def test_the_gradient_is_that_of_the_value(penalty: Penalty) -> None:
    theta = np.array([3.0, -1.0, 0.25, 2.0])  # away from the kink of L1
    for j, step in enumerate(np.eye(4) * 1j * TINY):
        slope = penalty.forward(theta + step, MASK).imag / TINY
        assert penalty.backward(theta, MASK)[j] == pytest.approx(slope, abs=ROUNDING)


@every_penalty
def test_a_penalty_does_not_promote_float32(penalty: Penalty) -> None:
    theta = THETA.astype(np.float32)
    assert penalty.backward(theta, MASK).dtype == np.float32
    assert penalty.forward(theta, MASK).dtype == np.float32


@every_penalty
def test_an_objective_adds_the_penalty_of_its_weights_and_not_of_its_biases(penalty: Penalty) -> None:
    network = Sequential(Linear(2, 3), Tanh(), Linear(3, 1))
    plain, penalized = (Objective(network, MeanSquaredError(), p) for p in (None, penalty))
    rng = np.random.default_rng(3)
    theta, x, target = rng.normal(size=13), rng.normal(size=(5, 2)), rng.normal(size=5)
    value, grad = plain.value_and_grad(theta, x, target)
    found, found_grad = penalized.value_and_grad(theta, x, target)

    layout = plain.layout
    weights = layout.named(theta)["0.weight"], layout.named(theta)["2.weight"]
    powers = [(w**2 if penalty == L2(0.5) else abs(w)).sum() for w in weights]
    assert found == pytest.approx(value + 0.5 * sum(powers), abs=ROUNDING)
    added = layout.named(found_grad - grad)
    assert not added["0.bias"].any()
    assert not added["2.bias"].any()
    expected = weights[1] if penalty == L2(0.5) else 0.5 * np.sign(weights[1])
    np.testing.assert_allclose(added["2.weight"], expected, rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("kind", [L1, L2])
@pytest.mark.parametrize("bad", [-1e-3, math.nan, math.inf])
def test_a_factor_that_is_negative_or_not_finite_is_refused(kind: type[L1 | L2], bad: float) -> None:
    with pytest.raises(ConfigError, match=rf"{kind.__name__}\.factor: expected a finite number >= 0, found"):
        kind(bad)
