"""What is measured after each epoch, who is told of it, and what ends training."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score

from gradwright.nn.layer import Array
from gradwright.optim import Constant, CosineDecay
from gradwright.sklearn import MLPClassifier, MLPRegressor
from gradwright.training import Metric
from tests.sklearn.rows import FURTHER, FURTHER_LABELS, FURTHER_NUMBERS, LABELS, NUMBERS, SEVERAL, X

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
TRAIN = slice(0, 80)
SETTINGS: dict[str, Any] = {"hidden_layer_sizes": (6,), "random_state": 0, "learning_rate_init": 0.05}


def classifier(**settings: Any) -> MLPClassifier:
    return MLPClassifier(**SETTINGS | settings)


def watched(model: Any, y: Array = LABELS, *weights: Array) -> Any:
    return model.fit(X[TRAIN], y[TRAIN], eval_set=(X[80:], y[80:], *weights))


def test_further_rows_change_nothing_that_is_learned() -> None:
    alone = classifier(max_iter=5).fit(X[TRAIN], LABELS[TRAIN])
    model = watched(classifier(max_iter=5, metrics=["f1"]))
    assert (model.coefs_[0] == alone.coefs_[0]).all()
    assert model.loss_curve_ == alone.loss_curve_


def test_loss_and_score_of_further_rows_are_those_of_each_epoch() -> None:
    model = watched(classifier(max_iter=7))
    p = model.predict_proba(FURTHER)[np.arange(40), (FURTHER_LABELS == "yes").astype(int)]
    assert len(model.eval_loss_curve_) == len(model.eval_scores_) == 7
    assert model.eval_loss_curve_[-1] == pytest.approx(-np.log(p).mean(), rel=1e-9)
    assert model.eval_scores_[-1] == model.score(FURTHER, FURTHER_LABELS)


def test_weights_of_further_rows_count() -> None:
    weights = np.where(FURTHER_LABELS == "yes", 5.0, 1.0)
    model = watched(classifier(max_iter=3, metrics=["accuracy", "f1"]), LABELS, weights)
    assert model.eval_scores_[-1] == pytest.approx(model.score(FURTHER, FURTHER_LABELS, weights))
    assert model.eval_metrics_["accuracy"] == model.eval_scores_


def test_rows_that_early_stopping_holds_out_are_measured_too() -> None:
    model = classifier(max_iter=6, early_stopping=True).fit(X, LABELS)
    assert model.validation_scores_ == model.eval_scores_
    assert len(model.eval_loss_curve_) == model.n_iter_


def test_metrics_without_rows_to_measure_are_refused() -> None:
    with pytest.raises(
        ValueError, match=r"metrics: expected rows to measure them on, eval_set= or early_stop"
    ):
        classifier(metrics=["f1"]).fit(X, LABELS)


def test_further_rows_may_be_several_labels_numbers_or_lists() -> None:
    assert len(watched(classifier(max_iter=2), SEVERAL).eval_scores_) == 2
    model = MLPRegressor(max_iter=2).fit(X, NUMBERS, eval_set=(FURTHER.tolist(), FURTHER_NUMBERS.tolist()))
    assert model.eval_scores_[-1] == pytest.approx(model.score(FURTHER, FURTHER_NUMBERS))


def test_functions_of_ones_own_see_labels_as_they_were_given() -> None:
    seen = []

    def missed(y_true: Array, y_pred: Array) -> float:
        seen.append({*y_true} | {*y_pred})
        return float(((y_true == "yes") & (y_pred == "no")).mean())

    model = watched(classifier(max_iter=3, metrics=[missed, balanced_accuracy_score, "auc", "objective"]))
    assert seen[0] == {"yes", "no"}
    expected = balanced_accuracy_score(FURTHER_LABELS, model.predict(FURTHER))
    assert model.eval_metrics_["balanced_accuracy_score"][-1] == pytest.approx(expected)
    assert model.eval_metrics_.keys() == {"missed", "balanced_accuracy_score", "auc", "objective"}
    assert model.eval_metrics_["objective"][-1] > model.eval_loss_curve_[-1]  # by the penalty


def test_early_stopping_keeps_what_was_best_on_the_further_rows() -> None:
    model = watched(classifier(max_iter=200, early_stopping=True, n_iter_no_change=5))
    assert model.stopped_
    assert model.n_iter_ < 200
    assert model.score(FURTHER, FURTHER_LABELS) == max(model.eval_scores_) == model.best_validation_score_


@pytest.mark.parametrize("monitor", ["loss", "cost"])
def test_early_stopping_may_look_at_what_is_best_low(monitor: str) -> None:
    def cost(y_true: Array, y_pred: Array) -> float:
        return float(np.mean(y_true != y_pred))

    settings: dict[str, Any] = {"early_stopping": True, "n_iter_no_change": 5, "monitor": monitor}
    model = watched(classifier(max_iter=300, metrics=[Metric(cost, best="low")], **settings))
    curve = model.eval_loss_curve_ if monitor == "loss" else model.eval_metrics_["cost"]
    assert model.validation_scores_ == curve
    assert model.best_validation_score_ == min(curve)
    assert model.stopped_


def test_a_callback_sees_the_estimator_after_each_epoch_and_may_end_it() -> None:
    seen = []

    def look(model: MLPClassifier) -> bool:
        seen.append((model.n_iter_, model.score(X, LABELS), model.loss_curve_[-1]))
        return model.n_iter_ == 4

    model = classifier(max_iter=50, callbacks=[look]).fit(X, LABELS)
    assert [n for n, _, _ in seen] == [1, 2, 3, 4]
    assert seen[-1][1] == model.score(X, LABELS)
    assert model.stopped_


def test_every_callback_is_called_also_where_one_ends_training() -> None:
    calls = []
    classifier(callbacks=[lambda _: True, lambda model: calls.append(model.n_iter_)]).fit(X, LABELS)
    assert calls == [1]


@pytest.mark.parametrize("solver", ["sgd", "adam"])
def test_a_schedule_of_one_rate_is_that_rate(solver: str) -> None:
    """Of three outputs scikit-learn's gradient, their sum, is half as large again as gradwright's."""
    y = np.stack([NUMBERS, -NUMBERS, X[:, 2]], axis=1)
    common: dict[str, Any] = {"hidden_layer_sizes": (6,), "solver": solver, "max_iter": 4, "random_state": 0}
    plain = MLPRegressor(learning_rate_init=0.01, **common).fit(X, y)
    schedule = MLPRegressor(schedule=Constant(0.01), **common).fit(X, y)
    assert (schedule.coefs_[0] == plain.coefs_[0]).all()


def test_a_rate_of_0_at_the_end_of_a_schedule_stands_still() -> None:
    model = MLPClassifier((6,), schedule=CosineDecay(0.05, end=0.0, duration=3), max_iter=5, random_state=0)
    seen: list[Array] = []
    model.set_params(callbacks=[lambda m: seen.append(m.coefs_[0].copy())]).fit(X, LABELS)
    assert not np.array_equal(seen[0], seen[2])
    assert np.array_equal(seen[3], seen[4])


def test_a_line_moves_where_progress_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    watched(classifier(max_iter=3, verbose="progress"))
    said = capsys.readouterr()
    assert said.out == ""
    assert re.search(r"MLPClassifier +epoch 3/3.*loss 0\.\d+", said.err)


LBFGS = {"solver": "lbfgs"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"schedule": 0.1}, "schedule: expected a schedule, found 0.1"),
        ({"schedule": CosineDecay}, "schedule: expected a schedule, found the class CosineDecay"),
        (
            {"schedule": Constant(0.1), "learning_rate": "adaptive"},
            "learning_rate: schedule= has every",
        ),
        ({"schedule": Constant(0.1), "learning_rate_init": 0.1}, "learning_rate_init: schedule= has every"),
        (
            {"schedule": Constant(0.1), **LBFGS},
            "schedule: solver='lbfgs' makes no epochs; expected",
        ),
        ({"callbacks": [print], **LBFGS}, "callbacks: solver='lbfgs' makes no epochs"),
        (LBFGS, "eval_set: solver='lbfgs' makes no epochs"),
        ({"callbacks": print}, "callbacks: expected a list, found <built-in function print>"),
        ({"callbacks": [3]}, "callbacks: expected functions of the estimator, found 3"),
        ({"metrics": "f1"}, "metrics: expected a list, found 'f1'"),
        ({"metrics": ["f2"]}, "metrics: 'f2' is not known; choose from accuracy"),
        ({"metrics": ["r2"]}, "metrics: 'r2' is measured of numbers"),
        ({"monitor": "f1"}, "monitor: early_stopping=False looks at nothing"),
        ({"monitor": "f1", "early_stopping": True}, "monitor: expected 'loss' or one of metrics, found 'f1'"),
        (
            {
                "monitor": "balanced_accuracy_score",
                "metrics": [balanced_accuracy_score],
                "early_stopping": True,
            },
            "monitor: whether 'balanced_accuracy_score' is best high or low is not known",
        ),
    ],
)
def test_what_cannot_be_is_named(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        watched(MLPClassifier(**settings))


@pytest.mark.parametrize(
    ("eval_set", "message"),
    [
        (3, "expected a tuple of further rows, (X, y) or (X, y, sample_weight), found int"),
        ([(X, LABELS)], "expected a tuple of further rows, (X, y) or (X, y, sample_weight), found list of 1"),
        ((X[:, :3], LABELS), "X has 3 features, but MLPClassifier is expecting 4"),
        ((X, LABELS[:5]), "inconsistent numbers of samples: [120, 5]"),
        (
            (X, np.where(LABELS == "yes", "yes", "maybe")),
            "y: expected classes of ['no' 'yes'], found ['maybe']",
        ),
        ((X, LABELS, -np.ones(120)), "weights: expected numbers >= 0, found -1 in row 0"),
        ((X, LABELS, np.zeros(120)), "Sample weights must contain at least one non-zero number"),
        ((X * np.nan, LABELS), "Input X contains NaN"),
    ],
)
def test_further_rows_that_cannot_be_are_named(eval_set: Any, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        MLPClassifier().fit(X, LABELS, eval_set=eval_set)
    assert str(caught.value).startswith("eval_set: ")


def test_further_numbers_of_another_width_are_named() -> None:
    with pytest.raises(ValueError, match=r"eval_set: y: expected rows of the shape \(\), found \(2,\)"):
        MLPRegressor().fit(X, NUMBERS, eval_set=(X, X[:, :2]))
