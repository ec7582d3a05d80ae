"""L-BFGS: exact on a quadratic, down Rosenbrock's valley, by the Wolfe conditions, and with a clean end."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from gradwright.optim import LBFGS, State, ValueAndGrad, WholeData
from gradwright.optim.lbfgs import dot, two_loop
from gradwright.optim.line_search import DECREASE, MOST
from gradwright.optim.optimizer import Array

EXACT = LBFGS(memory=20, curvature=2e-4)  # a search that ends only where the slope has all but gone
every_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def quadratic(n: int, seed: int = 0) -> tuple[ValueAndGrad, Array, Array]:
    """t'A t / 2 - b't with eigenvalues from 1 to 100 in any direction, its A, and its minimum."""
    rng = np.random.default_rng(seed)
    axes, _ = np.linalg.qr(rng.normal(size=(n, n)))
    a, minimum = axes @ np.diag(np.logspace(0, 2, n)) @ axes.T, rng.normal(size=n)

    def f(theta: Array) -> tuple[float, Array]:
        return float(theta @ a @ theta / 2 - minimum @ a @ theta), a @ (theta - minimum)

    return f, a, minimum


def rosenbrock(theta: Array) -> tuple[float, Array]:
    """(1 - x)^2 + 100 (y - x^2)^2: a curved valley, a hundred times as steep as long."""
    x, y = theta
    climb = y - x * x
    value = (1 - x) ** 2 + 100 * climb**2
    return float(value), np.array([-2 * (1 - x) - 400 * x * climb, 200 * climb], theta.dtype)


class Counted:
    """A function that notes where it was asked, and answers nobody twice in the same array."""

    def __init__(self, function: ValueAndGrad) -> None:
        self.function, self.asked = function, list[Array]()

    def __call__(self, theta: Array) -> tuple[float, Array]:
        self.asked.append(theta)
        return self.function(theta)


def steps(
    f: ValueAndGrad, theta: Array, count: int, optimizer: LBFGS = LBFGS(), rate: float = 1.0
) -> list[tuple[Array, State]]:
    """theta and the state from the start on, up to where no step is found."""
    state = optimizer.init(theta)
    path = [(theta, state)]
    for _ in range(count):
        theta, state, _ = optimizer.step(f, theta, state, rate)
        path.append((theta, state))
        if optimizer.converged(state):
            break
    return path


@pytest.mark.parametrize("n", [1, 2, 5, 12])
def test_a_quadratic_of_n_variables_is_solved_in_n_steps_where_each_search_is_exact(n: int) -> None:
    f, _, minimum = quadratic(n)
    theta, _ = steps(f, np.zeros(n), n, EXACT)[-1]
    np.testing.assert_allclose(theta, minimum, rtol=0, atol=1e-6)  # searches leave 2e-4 of a slope, each step


@every_dtype
def test_rosenbrock_is_solved_and_then_nothing_moves(dtype: Any) -> None:
    path = steps(rosenbrock, np.array([-1.2, 1.0], dtype), 200)
    theta, state = path[-1]
    assert theta.dtype == dtype
    assert LBFGS().converged(state)
    assert len(path) < 60
    # the value is a square of what theta is away, so half of the digits are all that it shows of theta
    np.testing.assert_allclose(theta, 1, rtol=0, atol=10 * math.sqrt(np.finfo(dtype).eps))
    np.testing.assert_array_equal(theta, path[-2][0])


@pytest.mark.parametrize("rate", [0.01, 1.0, 30.0])
@pytest.mark.parametrize("curvature", [0.1, 0.9])
def test_every_step_fulfils_the_strong_wolfe_conditions(curvature: float, rate: float) -> None:
    optimizer = LBFGS(curvature=curvature)
    for f, start in ((rosenbrock, np.array([-1.2, 1.0])), (quadratic(8)[0], np.ones(8))):
        path = [theta for theta, _ in steps(f, start, 8, optimizer, rate)]
        assert len(path) == 9
        for before, after in pairwise(path):
            (value, grad), (new_value, new_grad), s = f(before), f(after), after - before
            assert new_value <= value + DECREASE * dot(grad, s)
            assert abs(dot(new_grad, s)) <= curvature * abs(dot(grad, s))


def test_the_recursion_is_the_matrix_that_bfgs_makes_of_the_same_pairs() -> None:
    rng = np.random.default_rng(1)
    _, a, _ = quadratic(6)
    s = rng.normal(size=(4, 6))
    y = s @ a
    rho = 1 / (s * y).sum(axis=1)
    h = np.eye(6) * (s[-1] @ y[-1]) / (y[-1] @ y[-1])
    for s_i, y_i, rho_i in zip(s, y, rho, strict=True):
        left = np.eye(6) - rho_i * np.outer(s_i, y_i)
        h = left @ h @ left.T + rho_i * np.outer(s_i, s_i)
    gradient = rng.normal(size=6)
    np.testing.assert_allclose(two_loop(gradient, s, y, rho), h @ gradient, rtol=1e-12)
    np.testing.assert_allclose(two_loop(y[-1], s, y, rho), s[-1], rtol=1e-12)  # the secant equation H y = s


def test_without_pairs_a_step_is_at_most_as_long_as_the_rate() -> None:
    none = np.zeros((0, 2))
    np.testing.assert_allclose(two_loop(np.array([30.0, 40.0]), none, none, np.zeros(0)), [0.6, 0.8])
    np.testing.assert_array_equal(two_loop(np.array([0.3, 0.4]), none, none, np.zeros(0)), [0.3, 0.4])


def test_the_last_pairs_are_remembered_oldest_first() -> None:
    f, a, _ = quadratic(8)
    path = steps(f, np.ones(8), 6, LBFGS(memory=3))
    assert [len(state["rho"]) for _, state in path] == [0, 1, 2, 3, 3, 3, 3]
    state = path[-1][1]
    made = np.diff([theta for theta, _ in path[-4:]], axis=0)
    np.testing.assert_array_equal(state["s"], made)
    np.testing.assert_allclose(state["y"], made @ a, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(state["rho"], 1 / (state["s"] * state["y"]).sum(axis=1), rtol=1e-12)


@pytest.mark.parametrize("product", [-1.0, 0.0])
def test_a_pair_that_bends_the_wrong_way_is_not_remembered(product: float) -> None:
    optimizer = LBFGS()
    none = optimizer.init(np.zeros(2))
    pairs = {name: none[name] for name in ("s", "y", "rho")}
    assert optimizer.remembered(pairs, np.array([1.0, 0.0]), np.array([product, 1.0])) is pairs
    kept = optimizer.remembered(pairs, np.array([1.0, 0.0]), np.array([0.5, 1.0]))
    assert kept["rho"].tolist() == [2.0]


def test_every_direction_falls_also_where_the_function_bends_down() -> None:
    def saddle(theta: Array) -> tuple[float, Array]:
        """cos x + y^2 with kinks: |z|."""
        x, y, z = theta
        return math.cos(x) + y * y + abs(z), np.array([-math.sin(x), 2 * y, np.sign(z)])

    path = steps(saddle, np.array([0.1, 2.0, 0.7]), 40)
    values = [saddle(theta)[0] for theta, _ in path]
    assert all(after < before for before, after in pairwise(values[:-1]))
    for _, state in path[1:]:
        assert (state["rho"] > 0).all()
        assert dot(state["gradient"], two_loop(*(state[name] for name in ("gradient", "s", "y", "rho")))) > 0


def test_a_value_that_is_known_is_not_asked_for_again() -> None:
    counted = Counted(rosenbrock)
    steps(counted, np.array([-1.2, 1.0]), 20)
    points = [tuple(theta) for theta in counted.asked]
    assert len(set(points)) == len(points)


def test_a_gradient_of_zero_ends_it_after_one_evaluation() -> None:
    counted = Counted(rosenbrock)
    [(start, _), (theta, state)] = steps(counted, np.array([1.0, 1.0]), 10)
    assert theta is start
    assert LBFGS().converged(state)
    assert len(counted.asked) == 1


def test_a_gradient_that_is_wrong_ends_it_after_a_bounded_number_of_evaluations() -> None:
    def wrong(theta: Array) -> tuple[float, Array]:
        value, grad = rosenbrock(theta)
        return value, -grad

    counted = Counted(wrong)
    [(start, _), (theta, state)] = steps(counted, np.array([-1.2, 1.0]), 10)
    np.testing.assert_array_equal(theta, start)
    assert LBFGS().converged(state)
    assert len(counted.asked) == 1 + MOST


def test_where_what_is_remembered_leads_nowhere_the_way_is_straight_downhill() -> None:
    theta = np.array([-1.2, 1.0])
    state = steps(rosenbrock, theta, 1)[-1][1]
    theta = theta + np.array([0.5, 0.5])
    value, grad = rosenbrock(theta)
    uphill = {**state, "rho": -state["rho"], "value": np.array(value), "gradient": grad}
    moved, after, _ = LBFGS().step(rosenbrock, theta, uphill, 1.0)
    assert not LBFGS().converged(after)
    assert rosenbrock(moved)[0] < value
    s = moved - theta
    assert abs(dot(s, grad)) == pytest.approx(float(np.linalg.norm(s) * np.linalg.norm(grad)))


@pytest.mark.parametrize("broken", [math.nan, math.inf])
def test_a_start_that_is_not_finite_is_told_and_nothing_is_tried(broken: float) -> None:
    theta = np.array([1.0])
    for value, gradient in ((broken, 1.0), (1.0, broken)):
        counted = Counted(lambda _, v=value, g=gradient: (v, np.array([g])))  # type: ignore[misc]
        moved, _, told = LBFGS().step(counted, theta, LBFGS().init(theta), 1.0)
        assert moved is theta
        assert not math.isfinite(told)
        assert len(counted.asked) == 1


def test_it_steps_back_from_where_nothing_is_finite() -> None:
    def barrier(theta: Array) -> tuple[float, Array]:
        with np.errstate(all="ignore"):
            return float(theta[0] - np.log(theta[0])), 1 - 1 / theta

    theta, state = steps(barrier, np.array([30.0]), 50, rate=1e3)[-1]
    assert LBFGS().converged(state)
    np.testing.assert_allclose(theta, 1, atol=1e-6)


@every_dtype
def test_parameters_and_state_keep_their_dtype_and_nothing_that_is_handed_in_is_written(dtype: Any) -> None:
    theta, state = steps(rosenbrock, np.array([-1.2, 1.0], dtype), 4)[-1]
    for array in (theta, *state.values()):
        array.flags.writeable = False
    copies = {name: array.copy() for name, array in state.items()}
    moved, after, _ = LBFGS().step(rosenbrock, theta, state, 1.0)
    assert not np.shares_memory(moved, theta)
    assert moved.dtype == dtype
    for name in ("s", "y", "gradient"):
        assert after[name].dtype == dtype, name
        assert not np.shares_memory(after[name], state[name]), name
    for name, array in copies.items():
        np.testing.assert_array_equal(state[name], array)


def test_an_exception_of_the_function_leaves_the_state_as_it_was() -> None:
    theta, state = steps(rosenbrock, np.array([-1.2, 1.0]), 3)[-1]

    def never(_theta: Array) -> tuple[float, Array]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        LBFGS().step(never, theta, state, 1.0)
    again, _, _ = LBFGS().step(rosenbrock, theta, state, 1.0)
    np.testing.assert_array_equal(again, steps(rosenbrock, np.array([-1.2, 1.0]), 4)[-1][0])


def test_products_of_float32_are_summed_in_float64() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=100_001).astype(np.float32)
    b = np.where(np.arange(100_001) % 2, 1, -1).astype(np.float32)  # products without rounding, which cancel
    assert dot(a, b) == pytest.approx(math.fsum(a.astype(float) * b), rel=1e-9)


def test_it_is_an_optimizer_of_the_whole_data_by_its_methods() -> None:
    assert isinstance(LBFGS(), WholeData)
    assert not isinstance(object(), WholeData)
