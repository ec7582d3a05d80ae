"""Layer and batch normalisation: values, derivatives worked by hand, statistics, and the sizes they take."""

from __future__ import annotations

import numpy as np
import pytest

from gradwright.errors import ConfigError, ShapeError
from gradwright.nn import (
    BatchNorm,
    Layer,
    LayerNorm,
    Linear,
    Mode,
    ParameterLayout,
    Residual,
    Sequential,
    Sum,
)
from gradwright.nn.layer import updated

ROUNDING = 1e-12
TRAINING = Mode(training=True)
ARRAYS = ("gamma", "beta", "mean", "variance")


def test_a_row_has_mean_beta_and_variance_gamma_squared() -> None:
    x = np.random.default_rng(0).normal(50, 7, (4, 6))
    params = {"gamma": np.full(6, 3.0), "beta": np.full(6, 2.0)}
    y, _ = LayerNorm(6, epsilon=1e-12).forward(params, x)
    np.testing.assert_allclose(y.mean(axis=1), 2, rtol=ROUNDING)
    np.testing.assert_allclose(y.var(axis=1), 9, rtol=ROUNDING)


def test_it_begins_as_the_plain_normalisation() -> None:
    layout = ParameterLayout.of(LayerNorm(2))
    assert layout.named(layout.initialize(np.random.default_rng(0)))["gamma"].tolist() == [1, 1]
    assert layout.named(layout.initialize(np.random.default_rng(0)))["beta"].tolist() == [0, 0]


def test_the_derivatives_worked_by_hand() -> None:
    # x = (1, 3, 2): mean 2, variance 2/3, and epsilon 1/3 makes s = 1, so z = (-1, 1, 0)
    layer, params = LayerNorm(3, epsilon=1 / 3), {"gamma": np.array([1.0, 2, 3]), "beta": np.zeros(3)}
    y, cache = layer.forward(params, np.array([[1.0, 3, 2]]))
    np.testing.assert_allclose(y, [[-1, 2, 0]], rtol=ROUNDING)
    dx, dparams = layer.backward(params, cache, np.array([[1.0, 2, 1]]))
    # dz = (1, 4, 3): mean 8/3, mean of dz z is 1; dx = dz - 8/3 - z
    np.testing.assert_allclose(dx, [[-2 / 3, 1 / 3, 1 / 3]], rtol=ROUNDING)
    np.testing.assert_allclose(dparams["gamma"], [-1, 2, 0], atol=ROUNDING)
    assert dparams["beta"].tolist() == [1, 2, 1]


def test_a_row_of_equal_entries_stays_finite() -> None:
    layer, params = LayerNorm(3), {"gamma": np.ones(3), "beta": np.array([1.0, 2, 3])}
    y, cache = layer.forward(params, np.full((1, 3), 4.0))
    assert y.tolist() == [[1, 2, 3]]
    assert np.isfinite(layer.backward(params, cache, np.ones((1, 3)))[0]).all()


def test_a_column_of_a_batch_has_mean_beta_and_variance_gamma_squared() -> None:
    x = np.random.default_rng(0).normal(50, 7, (6, 4))
    params = {"gamma": np.full(4, 3.0), "beta": np.full(4, 2.0)}
    y, _ = BatchNorm(4, epsilon=1e-12).forward(params, x, TRAINING)
    np.testing.assert_allclose(y.mean(axis=0), 2, rtol=ROUNDING)
    np.testing.assert_allclose(y.var(axis=0), 9, rtol=ROUNDING)


def test_evaluation_goes_by_the_statistics_whatever_the_batch() -> None:
    layer = BatchNorm(1, epsilon=1.0)
    params = {name: np.array([value]) for name, value in zip(ARRAYS, (2.0, 1.0, 10.0, 3.0), strict=True)}
    y, cache = layer.forward(params, np.array([[14.0], [10.0]]))
    assert y.tolist() == [[2 * (14 - 10) / 2 + 1], [1]]
    dx, dparams = layer.backward(params, cache, np.array([[1.0], [3]]))
    assert dx.tolist() == [[1], [3]]
    assert {name: array.tolist() for name, array in dparams.items()} == {
        "gamma": [2],
        "beta": [4],
        "mean": [-4],
        "variance": [-0.5],  # z = (2, 0), so -1/2 (1 2 + 3 0) / s
    }


def test_a_batch_moves_the_statistics_towards_its_own() -> None:
    layer, x = BatchNorm(1, momentum=0.75), np.array([[1.0], [3], [8]])
    params = {name: np.ones(1) for name in ARRAYS}
    new = layer.update(params, layer.forward(params, x, TRAINING)[1])
    np.testing.assert_allclose(new["mean"], 0.75 + 0.25 * 4, rtol=ROUNDING)
    np.testing.assert_allclose(new["variance"], 0.75 + 0.25 * 13, rtol=ROUNDING)


def test_a_single_row_has_no_variance_and_moves_nothing() -> None:
    layer, params = BatchNorm(1), {name: np.full(1, 5.0) for name in ARRAYS}
    y, cache = layer.forward(params, np.array([[7.0]]), TRAINING)
    assert y.tolist() == [[5]]
    assert layer.update(params, cache) == {"mean": [5], "variance": [5]}


def test_containers_hand_statistics_on_by_name() -> None:
    network = Sequential(Linear(2, 2), Residual(BatchNorm(2)), Sum(Linear(2, 2), BatchNorm(2)))
    layout = ParameterLayout.of(network)
    theta = layout.initialize(np.random.default_rng(0))
    names = [slot.name for slot in layout.statistics]
    assert names == ["1.mean", "1.variance", "2.1.mean", "2.1.variance"]
    x = np.random.default_rng(1).standard_normal((5, 2))
    _, cache = network.forward(layout.tree(theta), x, TRAINING)
    after = layout.named(layout.with_statistics(theta, updated(network, layout.tree(theta), cache)))
    for name, array in layout.named(theta).items():
        assert (after[name] != array).all() == (name in names)


def test_a_statistic_that_nobody_hands_on_is_missed_by_name() -> None:
    layout = ParameterLayout.of(Sequential(BatchNorm(2)))
    with pytest.raises(ConfigError, match=r"0\.mean: expected it of the network's update, found nothing"):
        layout.with_statistics(layout.initialize(np.random.default_rng(0)), {"0": {}})


@pytest.mark.parametrize("layer", [LayerNorm(3), BatchNorm(3)], ids=repr)
def test_it_says_how_many_features_it_takes(layer: Layer) -> None:
    assert layer.output_features(3) == layer.output_features(None) == 3
    with pytest.raises(ShapeError, match=r"Norm\(3\) takes 3 features, found 4"):
        layer.output_features(4)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"LayerNorm.features: expected a whole number >= 1, found 0"):
        LayerNorm(0)
    with pytest.raises(ConfigError, match=r"LayerNorm.epsilon: expected a finite number > 0, found 0"):
        LayerNorm(3, epsilon=0)
    with pytest.raises(ConfigError, match=r"BatchNorm.momentum: expected a number in \[0, 1\), found 1"):
        BatchNorm(3, momentum=1)
