"""Chains of layers: the order of the maps, of their parameters, and sizes that do not meet."""

from __future__ import annotations

import numpy as np
import pytest

from gradwright.errors import ConfigError, ShapeError
from gradwright.nn import EVAL, Dropout, Linear, Mode, ReLU, Residual, Sequential, Tanh

X = np.array([[1.0, -1.0], [0.5, 2.0]])
PARAMS = {
    "0": {"weight": np.array([[1.0, 0, 2], [-1, 1, 0]]), "bias": np.array([0.0, 1, 0])},
    "2": {"weight": np.array([[1.0], [2], [3]]), "bias": np.array([4.0])},
}


def test_layers_are_applied_in_their_order() -> None:
    y, _ = Sequential(Linear(2, 3), ReLU(), Linear(3, 1)).forward(PARAMS, X)
    hidden = [[2, 0, 2], [0, 3, 1]]  # relu of x W + b: (2, 0, 2) and (-1.5, 3, 1)
    assert y.tolist() == [[h[0] + 2 * h[1] + 3 * h[2] + 4] for h in hidden]


def test_the_derivative_runs_back_through_them() -> None:
    network = Sequential(Linear(2, 3), ReLU(), Linear(3, 1))
    dx, dparams = network.backward(PARAMS, network.forward(PARAMS, X)[1], np.ones((2, 1)))
    assert dx.tolist() == [[1 + 6, -1], [6, 2]]  # only the units that were positive let it through
    assert dparams["2"]["weight"].tolist() == [[2], [3], [3]]
    assert dparams["0"]["bias"].tolist() == [1, 2, 6]
    assert "1" not in dparams  # an activation has nothing to learn


def test_the_layers_may_come_as_arguments_or_as_a_sequence() -> None:
    assert Sequential(Linear(2, 3), Tanh()) == Sequential(layers=[Linear(2, 3), Tanh()])


def test_every_layer_is_told_the_mode() -> None:
    network, x = Sequential(Sequential(Dropout(0.5))), np.ones((8, 8))
    assert (network.forward({}, x, EVAL)[0] == 1).all()
    y, _ = network.forward({}, x, Mode(training=True, rng=np.random.default_rng(0)))
    assert set(np.unique(y)) == {0, 2}


def test_an_empty_chain_is_refused() -> None:
    with pytest.raises(ConfigError, match="Sequential: expected at least one layer, found none"):
        Sequential()


def test_sizes_that_do_not_meet_are_refused_with_the_position_of_the_layer() -> None:
    with pytest.raises(ShapeError, match=r"^layer 2: Linear\(4, 1\) takes 4 features, found 3$"):
        Sequential(Linear(2, 3), Tanh(), Linear(4, 1))


def test_the_position_is_a_path_through_nested_chains() -> None:
    inner = Sequential(Tanh(), Linear(4, 1))
    with pytest.raises(ShapeError, match=r"^layer 1: layer 1: Linear\(4, 1\) takes 4 features, found 3$"):
        Sequential(Linear(2, 3), inner)
    with pytest.raises(ShapeError, match=r"^layer 1: layer 0: Linear\(4, 4\) takes 4 features, found 3$"):
        Sequential(Linear(2, 3), Residual(Sequential(Linear(4, 4), Tanh())))


def test_the_features_of_the_data_are_checked_too() -> None:
    network = Sequential(Linear(2, 3), Tanh())
    assert network.output_features(2) == network.output_features(None) == 3
    assert Sequential(Tanh()).output_features(None) is None
    with pytest.raises(ShapeError, match=r"^layer 0: Linear\(2, 3\) takes 2 features, found 5$"):
        network.output_features(5)
