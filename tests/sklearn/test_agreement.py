"""How ``fit``, ``partial_fit``, ``warm_start`` and ``early_stopping`` agree, as docs/estimators.md has it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradwright.optim import ExponentialDecay
from gradwright.sklearn import MLPClassifier, MLPRegressor
from tests.sklearn.rows import LABELS, NUMBERS, X

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
SETTINGS: dict[str, Any] = {"hidden_layer_sizes": (6,), "random_state": 0, "tol": 0.0}
NEVER = {"n_iter_no_change": 1000}
TRAIN, FURTHER = (X[:80], LABELS[:80]), (X[80:], LABELS[80:])
CLASSES = ["no", "yes"]


@pytest.mark.parametrize(
    "settings",
    [
        {"solver": "adam"},
        {"solver": "sgd", "learning_rate_init": 0.05},
        {"solver": "sgd", "learning_rate": "invscaling", "learning_rate_init": 0.3},
        {"solver": "sgd", "learning_rate": "adaptive", "n_iter_no_change": 1, "tol": 0.1},
        {"dropout": 0.3, "normalization": "batch"},
        {"schedule": ExponentialDecay(0.01, 0.5)},
        {"class_weight": {"yes": 3}},
    ],
    ids=str,
)
def test_n_calls_of_partial_fit_are_a_fit_of_n_epochs(settings: dict[str, Any]) -> None:
    settings = SETTINGS | NEVER | settings
    whole = MLPClassifier(max_iter=6, **settings).fit(X, LABELS)
    steps = MLPClassifier(**settings)
    for _ in range(whole.n_iter_):
        steps.partial_fit(X, LABELS, classes=CLASSES)
    for name, array in whole.parameters_.items():
        assert (steps.parameters_[name] == array).all(), name
    assert steps.loss_curve_ == whole.loss_curve_


def test_partial_fit_goes_on_from_a_fit_with_the_steps_of_its_optimizer() -> None:
    model = MLPRegressor(max_iter=3, **SETTINGS).fit(X, NUMBERS)
    moments = model._state.optimizer
    model.partial_fit(X, NUMBERS)
    assert len(model.loss_curve_) == 4
    assert model._state.step == 4  # one batch an epoch
    assert not np.array_equal(moments["m"], model._state.optimizer["m"])


def test_a_second_fit_is_the_first_one_again() -> None:
    model = MLPRegressor(max_iter=3, **SETTINGS).fit(X, NUMBERS)
    first = model.coefs_[0].copy()
    assert (model.fit(X, NUMBERS).coefs_[0] == first).all()
    assert len(model.loss_curve_) == 3


def test_a_warm_start_keeps_parameters_and_curves_and_begins_the_optimizer_anew() -> None:
    model = MLPRegressor(max_iter=3, warm_start=True, **SETTINGS).fit(X, NUMBERS)
    before = model.loss_
    model.fit(X, NUMBERS)
    assert len(model.loss_curve_) == 6
    assert model.loss_ < before
    assert (model.n_iter_, model._state.step, model._state.epoch) == (3, 3, 3)


@pytest.mark.parametrize("other", [{"early_stopping": False}, {"monitor": "loss"}], ids=str)
def test_a_warm_start_may_look_at_something_else(other: dict[str, Any]) -> None:
    model = MLPClassifier(max_iter=3, warm_start=True, early_stopping=True, **SETTINGS).fit(X, LABELS)
    model.set_params(**other).fit(X, LABELS)
    assert len(model.loss_curve_) == 6
    assert model.validation_scores_ == (model.eval_loss_curve_[3:] if model.early_stopping else None)
    model.set_params(early_stopping=True, monitor=None).fit(X, LABELS)
    assert model.validation_scores_ == model.eval_scores_[-3:]


def test_partial_fit_stops_early_on_further_rows_and_puts_the_best_back() -> None:
    model = MLPClassifier(early_stopping=True, n_iter_no_change=3, learning_rate_init=0.05, **SETTINGS)
    for _ in range(200):
        model.partial_fit(*TRAIN, classes=CLASSES, eval_set=FURTHER)
        if model.stopped_:
            break
    assert model.stopped_
    assert len(model.validation_scores_) < 200
    assert model.score(*FURTHER) == model.best_validation_score_ == max(model.validation_scores_)


def test_it_stops_in_the_epoch_in_which_a_fit_would() -> None:
    settings = SETTINGS | {"early_stopping": True, "n_iter_no_change": 3, "learning_rate_init": 0.05}
    whole = MLPClassifier(**settings).fit(*TRAIN, eval_set=FURTHER)
    steps = MLPClassifier(**settings)
    for _ in range(whole.n_iter_):
        steps.partial_fit(*TRAIN, classes=CLASSES, eval_set=FURTHER)
    assert steps.validation_scores_ == whole.validation_scores_
    assert (steps.coefs_[0] == whole.coefs_[0]).all()


def test_partial_fit_does_not_hold_out_rows_that_it_might_train_on_later() -> None:
    with pytest.raises(ValueError, match="without eval_set: rows that one call held out might be trained on"):
        MLPRegressor(early_stopping=True).partial_fit(X, NUMBERS)


def test_first_parameters_are_those_handed_over_once() -> None:
    start = MLPRegressor(max_iter=5, **SETTINGS).fit(X, NUMBERS)
    model = MLPRegressor(init_params=start, max_iter=2, warm_start=True, **SETTINGS).fit(X, NUMBERS)
    first = model.loss_
    assert model.fit(X, NUMBERS).loss_ < first
    assert model.set_params(warm_start=False).fit(X, NUMBERS).loss_ == first


def test_a_fit_of_other_rows_in_batches_is_a_partial_fit_of_each() -> None:
    """Batches of other sizes have orders of their own."""
    model = MLPRegressor(**SETTINGS)
    for size in (50, 70, 50):
        model.partial_fit(X[:size], NUMBERS[:size])
    assert model.t_ == 170
    assert len(model.loss_curve_) == 3
