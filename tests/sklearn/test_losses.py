"""Losses of ``nn`` in place of scikit-learn's one, and classes that count as they are told to."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV

from gradwright.nn import (
    L2,
    BinaryCrossEntropy,
    Focal,
    Huber,
    MeanAbsoluteError,
    MeanSquaredError,
    Quantile,
    SoftmaxCrossEntropy,
)
from gradwright.nn.layer import Array
from gradwright.sklearn import MLPClassifier, MLPRegressor
from gradwright.training.agreement import OF_NUMBERS
from tests.sklearn.rows import KINDS, LABELS, NUMBERS, SEVERAL, X

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
SETTINGS: dict[str, Any] = {"hidden_layer_sizes": (6,), "random_state": 0}


def spelled(cls: type) -> str:
    """A class's name as scikit-learn writes such names: mean_absolute_error."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()


@pytest.mark.parametrize("loss", OF_NUMBERS, ids=lambda cls: cls.__name__)
def test_every_loss_of_numbers_has_its_name(loss: type) -> None:
    y = np.abs(NUMBERS)
    model = MLPRegressor(loss=spelled(loss), max_iter=3, **SETTINGS).fit(X, y)
    assert model.objective_.loss == loss()
    assert model.predict(X).shape == y.shape


def test_a_loss_of_nn_is_reported_as_it_is_there() -> None:
    y = np.stack([NUMBERS, -NUMBERS], axis=1)
    model = MLPRegressor(loss=Huber(0.5), max_iter=2, **SETTINGS).fit(X, y, eval_set=(X, y))
    value, _ = Huber(0.5).forward(model.predict(X), y)
    assert model.eval_loss_curve_[-1] == pytest.approx(value, rel=1e-12)


def test_the_absolute_error_finds_medians_and_a_quantile_what_most_stay_below() -> None:
    x = np.zeros((101, 1))
    y = np.arange(101.0)
    common: dict[str, Any] = {
        "solver": "sgd",
        "learning_rate_init": 3.0,
        "momentum": 0,
        "max_iter": 400,
        "tol": 0.0,
    }
    found = {}
    for loss in (MeanAbsoluteError(), Quantile(0.9)):
        model = MLPRegressor(loss, (), "identity", batch_size=101, alpha=0, **common)
        found[type(loss)] = model.fit(x, y).predict(x)[0]
    assert found[MeanAbsoluteError] == pytest.approx(50, abs=1)
    assert found[Quantile] == pytest.approx(90, abs=1)


class Cubed:
    """l = mean |y - t|^3: a loss of one's own"""

    def forward(self, output: Array, target: Array) -> tuple[Any, Array]:
        error = output - target.reshape(output.shape)
        return (np.abs(error) ** 3).mean(), error

    def backward(self, error: Array) -> Array:
        return 3 * error * np.abs(error) / error.size


def test_a_loss_of_ones_own_trains_numbers() -> None:
    model = MLPRegressor(Cubed(), learning_rate_init=0.05, max_iter=60, **SETTINGS).fit(X, NUMBERS)
    assert model.score(X, NUMBERS) > 0.9


def test_a_loss_of_ones_own_that_takes_no_weights_is_named_where_rows_have_some() -> None:
    with pytest.raises(ValueError, match=r"loss: expected forward\(output, target, weights\) of Cubed"):
        MLPRegressor(Cubed()).fit(X, NUMBERS, sample_weight=np.ones(120))


@pytest.mark.parametrize(
    ("loss", "outputs"),
    [("focal", 2), (SoftmaxCrossEntropy(smoothing=0.1), 2), (BinaryCrossEntropy(), 1), ("log_loss", 1)],
)
def test_two_classes_take_one_output_or_two(loss: Any, outputs: int) -> None:
    model = MLPClassifier(loss=loss, learning_rate_init=0.05, max_iter=60, **SETTINGS).fit(X, LABELS)
    assert model.n_outputs_ == outputs
    assert model.score(X, LABELS) > 0.9
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1)
    assert (model.classes_[model.predict_proba(X).argmax(axis=1)] == model.predict(X)).all()
    np.testing.assert_allclose(np.exp(model.predict_log_proba(X)), model.predict_proba(X))


def test_a_fit_that_is_refused_leaves_the_answers_as_they_were() -> None:
    model = MLPClassifier(max_iter=3, **SETTINGS).fit(X, LABELS)
    before = model.predict_proba(X)
    with pytest.raises(ValueError, match="weights"):
        model.set_params(loss="focal").fit(X, LABELS, sample_weight=np.zeros(120))
    assert (model.predict_proba(X) == before).all()


@pytest.mark.parametrize("y", [LABELS, KINDS], ids=["two classes", "several"])
def test_scores_of_a_hinge_are_no_probabilities(y: Array) -> None:
    model = MLPClassifier(loss="hinge", learning_rate_init=0.05, max_iter=60, **SETTINGS).fit(X, y)
    assert model.score(X, y) > 0.9
    assert not hasattr(model, "predict_proba")
    assert not hasattr(model, "predict_log_proba")
    scores = model.decision_function(X)
    leader = (scores > 0).astype(int) if scores.ndim == 1 else scores.argmax(axis=1)
    assert (model.classes_[leader] == model.predict(X)).all()
    assert not hasattr(MLPClassifier(), "decision_function")
    calibrated = CalibratedClassifierCV(MLPClassifier(loss="hinge", max_iter=5, **SETTINGS), cv=2).fit(X, y)
    assert calibrated.predict_proba(X).shape == (120, len(model.classes_))


def test_smoothed_labels_leave_less_certain_answers() -> None:
    sure, smoothed = (
        MLPClassifier(loss=SoftmaxCrossEntropy(smoothing=s), solver="lbfgs", alpha=0, **SETTINGS).fit(
            X, KINDS
        )
        for s in (0.0, 0.2)
    )
    likeliest = [np.median(model.predict_proba(X).max(axis=1)) for model in (smoothed, sure)]
    assert likeliest[0] < 0.9 < 0.99 < likeliest[1]  # of three classes 1 - 0.2 + 0.2 / 3 is the best answer


def test_several_labels_take_a_sigmoid_each() -> None:
    model = MLPClassifier(loss="binary_cross_entropy", max_iter=3, **SETTINGS).fit(X, SEVERAL)
    assert model.predict(X).shape == SEVERAL.shape


CLASSIFIER, REGRESSOR = (MLPClassifier, KINDS), (MLPRegressor, NUMBERS)


@pytest.mark.parametrize(
    ("estimator", "loss", "message"),
    [
        (
            CLASSIFIER,
            "fokal",
            "'fokal' is not known; did you mean 'Focal'? (several classes take log_loss,",
        ),
        (CLASSIFIER, "huber", "loss: Huber does not fit; several classes take log_loss, SoftmaxCrossEntropy"),
        (CLASSIFIER, BinaryCrossEntropy(), "loss: BinaryCrossEntropy does not fit; several classes take"),
        (CLASSIFIER, Cubed(), "loss: Cubed does not fit; several classes take"),
        (
            (MLPClassifier, SEVERAL),
            Focal(),
            "loss: Focal does not fit; several labels at once take",
        ),
        (
            REGRESSOR,
            "focal",
            "loss: Focal does not fit; numbers take squared_error, absolute_error",
        ),
        (REGRESSOR, "log_loss", "loss: 'log_loss' is not known"),
        (REGRESSOR, Huber, "loss: expected a loss, found the class Huber; write Huber()"),
        (REGRESSOR, L2(1.0), "loss: expected a loss, found L2(factor=1.0)"),
        (REGRESSOR, 3, "loss: expected a loss, found 3"),
    ],
)
def test_a_loss_that_does_not_fit_is_told_with_those_that_do(estimator: Any, loss: Any, message: str) -> None:
    kind, y = estimator
    with pytest.raises(ValueError, match=re.escape(message)):
        kind(loss=loss).fit(X, y)


@pytest.mark.parametrize("solver", ["sgd", "lbfgs"])
def test_a_class_weight_is_a_weight_of_its_rows(solver: str) -> None:
    common = SETTINGS | {"solver": solver, "max_iter": 20}
    weighed = MLPClassifier(class_weight={"yes": 3}, **common).fit(X, LABELS)
    rows = MLPClassifier(**common).fit(X, LABELS, sample_weight=np.where(LABELS == "yes", 3, 1))
    np.testing.assert_allclose(weighed.coefs_[0], rows.coefs_[0], rtol=1e-12)


@pytest.mark.parametrize("y", [LABELS, KINDS], ids=["two classes", "several"])
def test_balanced_classes_count_the_same(y: Array) -> None:
    _, place, counts = np.unique(y, return_inverse=True, return_counts=True)
    weights = len(y) / (len(counts) * counts[place])
    common = SETTINGS | {"max_iter": 5}
    balanced = MLPClassifier(class_weight="balanced", **common).fit(X, y)
    rows = MLPClassifier(**common).fit(X, y, sample_weight=weights)
    np.testing.assert_allclose(balanced.coefs_[0], rows.coefs_[0], rtol=1e-12)


def test_class_weights_know_labels_of_any_type() -> None:
    floats = MLPClassifier(class_weight={0: 0, 1: 1}, max_iter=50, learning_rate_init=0.05, **SETTINGS)
    assert set(floats.fit(X, (LABELS == "yes").astype(float)).predict(X)) == {1.0}


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"maybe": 2}, "class_weight: there is no class 'maybe'"),
        ({"yse": 2}, "class_weight: there is no class 'yse'; did you mean 'yes'?"),
        ({"yes": -1}, "class_weight['yes']: expected a finite number >= 0, found -1"),
        ({"yes": 0, "no": 0}, "weights: expected"),
        ("even", "class_weight: expected 'balanced' or a number for each class, found 'even'"),
        ([1, 2], "class_weight: expected 'balanced' or a number for each class, found list"),
    ],
)
def test_class_weights_that_cannot_be_are_named(weights: Any, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        MLPClassifier(class_weight=weights).fit(X, LABELS)


def test_several_labels_have_no_class_weights() -> None:
    with pytest.raises(ValueError, match="class_weight: expected one label a row, found several"):
        MLPClassifier(class_weight="balanced").fit(X, SEVERAL)


def test_one_call_of_partial_fit_cannot_tell_how_often_classes_occur() -> None:
    with pytest.raises(ValueError, match="class_weight: expected a number for each class, since one call"):
        MLPClassifier(class_weight="balanced").partial_fit(X, LABELS, classes=["no", "yes"])
    MLPClassifier(class_weight={"yes": 2}).partial_fit(X, LABELS, classes=["no", "yes"])


def test_squared_errors_are_halved_and_summed_by_scikit_learns_word_alone() -> None:
    y = np.stack([NUMBERS, -NUMBERS], axis=1)
    word, name = (
        MLPRegressor(loss=loss, max_iter=1, **SETTINGS).fit(X, y, eval_set=(X, y))
        for loss in ("squared_error", MeanSquaredError())
    )
    square = ((word.predict(X) - y) ** 2).sum(axis=1).mean() / 2
    assert word.eval_loss_curve_[-1] == pytest.approx(square)
    assert name.eval_loss_curve_[-1] == pytest.approx(((name.predict(X) - y) ** 2).mean())
