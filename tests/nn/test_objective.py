"""The function of theta: report S2's exact example, the gradient as a whole, and means over examples."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest

from gradwright.nn import (
    L1,
    L2,
    Dropout,
    Layer,
    Linear,
    MeanSquaredError,
    Mode,
    Objective,
    Penalty,
    Residual,
    Sequential,
    Sigmoid,
    SoftmaxCrossEntropy,
    Tanh,
    mlp,
    residual_mlp,
)
from gradwright.nn.layer import Array

PRINTED = 1e-7  # report S2 prints seven digits after the point and cuts off the rest
ROUNDING = 1e-14  # a handful of float64 operations near 1
TINY = 1e-30  # the complex step: its square vanishes beside 1, so nothing is cancelled


@pytest.fixture
def batch() -> tuple[Array, Array]:
    rng = np.random.default_rng(2)
    return rng.normal(size=(6, 2)), rng.integers(0, 3, 6)


def test_the_exact_example_of_report_s2() -> None:
    """Question 2: 2-3-2, sigmoid and softmax, x = (1, -1), the first class, by the report's own numbers."""
    objective = Objective(Sequential(Linear(2, 3), Sigmoid(), Linear(3, 2)), SoftmaxCrossEntropy())
    layout, network = objective.layout, objective.network
    theta = layout.from_named(
        {
            "0.weight": np.array([[1, 1, 1], [-1, -1, -1]]),
            "0.bias": np.zeros(3),
            "2.weight": np.array([[1, 1], [-1, -1], [-1, -1]]),
            "2.bias": np.zeros(2),
        }
    )
    x, label = np.array([[1.0, -1.0]]), np.array([0])

    params = layout.tree(theta)
    k1, _ = Linear(2, 3).forward(params["0"], x)
    h, _ = Sigmoid().forward({}, k1)
    k2, _ = network.forward(params, x)
    np.testing.assert_allclose(k1, [[2, 2, 2]], rtol=0, atol=PRINTED)
    np.testing.assert_allclose(h, [[0.8807970] * 3], rtol=0, atol=PRINTED)
    np.testing.assert_allclose(k2, [[-0.8807970] * 2], rtol=0, atol=PRINTED)

    value, grad = objective.value_and_grad(theta, x, label)
    found = layout.named(grad)
    assert value == pytest.approx(math.log(2), abs=ROUNDING)
    np.testing.assert_allclose(found["0.weight"], np.zeros((2, 3)), rtol=0, atol=PRINTED)
    np.testing.assert_allclose(found["0.bias"], np.zeros(3), rtol=0, atol=PRINTED)
    np.testing.assert_allclose(found["2.weight"], [[-0.4403985, 0.4403985]] * 3, rtol=0, atol=PRINTED)
    np.testing.assert_allclose(found["2.bias"], [-0.5, 0.5], rtol=0, atol=PRINTED)


@pytest.mark.parametrize("penalty", [None, L2(0.1), L1(0.1)], ids=["none", "L2", "L1"])
@pytest.mark.parametrize("network", [mlp(2, 5, 3), residual_mlp(2, 5, 3)], ids=["mlp", "residual"])
def test_the_gradient_is_that_of_the_value(
    network: Sequential, penalty: Penalty | None, batch: tuple[Array, Array]
) -> None:
    objective = Objective(network, SoftmaxCrossEntropy(), penalty)
    rng = np.random.default_rng(1)
    theta = objective.layout.initialize(rng)
    _, grad = objective.value_and_grad(theta, *batch)
    for _ in range(5):
        v = rng.standard_normal(theta.size)
        slope = objective.value(theta + 1j * TINY * v, *batch).imag / TINY
        assert grad @ v == pytest.approx(slope, rel=1e-12)  # rounding of some hundred terms


def test_both_ways_to_the_value_agree(batch: tuple[Array, Array]) -> None:
    objective = Objective(mlp(2, 5, 3), SoftmaxCrossEntropy(), L2(0.1))
    theta = objective.layout.initialize(np.random.default_rng(1))
    assert objective.value(theta, *batch) == objective.value_and_grad(theta, *batch)[0]


def test_duplicating_the_batch_changes_neither_value_nor_gradient(batch: tuple[Array, Array]) -> None:
    """A gradient that is divided by the batch twice, as in report S3, would be halved."""
    objective = Objective(mlp(2, 5, 3), SoftmaxCrossEntropy(), L2(0.1))
    theta = objective.layout.initialize(np.random.default_rng(1))
    x, labels = batch
    value, grad = objective.value_and_grad(theta, x, labels)
    twice, twice_grad = objective.value_and_grad(theta, np.vstack([x, x]), np.concatenate([labels, labels]))
    assert twice == pytest.approx(value, abs=ROUNDING)
    np.testing.assert_allclose(twice_grad, grad, rtol=0, atol=ROUNDING)


def test_the_penalty_sees_weights_and_not_biases() -> None:
    def untouched(network: Layer) -> list[int]:
        return np.flatnonzero(~Objective(network, MeanSquaredError(), L2(1.0)).penalized).tolist()

    assert untouched(Linear(2, 1)) == [2]
    assert untouched(mlp(2, 3, 1)) == [6, 7, 8, 12]
    assert untouched(Sequential(mlp(2, 3, 1), Residual(mlp(1, 1)))) == [6, 7, 8, 12, 14]


@pytest.mark.parametrize("penalty", [None, L2(0.1), L1(0.1)], ids=["none", "L2", "L1"])
def test_the_gradient_is_in_the_dtype_of_theta(penalty: Penalty | None, batch: tuple[Array, Array]) -> None:
    objective = Objective(mlp(2, 5, 3), SoftmaxCrossEntropy(), penalty)
    theta = objective.layout.initialize(np.random.default_rng(1), np.float32)
    x, labels = batch
    _, grad = objective.value_and_grad(theta, x.astype(np.float32), labels)
    assert grad.dtype == np.float32
    _, grad = objective.value_and_grad(theta, x.astype(np.float32), np.eye(3)[labels])
    assert grad.dtype == np.float32


def test_what_is_handed_in_may_be_read_only(batch: tuple[Array, Array]) -> None:
    objective = Objective(residual_mlp(2, 5, 3), SoftmaxCrossEntropy(), L2(0.1))
    theta = objective.layout.initialize(np.random.default_rng(1))
    for array in (theta, *batch):
        array.flags.writeable = False
    first, second = (objective.value_and_grad(theta, *batch)[1] for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_the_mode_reaches_the_layers_and_prediction_evaluates() -> None:
    objective = Objective(Sequential(Dropout(0.5), Linear(4, 1), Tanh()), MeanSquaredError())
    theta = objective.layout.initialize(np.random.default_rng(1))
    x, target = np.ones((8, 4)), np.zeros(8)
    plain = objective.value(theta, x, target)
    assert plain == pytest.approx((objective.predict(theta, x) ** 2).mean(), abs=ROUNDING)

    def dropped(seed: int) -> float:
        mode = Mode(training=True, rng=np.random.default_rng(seed))
        return float(objective.value_and_grad(theta, x, target, mode)[0])

    assert dropped(0) == dropped(0) != plain
    mode = Mode(training=True, rng=np.random.default_rng(0))
    assert objective.value(theta, x, target, mode) == dropped(0)


def test_equal_objectives_have_equal_hashes_and_no_hash_goes_to_another_process() -> None:
    objective = Objective(Linear(3, 2), SoftmaxCrossEntropy(), L2(0.1))
    assert hash(objective) == hash(Objective(Linear(3, 2), SoftmaxCrossEntropy(), L2(0.1)))
    copy = pickle.loads(pickle.dumps(objective))
    assert copy == objective
    assert "_hash" not in vars(copy)  # the text of a name has another hash there
    assert hash(copy) == hash(objective)
