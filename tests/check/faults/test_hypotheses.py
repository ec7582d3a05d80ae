"""A wrong gradient is told where and why: planted faults in one weight of a network with a penalty."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.check.faults.cause import Cause
from gradwright.check.verdict.gradient import check_gradient
from gradwright.nn.layer import Array

BATCH = 20
WEIGHT = "2.weight"
FACTOR = 0.01  # of the penalty, whose gradient is 0.02 w


@pytest.fixture(scope="module")
def network() -> tuple[Callable[..., Any], Callable[..., Any], dict[str, Array]]:
    """The objective of 4-6-6-3 on 20 rows by its named parameters, its gradient, and a point."""
    rng = np.random.default_rng(0)
    objective = gw.Objective(gw.mlp(4, 6, 6, 3), gw.SoftmaxCrossEntropy(), gw.L2(FACTOR))
    x, y = rng.standard_normal((BATCH, 4)), rng.integers(3, size=BATCH)
    theta = objective.layout.initialize(rng) + 0.1 * rng.standard_normal(objective.layout.size)
    names = objective.layout.named(theta)

    def vector(point: dict[str, Array]) -> Array:
        return np.concatenate([point[name].ravel() for name in names])

    def f(point: dict[str, Array]) -> Any:
        return objective.value(vector(point), x, y)

    def grad(point: dict[str, Array]) -> dict[str, Array]:
        return objective.layout.named(objective.value_and_grad(vector(point), x, y)[1])

    return f, grad, dict(names)


def off_by_one_percent(g: Array, _: Array) -> Array:
    g[3, 2] *= 1.01
    return g


def row_too_large(g: Array, _: Array) -> Array:
    g[3] *= 1.5
    return g


def column_missing(g: Array, _: Array) -> Array:
    g[:, 1] = 0
    return g


FAULTS: list[tuple[Callable[[Array, Array], Array], Cause | None, str]] = [
    (lambda g, _: -g, Cause.SIGN, WEIGHT),
    (lambda g, _: g / 2, Cause.HALF, WEIGHT),
    (lambda g, _: 2 * g, Cause.DOUBLE, WEIGHT),
    (lambda g, _: 1.3 * g, Cause.FACTOR, WEIGHT),
    (lambda g, _: BATCH * g, Cause.MISSING_MEAN, WEIGHT),
    (lambda g, _: g / BATCH, Cause.MEAN_TWICE, WEIGHT),
    (lambda g, _: 0 * g, Cause.ZERO, WEIGHT),
    (lambda g, w: g - 2 * FACTOR * w, Cause.L2_MISSING, WEIGHT),
    (lambda g, w: g - FACTOR * w, Cause.L2_HALVED, WEIGHT),
    (lambda g, w: g + 2 * FACTOR * w, Cause.L2_DOUBLED, WEIGHT),
    (lambda g, w: g + 0.3 * w, Cause.LIKE_L2, WEIGHT),
    (lambda g, _: g.T, Cause.TRANSPOSED, WEIGHT),
    (lambda g, _: np.roll(g, 1, axis=0), Cause.OFF_BY_ONE, WEIGHT),
    (lambda g, _: g[::-1], Cause.REVERSED, WEIGHT),
    (off_by_one_percent, Cause.ONE_ENTRY, f"{WEIGHT}[3, 2]"),
    (row_too_large, Cause.FACTOR, f"{WEIGHT}[3, :]"),
    (column_missing, Cause.ZERO, f"{WEIGHT}[:, 1]"),
    (lambda g, w: g + 1e-3 * np.sin(w), None, WEIGHT),
]


@pytest.mark.parametrize(("fault", "cause", "location"), FAULTS)
@pytest.mark.parametrize("seed", range(2))
def test_a_planted_fault_is_named_and_placed(
    network: Any, fault: Callable[[Array, Array], Array], cause: Cause | None, location: str, seed: int
) -> None:
    f, grad, point = network

    def wrong(at: dict[str, Array]) -> dict[str, Array]:
        right = {name: g.copy() for name, g in grad(at).items()}
        return right | {WEIGHT: fault(right[WEIGHT], at[WEIGHT])}

    report = check_gradient(f, wrong, point, seed=seed)
    assert (report.verdict, report.cause, report.location) == ("wrong", cause and str(cause), location)


@pytest.mark.parametrize(("factor", "cause"), [(BATCH, Cause.MISSING_MEAN), (1 / BATCH, Cause.MEAN_TWICE)])
def test_a_factor_on_the_data_alone_is_told_from_the_penalty(
    network: Any, factor: float, cause: Cause
) -> None:
    f, grad, point = network

    def wrong(at: dict[str, Array]) -> Any:
        right, penalty = grad(at), 2 * FACTOR * at[WEIGHT]
        return right | {WEIGHT: factor * (right[WEIGHT] - penalty) + penalty}

    assert check_gradient(f, wrong, point).cause == cause


def test_a_bias_summed_over_everything_is_named(network: Any) -> None:
    f, grad, point = network

    def wrong(at: dict[str, Array]) -> Any:
        right = grad(at)
        return right | {"2.bias": np.full(6, right["2.bias"].sum())}

    report = check_gradient(f, wrong, point)
    assert report.cause == Cause.BIAS_AXIS
    assert "the sum of the true ones" in str(report.evidence)


@pytest.mark.parametrize("name", ["b", "bias", "beta", "c"])
def test_no_cause_is_made_of_a_name(name: str) -> None:
    """Only a sum that agrees with the true one speaks for a wrong axis."""
    rng = np.random.default_rng(1)
    X, Y = rng.standard_normal((6, 4)), rng.standard_normal((6, 6))
    point = {"W": rng.standard_normal((4, 6)), name: rng.standard_normal(6)}

    def delta(p: dict[str, Array]) -> Any:
        return 2 * (X @ p["W"] + p[name] - Y)

    def f(p: dict[str, Array]) -> Any:
        return ((X @ p["W"] + p[name] - Y) ** 2).sum()

    def scaled(p: dict[str, Array]) -> dict[str, Array]:
        return {"W": X.T @ delta(p), name: delta(p).sum(axis=0) * np.linspace(-1, 2, 6)}

    def along_the_rows(p: dict[str, Array]) -> dict[str, Array]:
        return {"W": X.T @ delta(p), name: delta(p).sum(axis=1)}

    def shuffled(p: dict[str, Array]) -> dict[str, Array]:
        return {"W": X.T @ delta(p), name: delta(p).sum(axis=0)[[2, 0, 4, 1, 5, 3]]}

    assert check_gradient(f, scaled, point).cause is None
    assert check_gradient(f, shuffled, point).cause is None
    report = check_gradient(f, along_the_rows, point)
    assert report.cause == Cause.BIAS_AXIS
    assert report.evidence == f"the entries of {name} add up to what the true ones do, and are others"


def test_a_factor_like_a_batch_size_is_called_no_more_than_that() -> None:
    """A cubic without its power is a third of its gradient: no batch was divided by."""
    x = np.array([0.5, -1.0, 2.0])
    report = check_gradient(lambda x: (x**3).sum(), lambda x: x**2, x)
    assert (report.verdict, report.evidence) == (
        "wrong",
        "x is 0.333333 x the true gradient in every entry, 1/3 of it",
    )
    assert report.cause == Cause.FACTOR
    assert report.suspicion == "as if divided by the batch size twice, if that is 3"


def test_an_l2_term_is_named_by_how_the_claim_grows() -> None:
    rng = np.random.default_rng(0)
    X, w = rng.standard_normal((9, 4)), rng.standard_normal(4)

    def data(w: Array) -> Any:
        return np.logaddexp(0, X @ w).sum()

    def slope(w: Array) -> Any:
        return X.T @ (1 / (1 + np.exp(-(X @ w))))

    assert check_gradient(lambda w: data(w) + 0.1 * (w @ w), slope, w).cause == Cause.L2_MISSING
    assert check_gradient(data, lambda w: slope(w) + 0.2 * w, w).cause == Cause.L2_EXTRA
    assert check_gradient(data, lambda w: slope(w) - 0.2 * w, w).cause == Cause.L2_EXTRA


def test_two_gradients_in_each_others_place_are_named(network: Any) -> None:
    f, grad, point = network

    def wrong(at: dict[str, Array]) -> Any:
        right = grad(at)
        return right | {"0.bias": right["2.bias"], "2.bias": right["0.bias"]}

    report = check_gradient(f, wrong, point)
    assert report.cause == Cause.EXCHANGED
    assert report.evidence == "the true gradient of 2.bias is the claimed one of 0.bias"


@pytest.mark.parametrize("shape", [(3, 5), (2, 3, 4)])
def test_numbers_in_the_wrong_order_are_named(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    a, x = rng.standard_normal(shape), rng.standard_normal(shape)

    def wrong(x: Array) -> Array:
        return (np.cos(x) * a).ravel(order="F").reshape(shape)

    assert check_gradient(lambda x: (a * np.sin(x)).sum(), wrong, x).cause == Cause.FLATTENED


def test_a_fault_on_the_way_back_is_placed_between_what_is_wrong_and_what_is_right(network: Any) -> None:
    f, grad, point = network

    def wrong(at: dict[str, Array]) -> Any:
        return {k: g * (1 + 0.1 * np.sin(at[k])) if k[0] in "02" else g for k, g in grad(at).items()}

    report = check_gradient(f, wrong, point)
    assert report.cause is None
    assert "from 4.weight on all is right, so look at the step back from there" in report.reason


def test_the_evidence_holds_the_numbers(network: Any) -> None:
    f, grad, point = network
    report = check_gradient(f, lambda at: grad(at) | {WEIGHT: grad(at)[WEIGHT] / BATCH}, point)
    assert (
        report.evidence
        == "2.weight is 0.05 x the true gradient in every entry, 1/20 of it, and x has 20 rows"
    )


def test_one_wrong_entry_among_100_000_is_found_within_a_few_hundred_evaluations() -> None:
    x = np.random.default_rng(0).standard_normal((400, 250))
    off = np.ones_like(x)
    off[123, 45] = 1.01
    report = check_gradient(lambda x: np.sin(x).sum(), lambda x: off * np.cos(x), x)
    assert (report.verdict, report.location, report.cause) == ("wrong", "x[123, 45]", Cause.ONE_ENTRY)
    assert report.evaluations < 700


def test_a_gradient_that_is_a_million_times_too_large_is_no_multiple_of_the_true_one() -> None:
    huge = 1e6 * np.random.default_rng(0).standard_normal(5)
    report = check_gradient(lambda x: (x**3).sum(), lambda x: 3 * x**2 + huge, np.linspace(0.5, 2.0, 5))
    assert (report.verdict, report.cause) == ("wrong", None)


@pytest.mark.parametrize("steps", [np.round, np.sign, np.floor], ids=["round", "sign", "floor"])
def test_a_slope_of_what_moves_by_steps_is_straight_through(steps: Callable[[Any], Any]) -> None:
    x, u = np.random.default_rng(0).normal(size=(2, 4, 3))
    report = check_gradient(lambda x: (steps(x) * u).sum(), lambda _: u, x)
    assert (report.verdict, report.cause) == ("wrong", str(Cause.STEPPED))
    assert report.evidence == "f does not change at all with x near x, and further on by steps"


def test_a_slope_of_what_does_not_move_at_all_is_not() -> None:
    x = np.ones(4)
    report = check_gradient(lambda x: 0.0 * np.minimum(x, 0).sum() + 3.0, np.ones_like, x)
    assert report.verdict == "wrong"
    assert report.cause != str(Cause.STEPPED)


def test_a_weight_behind_a_step_keeps_its_verdict() -> None:
    x, w = np.random.default_rng(0).normal(size=(2, 4))
    report = check_gradient(
        lambda p: np.round(p["x"]) @ p["w"],
        lambda p: {"x": p["w"], "w": np.round(p["x"])},
        {"x": x, "w": w},
    )
    assert [each.verdict for each in report.parameters] == ["wrong", "correct"]
    assert report.cause == str(Cause.STEPPED)


def test_what_f_does_not_take_in_is_told_as_that() -> None:
    """A bias that forward forgets and backward does not."""
    x = np.random.default_rng(0).standard_normal((5, 3))
    point = {"W": np.ones((3, 2)), "b": np.array([0.5, -0.2])}
    report = check_gradient(
        lambda p: (np.tanh(x @ p["W"]) ** 2).sum(),
        lambda p: {
            "W": 2 * x.T @ (np.tanh(x @ p["W"]) * (1 - np.tanh(x @ p["W"]) ** 2)),
            "b": 2 * np.tanh(x @ p["W"]).sum(axis=0),
        },
        point,
    )
    assert (report.location, report.cause) == ("b", Cause.UNUSED)
