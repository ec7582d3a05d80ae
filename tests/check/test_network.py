"""A network's gradient is checked by the names of its parameters, and a wrong one is called by its name."""

# ruff: noqa: ARG002 -- a faulty layer takes the arguments that every layer takes

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from gradwright.check import NetworkCheck, check_network
from gradwright.errors import RecordError, ShapeError
from gradwright.nn import (
    EVAL,
    L1,
    L2,
    Dropout,
    Layer,
    LeakyReLU,
    Linear,
    MeanSquaredError,
    Mode,
    Objective,
    ReLU,
    Residual,
    Sequential,
    SoftmaxCrossEntropy,
    Tanh,
    mlp,
    residual_block,
    residual_mlp,
)
from gradwright.nn.layer import Array, Cache, Params

CROSS_ENTROPY = SoftmaxCrossEntropy()
OBJECTIVES: dict[str, Objective] = {
    "2-50-5": Objective(mlp(2, 50, 5), CROSS_ENTROPY),
    "residual block": Objective(residual_block(2, 5), CROSS_ENTROPY),
    "residual network": Objective(residual_mlp(2, 20, 20, 5), CROSS_ENTROPY),
    "S3's rectifiers": Objective(mlp(2, 30, 30, 5, activation=ReLU()), CROSS_ENTROPY, L2(0.001)),
    "S4's penalty": Objective(mlp(2, 50, 5, activation=ReLU()), CROSS_ENTROPY, L2(0.01)),
    "L1": Objective(mlp(2, 50, 5, activation=LeakyReLU()), CROSS_ENTROPY, L1(0.01)),
    "dropout": Objective(
        Sequential(Linear(2, 30), Tanh(), Dropout(0.3), Residual(Linear(30, 30)), Dropout(), Linear(30, 5)),
        CROSS_ENTROPY,
    ),
}


def check(objective: Objective, seed: int = 0, samples: int = 12, dtype: type = np.float64) -> NetworkCheck:
    rng = np.random.default_rng(seed)
    theta = objective.layout.initialize(rng, dtype)
    x = rng.standard_normal((samples, 2))
    return check_network(objective, theta, x.astype(dtype), rng.integers(0, 5, samples), seed=seed)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("objective", OBJECTIVES.values(), ids=OBJECTIVES.keys())
def test_right_networks_pass_under_every_name(objective: Objective, seed: int) -> None:
    found = check(objective, seed)
    assert found.passed, str(found)
    names = [each.name for each in found.gradient.parameters]
    assert names == [slot.name for slot in objective.layout.slots]
    assert found.invariants is not None
    assert str(found).startswith("correct: ")


def test_float32_numbers_are_checked_in_float64() -> None:
    assert check(OBJECTIVES["2-50-5"], dtype=np.float32).passed


def test_targets_may_be_numbers() -> None:
    rng = np.random.default_rng(0)
    objective = Objective(mlp(3, 8, 1), MeanSquaredError())
    theta = objective.layout.initialize(rng)
    target = rng.standard_normal(6).astype(np.float32)
    assert check_network(objective, theta, rng.standard_normal((6, 3)), target).passed


def test_the_gradient_at_a_least_squares_solution_is_undecided() -> None:
    """There the gradient is a difference of equal terms: all that is left of it is rounding."""
    rng = np.random.default_rng(0)
    objective = Objective(Linear(2, 1), MeanSquaredError())
    x = rng.standard_normal((20, 2))
    target = x @ [[2.0], [-1.0]] + 0.5 + rng.standard_normal((20, 1))
    design = np.column_stack([x, np.ones(20)])
    theta = np.linalg.lstsq(design, target, rcond=None)[0].ravel()
    found = check_network(objective, theta, x, target)
    assert found.gradient.verdict == "undecided"
    assert "the noise of f is above the signal" in found.gradient.reason
    assert check_network(objective, theta + 0.01, x, target).passed


def test_units_that_never_fire_pass_with_a_gradient_of_zero() -> None:
    objective = OBJECTIVES["S4's penalty"]
    theta = np.zeros(objective.layout.size)
    objective.layout.named(theta)["0.bias"][...] = -1.0
    found = check_network(objective, theta, np.ones((3, 2)), np.array([0, 1, 2]))
    assert found.passed, str(found)


# -- planted faults ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class WeightSlightlyWrong(Linear):
    """dW is 0.1 % too long in one of its entries."""

    def backward(self, params: Params, x: Array, dy: Array) -> tuple[Array, dict[str, Any]]:
        dx, dparams = super().backward(params, x, dy)
        dparams["weight"][0, 0] *= 1.001
        return dx, dparams


@dataclass(frozen=True)
class InputSlightlyWrong(Linear):
    """dx is 0.1 % too long, which the layers before it inherit."""

    def backward(self, params: Params, x: Array, dy: Array) -> tuple[Array, dict[str, Any]]:
        dx, dparams = super().backward(params, x, dy)
        return 1.001 * dx, dparams


@dataclass(frozen=True)
class NotFinite(Linear):
    """db is no number."""

    def backward(self, params: Params, x: Array, dy: Array) -> tuple[Array, dict[str, Any]]:
        dx, dparams = super().backward(params, x, dy)
        return dx, {**dparams, "bias": dparams["bias"] * np.nan}


@dataclass(frozen=True)
class DropsTheImaginaryPart(Tanh):
    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, Cache]:
        return super().forward(params, x.real, mode)


@dataclass(frozen=True)
class SubtractsTheBatchMean(Tanh):
    """Right as a pair, but a row's output depends on its neighbours."""

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, Cache]:
        return x - x.mean(axis=0), None

    def backward(self, params: Params, cache: Cache, dy: Array) -> tuple[Array, dict[str, Any]]:
        return dy - dy.mean(axis=0), {}


def sandwich(middle: Layer) -> Objective:
    return Objective(Sequential(Linear(2, 8), Tanh(), middle, Tanh(), Linear(8, 5)), CROSS_ENTROPY)


def test_one_wrong_entry_is_found_in_its_parameter() -> None:
    found = check(sandwich(WeightSlightlyWrong(8, 8)))
    assert found.wrong == ("2.weight",)
    assert not found.passed
    assert (found.gradient.location, found.gradient.cause) == ("2.weight[0, 0]", "one entry is wrong")
    assert str(found).startswith("wrong: 2.weight[0, 0] is ")


def test_an_error_that_is_handed_back_is_found_in_the_layers_before() -> None:
    found = check(sandwich(InputSlightlyWrong(8, 8)))
    assert found.wrong == ("0.weight", "0.bias")
    assert found.gradient.parameters[0].difference == pytest.approx(0.001, rel=0.5)


def test_a_gradient_that_is_not_finite_is_wrong_where_it_is_not() -> None:
    found = check(sandwich(NotFinite(8, 8))).gradient
    assert (found.verdict, found.location) == ("wrong", "2.bias[0]")


def test_a_layer_that_is_not_complex_safe_is_judged_by_real_steps() -> None:
    assert check(Objective(Sequential(Linear(2, 5), DropsTheImaginaryPart()), CROSS_ENTROPY)).passed


def test_rows_that_see_each_other_are_found_where_every_derivative_is_right() -> None:
    found = check(sandwich(SubtractsTheBatchMean()))
    assert found.gradient.verdict == "correct"
    assert found.invariants is not None
    assert found.invariants.failed == ("mean of single samples",)
    assert not found.passed


def test_a_single_row_has_no_invariants() -> None:
    found = check(OBJECTIVES["L1"], samples=1)
    assert found.invariants is None
    assert found.passed
    assert NetworkCheck.from_dict(found.to_dict()) == found


def test_a_theta_of_another_size_is_named() -> None:
    with pytest.raises(ShapeError, match="theta: expected the shape"):
        check_network(OBJECTIVES["L1"], np.ones(3), np.ones((1, 2)), np.array([0]))


# -- the record -------------------------------------------------------------------------------------------


def test_a_check_goes_through_json_and_back() -> None:
    found = check(OBJECTIVES["dropout"])
    record = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert NetworkCheck.from_dict(record) == found
    assert record["passed"] is True


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"gradient": {}}, "expected the key 'invariants'"),
        ({"gradient": {}, "invariants": None}, "gradient report: expected gradwright_check"),
    ],
)
def test_a_record_that_lacks_a_key_is_refused(record: dict[str, Any], message: str) -> None:
    with pytest.raises(RecordError, match=message):
        NetworkCheck.from_dict(record)


def test_a_damaged_record_of_invariants_is_refused() -> None:
    record = check(OBJECTIVES["L1"]).to_dict()
    del record["invariants"]["properties"][0]["evidence"]
    with pytest.raises(
        RecordError, match="invariants: expected the record of a report, found none: 'evidence'"
    ):
        NetworkCheck.from_dict(record)
