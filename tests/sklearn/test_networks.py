"""What scikit-learn's network cannot be: other activations, dropout, normalization, any network of ``nn``."""

from __future__ import annotations

import re
from typing import Any, Literal

import numpy as np
import pytest
import sklearn.neural_network as theirs
from sklearn.frozen import FrozenEstimator

import gradwright as gw
from gradwright.nn import ELU, BatchNorm, Dropout, LayerNorm, Linear, ReLU, Sequential, Sigmoid
from gradwright.nn.activations import ACTIVATIONS
from gradwright.sklearn import MLPClassifier, MLPRegressor
from tests.sklearn.rows import KINDS, LABELS, NUMBERS, X

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def layers(model: Any) -> list[Any]:
    return list(model.objective_.network.layers)


SETTINGS: dict[str, Any] = {"hidden_layer_sizes": (6,), "max_iter": 3, "random_state": 0}


def fitted(**settings: Any) -> MLPClassifier:
    return MLPClassifier(**SETTINGS | settings).fit(X, LABELS)


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda cls: cls.__name__)
def test_every_activation_has_its_name(activation: type) -> None:
    assert layers(fitted(activation=activation.__name__.lower()))[1] == activation()


def test_each_hidden_layer_may_have_an_activation_of_its_own() -> None:
    model = fitted(hidden_layer_sizes=(6, 5, 4), activation=["tanh", "identity", ELU(2.0)])
    assert [type(layer).__name__ for layer in layers(model)] == [
        "Linear",
        "Tanh",
        "Linear",
        "Linear",
        "ELU",
        "Linear",
    ]


def test_a_list_of_one_activation_is_that_activation() -> None:
    """Logistic layers begin smaller than others, as in scikit-learn."""
    one, many = fitted(activation="logistic"), fitted(activation=["logistic"])
    assert (one.parameters_["0.weight"] == many.parameters_["0.weight"]).all()
    assert layers(one)[1] == Sigmoid()


def test_normalization_stands_before_the_activation_and_dropout_after_it() -> None:
    model = fitted(hidden_layer_sizes=(6, 5), normalization="batch", dropout=[0.5, 0.0])
    kinds = [type(layer) for layer in layers(model)]
    assert kinds == [Linear, BatchNorm, ReLU, Dropout, Linear, BatchNorm, ReLU, Linear]
    assert layers(fitted(normalization="layer"))[1] == LayerNorm(6)


def test_dropout_trains_another_network_and_predicts_without_chance() -> None:
    plain, model = fitted(), fitted(dropout=0.5)
    assert not np.array_equal(plain.coefs_[0], model.coefs_[0])
    assert (model.predict_proba(X) == model.predict_proba(X)).all()
    assert (model.predict_proba(X) == fitted(dropout=0.5).predict_proba(X)).all()  # equal seeds


def test_batch_normalization_keeps_its_statistics_and_coefs_are_the_weights() -> None:
    model = fitted(normalization="batch")
    assert np.abs(model.parameters_["1.mean"]).max() > 0
    assert [w.shape for w in model.coefs_] == [(4, 6), (6, 1)]
    assert [b.shape for b in model.intercepts_] == [(6,), (1,)]
    assert model.n_layers_ == 3


@pytest.mark.parametrize(
    "network",
    [Sequential(Linear(4, 5), "Tanh", Linear(5, 3)), lambda inputs, outputs: gw.mlp(inputs, 5, outputs)],
    ids=["layers", "a function"],
)
def test_any_network_trains(network: Any) -> None:
    model = MLPClassifier(network=network, learning_rate_init=0.05, max_iter=60, random_state=0).fit(X, KINDS)
    assert model.objective_.network == gw.mlp(4, 5, 3)
    assert model.score(X, KINDS) > 0.9


def test_a_network_of_convolutions_is_a_network_too() -> None:
    network = Sequential(gw.nn.Conv1d(1, 2, kernel_size=3), "ReLU", Linear(4, 1))
    model = MLPRegressor(network=network, max_iter=2, random_state=0).fit(X, NUMBERS)
    assert model.predict(X).shape == (120,)


def test_parameters_of_scikit_learn_are_where_a_training_begins() -> None:
    their = theirs.MLPClassifier((6,), max_iter=5, random_state=3).fit(X, LABELS)
    settings = {"solver": "sgd", "learning_rate_init": 1e-12, "max_iter": 1}
    for given in (FrozenEstimator(their), (their.coefs_, their.intercepts_)):
        model = fitted(init_params=given, **settings)
        np.testing.assert_allclose(model.predict_proba(X), their.predict_proba(X), atol=1e-9)


def test_a_fitted_estimator_hands_over_all_that_it_learned() -> None:
    first = fitted(normalization="batch", dropout=0.2)
    settings = {"normalization": "batch", "solver": "sgd", "learning_rate_init": 1e-12, "max_iter": 1}
    for given in (first, first.parameters_):
        names = {"dropout": 0.2} if isinstance(given, dict) else {}
        model = fitted(init_params=given, **settings, **names)
        np.testing.assert_allclose(model.coefs_[0], first.coefs_[0], atol=1e-9)
        assert not np.array_equal(model.parameters_["1.mean"], np.zeros(6))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rows_are_computed_in_the_precision_that_is_asked_for(dtype: Literal["float32", "float64"]) -> None:
    model = MLPRegressor(hidden_layer_sizes=(5,), dtype=dtype, max_iter=2).fit(X, NUMBERS)
    assert model.coefs_[0].dtype == model.predict(X).dtype == dtype


def test_a_training_goes_on_in_the_precision_that_it_began_in() -> None:
    model = MLPRegressor(hidden_layer_sizes=(5,), max_iter=2).partial_fit(X.astype(np.float32), NUMBERS)
    assert model.partial_fit(X, NUMBERS).coefs_[0].dtype == np.float32


def test_the_reference_engine_trains_the_same() -> None:
    native, reference = fitted(), fitted(engine="reference")
    np.testing.assert_allclose(native.coefs_[0], reference.coefs_[0], rtol=1e-9)  # sums in another order


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"activation": "rellu"}, "activation: 'rellu' is not known; did you mean 'relu'?"),
        ({"activation": ReLU}, "activation: expected a layer, found the class ReLU; write ReLU()"),
        ({"activation": ["relu", "relu"]}, "activation: expected one for each of 1 hidden layers, found 2"),
        ({"dropout": 1.5}, "dropout: expected a number in [0, 1), found 1.5"),
        ({"dropout": [0.1, 0.1]}, "dropout: expected one for each of 1 hidden layers, found 2"),
        ({"normalization": "group"}, "normalization: expected 'batch' or 'layer', found 'group'"),
        ({"normalization": "batch", "solver": "lbfgs"}, "solver: 'lbfgs' needs one function"),
        ({"dropout": 0.1, "solver": "lbfgs"}, "dropout: solver='lbfgs' needs one function"),
        ({"network": gw.mlp(4, 3, 1)}, "hidden_layer_sizes: network= has every layer; expected the default"),
        ({"init_params": 3}, "init_params: expected a fitted estimator, its parameters_, or a pair"),
        (
            {"init_params": MLPClassifier()},
            "found MLPClassifier that is not fitted; clone and searches",
        ),
        ({"init_params": ([np.ones((4, 6))], [])}, "init_params: coefs: expected 2 arrays, found 1"),
        (
            {"init_params": ([np.ones((4, 6)), np.ones((5, 1))], [np.ones(6), np.ones(1)])},
            "init_params: expected the parameters of this network, found others: 2.weight of (5, 1)",
        ),
        (
            {"init_params": ([np.full((4, 6), np.nan), np.ones((6, 1))], [np.ones(6), np.ones(1)])},
            "init_params: 0.weight: expected finite numbers",
        ),
        ({"dtype": "float16"}, "dtype: expected 'float32', 'float64' or 'bfloat16', found 'float16'"),
    ],
)
def test_what_cannot_be_is_named(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        fitted(**settings)


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (gw.mlp(4, 3, 2), "network: expected the output width 1, found 2"),
        (
            gw.mlp(3, 3, 1),
            "network: expected one that takes 4 columns: layer 0: Linear(3, 3) takes",
        ),
        (Sequential, "network: expected a layer, found the class Sequential; write Sequential(...)"),
        ("mlp", "network: expected a layer, found 'mlp'"),
        (lambda _inputs, _outputs: None, "network: expected a layer, found None"),
    ],
)
def test_a_network_that_does_not_fit_is_named(network: Any, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        MLPClassifier(network=network).fit(X, LABELS)
