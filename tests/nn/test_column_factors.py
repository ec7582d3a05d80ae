"""A scale and a mix of each feature by itself: values, derivatives by hand, what they begin with and take."""

from __future__ import annotations

import numpy as np
import pytest

from gradwright.check import check_layer
from gradwright.engine.lower import lower
from gradwright.errors import ConfigError, ShapeError
from gradwright.nn import (
    ELU,
    SELU,
    Dropout,
    Layer,
    Linear,
    Mixed,
    Objective,
    ParameterLayout,
    ReLU,
    Scale,
    Sequential,
    SoftmaxCrossEntropy,
    Tanh,
    initializers,
    network_from_json,
    network_to_json,
)
from gradwright.nn.penalties import L2

X = np.array([[1.0, -2.0], [3.0, 0.5]])
DY = np.array([[1.0, 10.0], [100.0, 1000.0]])


def test_a_scale_multiplies_each_feature_by_its_own_factor() -> None:
    params = {"scale": np.array([2.0, -1.0])}
    y, cache = Scale(2).forward(params, X)
    dx, own = Scale(2).backward(params, cache, DY)
    assert y.tolist() == [[2, 2], [6, -0.5]]
    assert dx.tolist() == [[2, -10], [200, -1000]]
    assert own["scale"].tolist() == [1 + 300, -20 + 500]


def test_a_mix_of_1_is_the_activation_and_of_0_the_identity() -> None:
    y, _ = Mixed(Tanh(), 2).forward({"mix": np.array([1.0, 0.0])}, X)
    np.testing.assert_allclose(y, np.column_stack([np.tanh(X[:, 0]), X[:, 1]]), rtol=1e-15)


def test_a_mix_goes_back_through_both_by_their_shares() -> None:
    params = {"mix": np.array([0.25, 0.25])}
    _, cache = Mixed(ReLU(), 2).forward(params, X)
    dx, own = Mixed(ReLU(), 2).backward(params, cache, DY)
    assert dx.tolist() == [[1, 7.5], [100, 1000]]
    assert own["mix"].tolist() == [0, 20]  # relu(-2) - (-2) = 2


@pytest.mark.parametrize(("layer", "name"), [(Scale(3), "scale"), (Mixed(SELU(), 3), "mix")])
def test_it_begins_at_1_and_no_penalty_pulls_at_it(layer: Layer, name: str) -> None:
    layout = ParameterLayout.of(layer)
    assert layout.named(layout.initialize(np.random.default_rng(0)))[name].tolist() == [1, 1, 1]
    assert not Objective(layer, SoftmaxCrossEntropy(), L2(1.0)).penalized.any()


@pytest.mark.parametrize(
    "layer",
    [Scale(2, scale_init=initializers.Normal(0.1)), Mixed(ELU(0.5), 2, mix_init=initializers.Zeros())],
)
def test_it_comes_back_from_a_file_with_what_it_begins_with(layer: Layer) -> None:
    assert network_from_json(network_to_json(layer)) == layer


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (Scale(3), r"Scale\(3\) takes 3 features, found 4"),
        (Mixed(SELU(), 3), r"Mixed\(SELU\(\), 3\) takes 3"),
    ],
)
def test_other_sizes_are_refused(layer: Layer, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        layer.output_features(4)


@pytest.mark.parametrize("activation", [Dropout(0.5), Linear(2, 2), Scale(2)])
def test_a_mix_is_of_a_map_of_each_entry_by_itself(activation: Layer) -> None:
    with pytest.raises(
        ConfigError, match=r"Mixed\.activation: expected a map of each entry by itself \(ReLU, "
    ):
        Mixed(activation, 2)


class Own(Tanh):
    """An activation of one's own."""


def test_a_mix_takes_an_activation_of_ones_own_which_no_plan_has_a_word_for() -> None:
    assert check_layer(Mixed(Own(), 2), 2).passed
    network = Sequential(Linear(2, 2), Mixed(Own(), 2))
    with pytest.raises(ConfigError, match=r"layer 1: activation: expected one that .* found Own"):
        lower(Objective(network, SoftmaxCrossEntropy()))
