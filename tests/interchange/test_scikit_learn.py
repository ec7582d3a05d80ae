"""A fitted MLP of scikit-learn's, or of ``gradwright.sklearn``'s, answers as before."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.errors import ConfigError
from gradwright.interchange import from_sklearn, save_numpy

pytest.importorskip("sklearn", reason="needs scikit-learn")

X = np.random.default_rng(0).normal(size=(40, 3))
TARGETS = {
    "two classes": np.where(X[:, 0] > 0, "yes", "no"),
    "three classes": np.digitize(X[:, 0], [-0.5, 0.5]) + 7,
    "several labels": (X > 0).astype(int),
}
PACKAGES = ["sklearn.neural_network", "gradwright.sklearn"]


def fitted(package: str, kind: str, y: Any, **settings: Any) -> Any:
    estimators = pytest.importorskip(package)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # three epochs do not converge
        mlp = getattr(estimators, kind)(hidden_layer_sizes=(5, 4), max_iter=3, random_state=0, **settings)
        return mlp.fit(X, y)


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.parametrize("name", TARGETS)
def test_a_classifier_answers_as_before(name: str, package: str) -> None:
    mlp = fitted(package, "MLPClassifier", TARGETS[name])
    model = from_sklearn(mlp)
    assert model.predict(X).tolist() == mlp.predict(X).tolist()
    assert np.abs(model.predict_proba(X) - mlp.predict_proba(X)).max() < 1e-12


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("y", [X[:, 0], X[:, :2]], ids=["one", "two"])
def test_a_regressor_answers_as_before(y: Any, activation: str, package: str) -> None:
    mlp = fitted(package, "MLPRegressor", y, activation=activation)
    found, expected = from_sklearn(mlp).predict(X), mlp.predict(X)
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() < 1e-12


@pytest.mark.parametrize("package", PACKAGES)
def test_rates_are_answered_as_before(package: str) -> None:
    mlp = fitted(package, "MLPRegressor", np.abs(X[:, 0]), loss="poisson")
    assert np.abs(from_sklearn(mlp).predict(X) - mlp.predict(X)).max() < 1e-12


def test_it_goes_on_as_one_numpy_file(tmp_path: Path) -> None:
    mlp = fitted(PACKAGES[0], "MLPClassifier", TARGETS["two classes"])
    save_numpy(from_sklearn(mlp), tmp_path / "model.py")
    names: dict[str, Any] = {}
    exec((tmp_path / "model.py").read_text(), names)
    assert names["predict"](X).tolist() == mlp.predict(X).tolist()


def test_it_is_where_a_training_may_begin() -> None:
    model = from_sklearn(fitted(PACKAGES[0], "MLPClassifier", TARGETS["three classes"]))
    assert gw.Objective(model.network, model.loss).predict(model.theta, X).shape == (40, 3)


def test_another_last_activation_is_told() -> None:
    mlp = fitted(PACKAGES[0], "MLPRegressor", X[:, 0])
    mlp.out_activation_ = "log"
    with pytest.raises(ConfigError, match=r"mlp: expected .* after the last layer, found 'log'"):
        from_sklearn(mlp)


def test_what_is_no_fitted_mlp_is_told() -> None:
    neural, linear = pytest.importorskip(PACKAGES[0]), pytest.importorskip("sklearn.linear_model")
    for wrong in (neural.MLPClassifier(), linear.Ridge().fit(X, X[:, 0]), None):
        with pytest.raises(ConfigError, match="expected a fitted MLPClassifier or MLPRegressor"):
            from_sklearn(wrong)
