"""The Taylor test finds known orders, passes every right gradient and fails every slightly wrong one."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from gradwright.check import TaylorTest, fitted_order, taylor_test
from gradwright.errors import CheckError, ConfigError, RecordError, ShapeError
from gradwright.nn import Linear, MeanSquaredError, Objective, SoftmaxCrossEntropy, mlp, residual_block

Array = NDArray[Any]
Function = Callable[[Array], Any]
Gradient = Callable[[Array], Array]
Problem = tuple[Function, Gradient, Array]

SEEDS = range(200)
ORDER_TOLERANCE = 0.01  # remainders at least 100 times the noise, so that a logarithm is right to 0.01


def cubic(rng: np.random.Generator) -> Problem:
    return lambda z: (z**3).sum(), lambda z: 3 * z**2, rng.standard_normal(6)


def log_sum_exp(rng: np.random.Generator) -> Problem:
    matrix = rng.standard_normal((5, 8))

    def gradient(z: Array) -> Array:
        weights = np.exp(matrix @ z)
        slope: Array = matrix.T @ (weights / weights.sum())
        return slope

    return lambda z: np.log(np.exp(matrix @ z).sum()), gradient, rng.standard_normal(8)


def rosenbrock(rng: np.random.Generator) -> Problem:
    def value(z: Array) -> Any:
        return (100 * (z[1:] - z[:-1] ** 2) ** 2 + (1 - z[:-1]) ** 2).sum()

    def gradient(z: Array) -> Array:
        ridge = z[1:] - z[:-1] ** 2
        g = np.zeros_like(z)
        g[1:] += 200 * ridge
        g[:-1] -= 400 * ridge * z[:-1] + 2 * (1 - z[:-1])
        return g

    return value, gradient, 2 * rng.standard_normal(10)


def linear(rng: np.random.Generator) -> Problem:
    slope = rng.standard_normal(8)
    return lambda z: slope @ z + 3, lambda _: slope, rng.standard_normal(8)


def offset_by_a_million(rng: np.random.Generator) -> Problem:
    f, gradient, x = cubic(rng)
    return lambda z: 1e6 + f(z), gradient, x


def cancelling(rng: np.random.Generator) -> Problem:
    """f is of order 1, but its terms are of order 1e5: its rounding is far above its own epsilon."""
    f, gradient, x = cubic(rng)
    return lambda z: (f(z) + 1e5 * np.exp(z[0])) - 1e5 * np.exp(z[0]), gradient, x


CURVED = [cubic, log_sum_exp, rosenbrock, offset_by_a_million, cancelling]


def measure(problem: Problem, seed: int, factor: float = 1.0) -> TaylorTest:
    f, gradient, x = problem
    return taylor_test(f, lambda z: factor * gradient(z), x, rng=np.random.default_rng(seed))


@pytest.mark.parametrize("make", CURVED)
def test_a_right_gradient_passes_at_every_seed(make: Callable[[np.random.Generator], Problem]) -> None:
    for seed in SEEDS:
        test = measure(make(np.random.default_rng(seed)), seed)
        assert test.passed, f"seed {seed}\n{test}"


@pytest.mark.parametrize("make", [cubic, log_sum_exp, rosenbrock])
def test_the_orders_are_one_and_two(make: Callable[[np.random.Generator], Problem]) -> None:
    for seed in SEEDS:
        test = measure(make(np.random.default_rng(seed)), seed)
        assert test.first_order == pytest.approx(1, abs=ORDER_TOLERANCE)
        assert test.second_order == pytest.approx(2, abs=ORDER_TOLERANCE)


@pytest.mark.parametrize("factor", [1.001, 0.999, 1.0001, 0.9999], ids=str)
@pytest.mark.parametrize("make", [cubic, log_sum_exp, rosenbrock, linear])
def test_a_slightly_wrong_gradient_fails_at_every_seed(
    make: Callable[[np.random.Generator], Problem], factor: float
) -> None:
    for seed in SEEDS:
        test = measure(make(np.random.default_rng(seed)), seed, factor)
        assert not test.passed, f"seed {seed}\n{test}"


def test_a_linear_function_is_exact_and_said_to_be() -> None:
    for seed in SEEDS:
        test = measure(linear(np.random.default_rng(seed)), seed)
        assert test.exact
        assert test.passed
        assert test.first_order == pytest.approx(1, abs=ORDER_TOLERANCE)
        assert test.second_order is None
        assert test.accuracy is not None
        assert test.accuracy <= 1e-9
        assert "linear to rounding" in str(test)


def test_a_constant_function_passes_with_the_gradient_zero_alone() -> None:
    x, rng = np.ones(3), np.random.default_rng(0)
    right = taylor_test(lambda _: 5.0, np.zeros_like, x, rng=rng)
    assert right.passed
    assert right.accuracy == 0
    assert not taylor_test(lambda _: 5.0, lambda z: 1e-9 + 0 * z, x, rng=rng).passed
    assert taylor_test(lambda _: 0.0, np.zeros_like, x, rng=rng).passed


def test_a_gradient_below_the_noise_is_not_believed() -> None:
    """Beside 1e12 neither the right gradient nor a wrong one changes f: nothing was shown."""
    x, rng = np.ones(3), np.random.default_rng(0)
    for gradient in (lambda z: 1e-9 + 0 * z, lambda z: 5e-9 + 0 * z):
        test = taylor_test(lambda z: 1e12 + 1e-9 * z.sum(), gradient, x, rng=rng)
        assert not test.passed
        assert "too few steps" in str(test)


def test_a_higher_order_passes() -> None:
    test = measure((lambda z: (z**4).sum(), lambda z: 4 * z**3, np.zeros(3)), seed=0)
    assert test.second_order == pytest.approx(4, abs=ORDER_TOLERANCE)
    assert test.passed


def test_steps_across_a_kink_are_left_out() -> None:
    """At 0.01 from its kink |z| is linear: steps that reach across show a remainder, smaller ones none."""
    f, gradient = lambda z: np.abs(z).sum(), np.sign
    test = measure((f, gradient, np.full(4, 0.01)), seed=0)
    assert test.second[0] > 1e-3
    assert test.exact
    assert not measure((f, gradient, np.full(4, 0.01)), seed=0, factor=1.0001).passed


def test_a_kink_above_a_curved_function_is_left_out_too() -> None:
    def f(z: Array) -> Any:
        return np.abs(z).sum() + (z**2).sum()

    x = np.full(4, 1e-4)
    right = measure((f, lambda z: np.sign(z) + 2 * z, x), seed=0)
    assert right.passed
    assert right.second_order == pytest.approx(2, abs=ORDER_TOLERANCE)
    wrong = measure((f, lambda z: np.sign(z) + 2 * z, x), seed=0, factor=1.001)
    assert not wrong.passed


def test_a_kink_at_the_point_itself_fails() -> None:
    assert not measure((lambda z: np.abs(z).sum(), np.sign, np.zeros(4)), seed=0).passed


def test_large_steps_where_f_is_not_finite_are_left_out() -> None:
    """The logarithm ends at 0, which the largest steps from 0.005 reach and the small ones do not."""

    def f(z: Array) -> Any:
        return np.log(z).sum() if (z > 0).all() else np.nan

    test = measure((f, lambda z: 1 / z, np.full(3, 0.005)), seed=0)
    assert not np.isfinite(test.first[0])
    assert test.passed
    assert not measure((f, lambda z: 1 / z, np.full(3, 0.005)), seed=0, factor=1.001).passed


def test_faults_that_reports_have_had_fail() -> None:
    rng = np.random.default_rng(0)
    x, labels = rng.standard_normal((7, 3)), rng.integers(0, 3, 7)
    objective = Objective(Linear(3, 3), SoftmaxCrossEntropy())
    theta = rng.standard_normal(objective.layout.size)

    def f(z: Array) -> Any:
        return objective.value(z, x, labels)

    def gradient(z: Array) -> Array:
        return objective.value_and_grad(z, x, labels)[1]

    def transposed(z: Array) -> Array:
        g = gradient(z)
        return np.concatenate([g[:9].reshape(3, 3).T.ravel(), g[9:]])

    def check(g: Gradient) -> bool:
        return taylor_test(f, g, theta, rng=np.random.default_rng(1)).passed

    assert check(gradient)
    assert not check(lambda z: -gradient(z))
    assert not check(transposed)
    assert not check(lambda z: 7 * gradient(z))  # 1/N forgotten
    assert not check(lambda z: gradient(z) / 7)  # 1/N twice
    assert not check(lambda z: gradient(z) * (np.arange(12) < 9))  # the bias never learns
    assert not check(lambda z: gradient(z) + 0.002 * z)  # a decay that the value does not hold


# -- the tables of report S1 ------------------------------------------------------------------------------


def test_the_ratios_of_softmax_regression_are_those_of_s1() -> None:
    """Ten classes, one example, steps 2 * 0.5^i: S1 prints ratios that end at 4.000 and 2.001."""
    rng = np.random.default_rng(3)
    objective = Objective(Linear(10, 10, bias=False), SoftmaxCrossEntropy())
    x, label = rng.uniform(size=(1, 10)), rng.integers(0, 10, 1)
    test = taylor_test(
        lambda theta: objective.value(theta, x, label),
        lambda theta: objective.value_and_grad(theta, x, label)[1],
        rng.uniform(size=100),
        rng=rng,
        steps=2 * 0.5 ** np.arange(10),
    )
    *_, before_last, last = test.table()
    assert before_last.first_ratio == pytest.approx(2, abs=0.02)
    assert before_last.second_ratio == pytest.approx(4, abs=0.02)
    assert last.first_ratio is last.second_ratio is None
    assert test.passed


@pytest.mark.parametrize(
    ("network", "features"),
    [(mlp(2, 50, 5), 2), (residual_block(5, 20), 5)],
    ids=["2-50-5", "residual block"],
)
def test_the_ratios_of_s1s_networks_are_two_and_four(network: Any, features: int) -> None:
    """S1 moves all parameters of a network by 0.3 * 0.5^i and prints ten rows."""
    rng = np.random.default_rng(4)
    objective = Objective(network, MeanSquaredError())
    x = rng.uniform(size=(1, features))
    target = rng.uniform(size=(1, network.output_features(features)))
    test = taylor_test(
        lambda theta: objective.value(theta, x, target),
        lambda theta: objective.value_and_grad(theta, x, target)[1],
        objective.layout.initialize(rng),
        rng=rng,
        steps=0.3 * 0.5 ** np.arange(10),
    )
    row = test.table()[-2]
    assert row.first_ratio == pytest.approx(2, abs=0.02)
    assert row.second_ratio == pytest.approx(4, abs=0.02)


# -- the record -------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_test() -> None:
    problem = cubic(np.random.default_rng(0))
    assert measure(problem, seed=1) == measure(problem, seed=1)
    assert measure(problem, seed=1) != measure(problem, seed=2)


@pytest.mark.parametrize("make", [cubic, linear])
def test_a_test_goes_through_json_and_back(make: Callable[[np.random.Generator], Problem]) -> None:
    test = measure(make(np.random.default_rng(0)), seed=0)
    record = json.loads(json.dumps(test.to_dict(), allow_nan=False))
    assert TaylorTest.from_dict(record) == test
    assert record["passed"] is True


def test_a_test_that_is_not_finite_everywhere_goes_through_json_and_back() -> None:
    test = measure((lambda z: z.sum() if (z < 1.01).all() else np.inf, np.ones_like, np.ones(3)), seed=0)
    record = json.loads(json.dumps(test.to_dict(), allow_nan=False))
    assert record["second"][0] is None
    assert str(TaylorTest.from_dict(record)) == str(test)


def test_a_record_that_lacks_a_key_is_refused() -> None:
    record = measure(cubic(np.random.default_rng(0)), seed=0).to_dict()
    del record["noise_floor"]
    with pytest.raises(RecordError, match="expected the key 'noise_floor'"):
        TaylorTest.from_dict(record)


def test_the_table_prints_aligned_with_its_verdict() -> None:
    right = str(measure(cubic(np.random.default_rng(0)), seed=0)).splitlines()
    head, *rows, directions, verdict = right
    assert [*map(len, rows)] == [len(head)] * 17
    assert directions == "median of 5 random directions"
    assert verdict.startswith("passed: order 1.0000 of the first remainder, 2.0000 of the second")
    assert str(measure(cubic(np.random.default_rng(0)), 0, 1.01)).splitlines()[-1].startswith("failed: order")


def test_ratios_divide_a_value_by_the_next_one() -> None:
    test = dataclasses.replace(
        measure(cubic(np.random.default_rng(0)), seed=0),
        steps=(1.0, 0.5, 0.25),
        first=(4.0, 2.0, 0.0),
        second=(8.0, 2.0, 0.5),
    )
    assert [(row.first_ratio, row.second_ratio) for row in test.table()] == [
        (2.0, 4.0),
        (None, 4.0),
        (None, None),
    ]


def test_an_order_needs_three_points() -> None:
    steps = np.array([1.0, 0.5, 0.25])
    assert fitted_order(steps, 3 * steps**1.5) == pytest.approx(1.5)
    assert fitted_order(steps, np.array([1.0, 0.5, 0.0])) is None


# -- what is refused --------------------------------------------------------------------------------------

X = np.ones(2)
REFUSED: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "float32": (
        {"x": X.astype(np.float32)},
        ConfigError,
        "x: expected an array of float64, found .* float32",
    ),
    "gradient of another shape": ({"grad": lambda _: np.ones(3)}, ShapeError, r"expected the shape \(2,\)"),
    "gradient not finite": (
        {"grad": lambda _: np.array([1.0, np.inf])},
        CheckError,
        r"gradient: expected finite numbers, found inf at \[1\]",
    ),
    "f not finite": ({"f": lambda _: np.nan}, CheckError, r"f\(x\): expected a finite number, found nan"),
    "f finite at x alone": (
        {"f": lambda z: 0.0 if (z == X).all() else np.nan},
        CheckError,
        "f near x: expected finite numbers",
    ),
    "f of many numbers": (
        {"f": lambda z: z},
        ShapeError,
        r"f: expected a single number, found the shape \(2,\)",
    ),
    "steps that rise": (
        {"steps": [0.1, 0.2, 0.3]},
        ConfigError,
        "steps: expected at least 3 falling numbers",
    ),
    "steps down to zero": ({"steps": [0.2, 0.1, 0.0]}, ConfigError, "steps: expected"),
    "too few steps": ({"steps": [0.2, 0.1]}, ConfigError, "steps: expected"),
    "no direction": ({"directions": 0}, ConfigError, "directions: expected at least 1, found 0"),
}


@pytest.mark.parametrize(("change", "error", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_a_wrong_request_is_refused(change: dict[str, Any], error: type[Exception], message: str) -> None:
    request: dict[str, Any] = {"f": lambda z: z.sum(), "grad": np.ones_like, "x": X}
    with pytest.raises(error, match=message):
        taylor_test(**request | change, rng=np.random.default_rng(0))
