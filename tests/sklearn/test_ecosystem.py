"""What takes an estimator takes these with their further settings: frames, pipelines, searches, files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import joblib  # type: ignore[import-untyped]
import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn import config_context
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from gradwright.interchange import from_sklearn
from gradwright.nn import ELU, Focal, Quantile
from gradwright.optim import CosineDecay
from gradwright.sklearn import MLPClassifier, MLPRegressor
from tests.sklearn.rows import FURTHER, FURTHER_LABELS, LABELS, NUMBERS, SEVERAL, X
from tests.sklearn.towers import Tower

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
FEW: dict[str, Any] = {"max_iter": 3, "random_state": 0}
ALL: dict[str, Any] = {
    "hidden_layer_sizes": (6, 5),
    "activation": ["gelu", ELU(2.0)],
    "dropout": [0.1, 0.0],
    "normalization": "batch",
    "loss": Focal(1.0),
    "class_weight": {"yes": 2},
    "schedule": CosineDecay(0.05, end=0.0, duration=3),
    "metrics": ["f1", balanced_accuracy_score],
    "early_stopping": True,
}


@pytest.mark.parametrize("settings", [ALL, {"network": Tower(5)}], ids=["all", "own"])
def test_joblib_and_clone_keep_every_setting(settings: dict[str, Any], tmp_path: Path) -> None:
    model = MLPClassifier(**settings, **FEW).fit(X, LABELS)
    joblib.dump(model, tmp_path / "model")
    loaded = joblib.load(tmp_path / "model")
    assert (loaded.predict_proba(X) == model.predict_proba(X)).all()
    assert (clone(model).fit(X, LABELS).predict_proba(X) == model.predict_proba(X)).all()


def test_a_fitted_estimator_is_small_however_many_rows_it_saw(tmp_path: Path) -> None:
    sizes = []
    for copies in (1, 100):
        model = MLPRegressor(hidden_layer_sizes=(3,), max_iter=1)
        model.fit(np.repeat(X, copies, axis=0), np.repeat(NUMBERS, copies))
        joblib.dump(model, tmp_path / "model")
        sizes.append((tmp_path / "model").stat().st_size)
    assert sizes[1] < 1.1 * sizes[0]


@pytest.mark.parametrize("package", ["pandas", "polars"])
def test_frames_are_rows_by_name(package: str) -> None:
    frames = pytest.importorskip(package)
    x, further = (frames.DataFrame(dict(zip("abcd", rows.T, strict=True))) for rows in (X, FURTHER))
    y, further_y = frames.Series(LABELS), frames.Series(FURTHER_LABELS)
    model = MLPClassifier(**ALL, **FEW).fit(x, y, eval_set=(further, further_y))
    plain = MLPClassifier(**ALL, **FEW).fit(X, LABELS, eval_set=(FURTHER, FURTHER_LABELS))
    assert model.feature_names_in_.tolist() == ["a", "b", "c", "d"]
    assert model.eval_loss_curve_ == plain.eval_loss_curve_
    with pytest.raises(ValueError, match="eval_set: The feature names should match"):
        model.fit(x, y, eval_set=(further[["d", "c", "b", "a"]], further_y))


def test_sparse_rows_are_made_dense_in_both_sets() -> None:
    dense = MLPClassifier(dropout=0.2, **FEW).fit(X, SEVERAL, eval_set=(X, SEVERAL))
    sparse = MLPClassifier(dropout=0.2, **FEW).fit(csr_matrix(X), SEVERAL, eval_set=(csr_matrix(X), SEVERAL))
    assert sparse.eval_loss_curve_ == dense.eval_loss_curve_


def test_several_numbers_take_any_loss_of_numbers() -> None:
    y = np.random.default_rng(1).normal(size=(len(X), 2))  # which X does not know
    settings: dict[str, Any] = {"learning_rate_init": 0.02, "max_iter": 100, "random_state": 0}
    model = MLPRegressor(Quantile(0.9), (3,), normalization="layer", **settings)
    answers = model.fit(X, y).predict(X)
    assert answers.shape == y.shape
    assert 0.8 < (y <= answers).mean() < 1


def test_a_search_goes_over_activations_losses_and_the_settings_of_a_network() -> None:
    grid = {"activation": ["gelu", ELU(2.0)], "loss": ["log_loss", "focal"], "dropout": [0.0, 0.2]}
    search = GridSearchCV(MLPClassifier((4,), **FEW), grid, cv=2).fit(X, LABELS)
    assert search.best_params_.keys() == grid.keys()
    grid = {"network__width": [3, 6]}
    search = GridSearchCV(MLPClassifier(network=Tower(), **FEW), grid, cv=2).fit(X, LABELS)
    assert search.best_estimator_.coefs_[0].shape == (4, search.best_params_["network__width"])


def test_a_search_keeps_frozen_first_parameters() -> None:
    start = MLPClassifier((4,), **FEW).fit(X, LABELS)
    model = MLPClassifier((4,), init_params=FrozenEstimator(start), **FEW)
    assert GridSearchCV(model, {"alpha": [0.0, 0.1]}, cv=2).fit(X, LABELS).best_estimator_.n_iter_ == 3


def test_probabilities_of_any_loss_are_calibrated() -> None:
    model = CalibratedClassifierCV(MLPClassifier(loss="focal", normalization="batch", **FEW), cv=2)
    np.testing.assert_allclose(model.fit(X, LABELS).predict_proba(X).sum(axis=1), 1)


def test_weights_and_further_rows_are_routed() -> None:
    with config_context(enable_metadata_routing=True):
        model = MLPClassifier(**FEW).set_fit_request(sample_weight=True, eval_set=True)
        model.set_score_request(sample_weight=True)
        pipeline = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), model)
        weights, further = np.ones(len(X)), (FURTHER, FURTHER_LABELS)
        fitted = pipeline.fit(X, LABELS, sample_weight=weights, eval_set=further)[-1]
        assert len(fitted.eval_scores_) == 3
        search = GridSearchCV(model, {"alpha": [0.0, 0.1]}, cv=2)
        fitted = search.fit(X, LABELS, sample_weight=weights, eval_set=further).best_estimator_
        assert len(fitted.eval_scores_) == 3


@pytest.mark.parametrize(
    "settings",
    [
        {"network": Tower(5)},
        {"normalization": "batch", "dropout": 0.1},
        {"activation": "mish"},
        {"loss": "focal"},
    ],
    ids=str,
)
def test_it_is_taken_over_as_a_model(settings: dict[str, Any]) -> None:
    estimator = MLPClassifier(**settings, **FEW).fit(X, LABELS)
    model = from_sklearn(estimator)
    assert model.predict(X).tolist() == estimator.predict(X).tolist()
    np.testing.assert_allclose(model.predict_proba(X), estimator.predict_proba(X), atol=1e-12)
