"""Every check of scikit-learn's for estimators, none expected to fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from gradwright.sklearn import MLPClassifier, MLPRegressor
from tests.sklearn.towers import Tower


@parametrize_with_checks(  # type: ignore[untyped-decorator]
    [
        MLPClassifier(),
        MLPClassifier(solver="lbfgs", hidden_layer_sizes=(5,)),
        MLPClassifier(solver="sgd", learning_rate="adaptive"),
        MLPRegressor(),
        MLPRegressor(solver="lbfgs", hidden_layer_sizes=(5,)),
        MLPClassifier((20,), dropout=0.1, normalization="batch", class_weight="balanced"),
        MLPRegressor("huber", (20,), activation=["silu"], normalization="layer", dtype="float64"),
        MLPClassifier(network=Tower(20), loss="focal"),
    ]
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_an_estimator_passes_every_check(estimator: Any, check: Callable[[Any], None]) -> None:
    check(estimator)
