"""Every check of scikit-learn's for estimators; none is expected to fail of what it has itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from gradwright.sklearn import MLPClassifier, MLPRegressor, TabularClassifier, TabularRegressor
from tests.sklearn.towers import Tower


def of_rows(estimator: Any) -> dict[str, str]:
    """Checks that a layer does not pass by its definition: then a weight is no number of copies."""
    if not getattr(estimator, "dropout", 0):
        return {}
    why = "what dropout leaves out, and a batch's statistics, are of rows, whatever these count"
    return {f"check_sample_weight_equivalence_on_{kind}_data": why for kind in ("dense", "sparse")}


@parametrize_with_checks(  # type: ignore[untyped-decorator]
    [
        MLPClassifier(max_iter=100),  # as many as scikit-learn gives its own
        MLPClassifier(solver="lbfgs", hidden_layer_sizes=(5,)),
        MLPClassifier(solver="sgd", learning_rate="adaptive", hidden_layer_sizes=(10,), max_iter=100),
        MLPRegressor(max_iter=100),
        MLPRegressor(solver="lbfgs", hidden_layer_sizes=(5,)),
        MLPClassifier((20,), dropout=0.1, normalization="batch"),
        MLPRegressor("huber", (20,), activation=["silu"], normalization="layer", dtype="float64"),
        MLPClassifier(network=Tower(20)),
        TabularClassifier(epochs=40),
        TabularRegressor(epochs=40, n_cv=3),
    ],
    expected_failed_checks=of_rows,
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_an_estimator_passes_every_check(estimator: Any, check: Callable[[Any], None]) -> None:
    check(estimator)
