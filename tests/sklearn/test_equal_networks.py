"""Equal seeds lead to scikit-learn's own network, to rounding, where batches have the same size."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import sklearn.neural_network as theirs
from sklearn.datasets import make_classification, make_multilabel_classification, make_regression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import gradwright.sklearn as ours
from gradwright.nn.layer import Array

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

# Of parameters near 1 after some hundred steps: sums are rounded in another order. Their Adam adds epsilon
# before the mean square is corrected: after few steps, of small gradients, another step in the fifth digit.
CLOSE = {"sgd": 1e-7, "lbfgs": 1e-7, "adam": 3e-4}
ROWS = 120
SETTINGS: list[dict[str, Any]] = [
    {"solver": "sgd", "learning_rate_init": 0.05},
    {"solver": "sgd", "learning_rate_init": 0.05, "momentum": 0},
    {"solver": "sgd", "learning_rate_init": 0.05, "nesterovs_momentum": False},
    {"solver": "sgd", "learning_rate_init": 0.3, "learning_rate": "invscaling", "activation": "tanh"},
    {
        "solver": "sgd",
        "learning_rate_init": 0.3,
        "learning_rate": "adaptive",
        "tol": 0.01,
        "n_iter_no_change": 1,
    },
    {"solver": "adam", "activation": "logistic", "hidden_layer_sizes": (9, 4)},
    {"solver": "adam", "alpha": 0.1, "shuffle": False},
    {"solver": "adam", "activation": "identity", "early_stopping": True, "validation_fraction": 1 / 3},
    {"solver": "lbfgs", "activation": "tanh"},
]


def classes(k: int) -> tuple[Array, Array]:
    x, y = make_classification(ROWS, 8, n_informative=6, n_classes=k, random_state=k)
    return x, y


def counts() -> tuple[Array, Array]:
    x, y = make_regression(ROWS, 8, random_state=0)
    return x, np.random.default_rng(0).poisson(np.exp(y / y.std())).astype(float)


TASKS: dict[str, tuple[str, tuple[Array, Array]]] = {
    "two classes": ("MLPClassifier", classes(2)),
    "four classes": ("MLPClassifier", classes(4)),
    "several labels": ("MLPClassifier", make_multilabel_classification(ROWS, 8, random_state=0)),
    "counts": ("MLPRegressor", counts()),
    "a number": ("MLPRegressor", make_regression(ROWS, 8, random_state=0)),
}


def pair(task: str, **settings: Any) -> tuple[Any, Any]:
    """Theirs and ours, fitted to scaled data."""
    kind, (x, y) = TASKS[task]
    x = StandardScaler().fit_transform(x)
    y = y / y.std() if task == "a number" else y
    settings = settings | {"loss": "poisson"} if task == "counts" else settings
    common = {"hidden_layer_sizes": (10,), "batch_size": 40, "max_iter": 25, "random_state": 5} | settings
    fitted = [getattr(room, kind)(**common).fit(x, y) for room in (theirs, ours)]
    return fitted[0], fitted[1]


def assert_close(our: Any, their: Any) -> None:
    close = CLOSE[their.solver]
    for found, expected in zip(our.coefs_ + our.intercepts_, their.coefs_ + their.intercepts_, strict=True):
        np.testing.assert_allclose(found, expected, rtol=close, atol=close)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("task", TASKS)
def test_a_fit_is_that_of_scikit_learn(task: str, settings: dict[str, Any]) -> None:
    their, our = pair(task, **settings)
    assert our.n_iter_ == their.n_iter_
    assert_close(our, their)
    np.testing.assert_allclose(our.loss_, their.loss_, rtol=1e-4)
    if their.solver != "lbfgs":
        np.testing.assert_allclose(our.loss_curve_, their.loss_curve_, rtol=1e-4)
        assert (our.validation_scores_ is None) == (their.validation_scores_ is None)


@pytest.mark.parametrize("task", TASKS)
def test_answers_are_those_of_scikit_learn(task: str) -> None:
    their, our = pair(task, solver="lbfgs")
    x = StandardScaler().fit_transform(TASKS[task][1][0])
    np.testing.assert_allclose(our.predict(x), their.predict(x), atol=1e-6)
    if hasattr(their, "predict_proba"):
        np.testing.assert_allclose(our.predict_proba(x), their.predict_proba(x), atol=1e-6)


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_weighted_rows_train_as_in_scikit_learn(solver: str) -> None:
    x, y = classes(4)
    weights = np.random.default_rng(0).random(ROWS)
    settings = {
        "hidden_layer_sizes": (6,),
        "batch_size": ROWS,
        "max_iter": 20,
        "random_state": 1,
        "solver": solver,
    }
    their, our = (
        room.MLPClassifier(**settings).fit(StandardScaler().fit_transform(x), y, sample_weight=weights)
        for room in (theirs, ours)
    )
    assert_close(our, their)


def test_without_a_penalty_a_smaller_last_batch_changes_nothing() -> None:
    """With one, it counts in that batch as in all others; in scikit-learn it counts more there."""
    their, our = pair("four classes", solver="sgd", batch_size=50, alpha=0.0)
    assert_close(our, their)


def test_training_that_diverges_is_told_from_data_that_are_not_finite() -> None:
    x, y = make_regression(50, 3, random_state=0)
    with pytest.raises(ValueError, match="training diverged in epoch"):
        ours.MLPRegressor(solver="sgd", learning_rate_init=10.0, random_state=0).fit(x, y)


def test_a_target_of_one_class_is_refused_by_its_name() -> None:
    with pytest.raises(ValueError, match="expected at least 2 classes, found 1 class alone: yes"):
        ours.MLPClassifier().fit([[0.0], [1.0]], ["yes", "yes"])


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"alpha": -1}, "alpha: expected a finite number >= 0, found -1"),
        ({"solver": "newton"}, "solver: expected 'lbfgs', 'sgd' or 'adam', found 'newton'"),
        ({"hidden_layer_sizes": (5, 0)}, "hidden_layer_sizes: expected whole numbers > 0, found 0"),
        ({"batch_size": "all"}, "batch_size: expected a whole number >= 1, found 'all'"),
    ],
)
def test_a_setting_that_cannot_be_is_named(setting: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ours.MLPClassifier(**setting).fit([[0.0], [1.0]], [0, 1])


def test_counts_below_0_are_named() -> None:
    with pytest.raises(ValueError, match="y: expected numbers >= 0 for loss='poisson', found -1"):
        ours.MLPRegressor(loss="poisson").fit([[0.0], [1.0]], [0.0, -1.0])


def test_rates_of_several_counts_are_the_exponentials_of_outputs() -> None:
    x, y = counts()
    pairs = np.stack([y, 2 * y], axis=1)
    settings: dict[str, Any] = {"loss": "poisson", "max_iter": 20, "random_state": 0, "early_stopping": True}
    their, our = (room.MLPRegressor(**settings).fit(x / 10, pairs) for room in (theirs, ours))
    assert our.out_activation_ == their.out_activation_ == "exp"
    np.testing.assert_allclose(our.predict(x / 10), their.predict(x / 10), rtol=CLOSE["adam"])
    np.testing.assert_allclose(our.loss_, their.loss_, rtol=CLOSE["adam"])
    np.testing.assert_allclose(our.validation_scores_, their.validation_scores_, rtol=CLOSE["adam"])


def test_a_warm_start_of_another_network_is_refused() -> None:
    x, y = classes(2)
    model = ours.MLPClassifier((5,), warm_start=True, max_iter=2).fit(x, y)
    model.set_params(hidden_layer_sizes=(6,))
    with pytest.raises(ValueError, match=r"shapes \[\(8, 5\), .* found \[\(8, 6\), .*; warm_start=False"):
        model.fit(x, y)


def test_weights_below_0_are_named() -> None:
    with pytest.raises(ValueError, match=r"weights: expected numbers >= 0, found -1 in row 1"):
        ours.MLPRegressor().fit([[0.0], [1.0]], [0.0, 1.0], sample_weight=[1, -1])


def test_a_pipeline_predicts_columns_of_a_frame() -> None:
    pandas = pytest.importorskip("pandas")
    x, y = classes(2)
    frame = pandas.DataFrame(x, columns=[f"c{i}" for i in range(8)])
    model = make_pipeline(StandardScaler().set_output(transform="pandas"), ours.MLPClassifier(max_iter=5))
    assert model.fit(frame, y)[-1].feature_names_in_.tolist() == [*frame.columns]
    assert model.predict_proba(frame).shape == (ROWS, 2)


def test_the_package_itself_does_not_import_scikit_learn() -> None:
    code = "import sys, gradwright; assert 'sklearn' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
