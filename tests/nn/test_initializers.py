"""Initialisers: the spread that the theory asks for, the reports' own rules, and rules that cannot be."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from gradwright.errors import ConfigError
from gradwright.nn import Linear, ParameterLayout, Sequential, Tanh
from gradwright.nn.initializers import (
    INITIALIZERS,
    Constant,
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LeCunNormal,
    LeCunUniform,
    Normal,
    Orthogonal,
    Uniform,
    Zeros,
)
from gradwright.nn.layer import Initializer

FAN_IN, FAN_OUT = 500, 300
COUNT = FAN_IN * FAN_OUT
SIGMAS = 5  # one draw in two million leaves these bounds, and the seed is fixed
ROUNDING = 1e-12  # products of a few hundred float64 terms near 1

NORMAL = 2.0  # the sample variance of n draws has relative variance (kurtosis - 1) / n: 2/n if normal,
UNIFORM = 0.8  # 0.8/n if uniform


def draw(rule: Initializer, shape: tuple[int, ...] = (FAN_IN, FAN_OUT), seed: int = 0) -> np.ndarray:
    return rule.draw(shape, np.random.default_rng(seed))


FAN_RULES: tuple[Initializer, ...] = (
    GlorotUniform(),
    GlorotNormal(),
    HeUniform(),
    HeNormal(),
    LeCunUniform(),
    LeCunNormal(),
    Orthogonal(),
)
EVERY: tuple[Initializer, ...] = (Constant(1.0), Zeros(), Uniform(), Normal(), *FAN_RULES)
SPREADS: list[tuple[Initializer, float, float]] = [
    (Uniform(), 1 / 3, UNIFORM),
    (Normal(), 1, NORMAL),
    (Normal(0.01), 1e-4, NORMAL),
    (GlorotUniform(), 2 / (FAN_IN + FAN_OUT), UNIFORM),
    (GlorotNormal(), 2 / (FAN_IN + FAN_OUT), NORMAL),
    (HeUniform(), 2 / FAN_IN, UNIFORM),
    (HeNormal(), 2 / FAN_IN, NORMAL),
    (LeCunUniform(), 1 / FAN_IN, UNIFORM),
    (LeCunNormal(), 1 / FAN_IN, NORMAL),
]


@pytest.mark.parametrize(("rule", "variance", "tails"), SPREADS, ids=lambda v: str(v))
def test_the_mean_is_zero_and_the_variance_that_of_the_theory(
    rule: Initializer, variance: float, tails: float
) -> None:
    w = draw(rule)
    assert abs(w.mean()) < SIGMAS * math.sqrt(variance / COUNT)
    assert w.var() == pytest.approx(variance, rel=SIGMAS * math.sqrt(tails / COUNT))


@pytest.mark.parametrize(
    ("rule", "low", "high"),
    [
        (Uniform(), -1, 1),
        (Uniform(0.5, 2), 0.5, 2),
        (GlorotUniform(), -math.sqrt(6 / (FAN_IN + FAN_OUT)), math.sqrt(6 / (FAN_IN + FAN_OUT))),
        (HeUniform(), -math.sqrt(6 / FAN_IN), math.sqrt(6 / FAN_IN)),
        (LeCunUniform(), -math.sqrt(3 / FAN_IN), math.sqrt(3 / FAN_IN)),
    ],
    ids=lambda v: str(v),
)
def test_a_uniform_rule_fills_its_interval_and_does_not_leave_it(
    rule: Initializer, low: float, high: float
) -> None:
    w = draw(rule)
    near = (high - low) * SIGMAS * 3 / COUNT  # the gap at an end is exponential: e^-15 to be larger
    assert low <= w.min() < low + near
    assert high - near < w.max() < high


def test_constants_zeros_and_means_are_exact() -> None:
    assert draw(Constant(0.25), (2, 3)).tolist() == [[0.25] * 3] * 2
    assert draw(Zeros(), (4,)).tolist() == [0] * 4
    assert draw(Normal(std=0, mean=-2), (2,)).tolist() == [-2, -2]


@pytest.mark.parametrize("shape", [(7, 3), (3, 7), (5, 5), (1, 4)], ids=str)
def test_the_shorter_side_of_an_orthogonal_weight_is_orthonormal(shape: tuple[int, int]) -> None:
    w = draw(Orthogonal(gain=2.0), shape)
    assert w.shape == shape
    gram = w.T @ w if shape[0] >= shape[1] else w @ w.T
    np.testing.assert_allclose(gram, 4 * np.eye(min(shape)), rtol=0, atol=ROUNDING)


def test_orthogonal_prefers_no_sign() -> None:
    """QR alone puts one sign on every corner; the mean of 400 fair signs is within 5/sqrt(400) of 0."""
    corners = [draw(Orthogonal(), (2, 2), seed)[0, 0] for seed in range(400)]
    assert abs(np.sign(corners).mean()) < SIGMAS / math.sqrt(400)


@pytest.mark.parametrize("rule", EVERY, ids=str)
def test_every_rule_draws_float64_of_the_shape_and_repeats_itself(rule: Initializer) -> None:
    w = draw(rule, (3, 4), seed=11)
    assert w.shape == (3, 4)
    assert w.dtype == np.float64
    np.testing.assert_array_equal(w, draw(rule, (3, 4), seed=11))


def test_every_rule_is_among_them() -> None:
    assert {type(rule) for rule in EVERY} == set(INITIALIZERS)


def test_float32_and_float64_start_from_the_same_numbers() -> None:
    layout = ParameterLayout.of(Sequential(Linear(4, 6), Tanh(), Linear(6, 2, weight_init=HeNormal())))
    single, double = (layout.initialize(np.random.default_rng(5), t) for t in (np.float32, np.float64))
    np.testing.assert_array_equal(single, double.astype(np.float32))


def test_the_rules_of_the_reports_can_be_said() -> None:
    s1_order = 8.0  # report S1: U(0, 1) divided by a number, for weights and biases
    s1 = Linear(2, 50, weight_init=Uniform(0, 1 / s1_order), bias_init=Uniform(0, 1 / s1_order))
    theta = ParameterLayout.of(s1).initialize(np.random.default_rng(0))
    assert 0 <= theta.min() < theta.max() < 1 / s1_order

    s3: dict[str, Initializer] = {
        "Normal": Normal(),
        "Glorot": GlorotUniform(),
        "Zeros": Zeros(),
        "Solution 2": Normal(0.001),
    }
    spreads = {name: draw(rule, (784, 512)).std() for name, rule in s3.items()}
    expected = {"Normal": 1, "Glorot": math.sqrt(2 / 1296), "Zeros": 0, "Solution 2": 0.001}
    assert spreads == pytest.approx(expected, rel=SIGMAS * math.sqrt(NORMAL / 4 / (784 * 512)))


@pytest.mark.parametrize("rule", FAN_RULES, ids=str)
def test_a_rule_of_fans_is_not_defined_for_a_bias(rule: Initializer) -> None:
    message = rf"{type(rule).__name__}: expected a weight of shape \(in, out\), found the shape \(3,\)"
    with pytest.raises(ConfigError, match=message):
        ParameterLayout.of(Linear(2, 3, bias_init=rule)).initialize(np.random.default_rng(0))


@pytest.mark.parametrize(
    ("kind", "arguments", "message"),
    [
        (Constant, (math.nan,), r"Constant\.value: expected a finite number, found nan"),
        (Uniform, (1.0, 1.0), r"Uniform: expected finite low < high, found low 1\.0 and high 1\.0"),
        (Uniform, (2.0, 1.0), "Uniform: expected finite low < high"),
        (Uniform, (0.0, math.inf), r"Uniform\.high: expected a finite number, found inf"),
        (Uniform, (math.nan, 1.0), r"Uniform\.low: expected a finite number, found nan"),
        (Normal, (-1.0,), r"Normal\.std: expected a finite number >= 0, found -1\.0"),
        (Normal, (math.inf,), r"Normal\.std: expected a finite number >= 0"),
        (partial(Normal, mean=math.nan), (1.0,), r"Normal\.mean: expected a finite number, found nan"),
        (Orthogonal, (math.inf,), r"Orthogonal\.gain: expected a finite number, found inf"),
    ],
)
def test_numbers_that_cannot_be_are_refused(
    kind: Callable[..., Initializer], arguments: tuple[float, ...], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        kind(*arguments)
