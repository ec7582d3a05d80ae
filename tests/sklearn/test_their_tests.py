"""scikit-learn's own tests of its MLP, run on gradwright's: one changed import line."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import sklearn.neural_network

from gradwright.sklearn import MLPClassifier, MLPRegressor

# What they hold of the inside of their own class, and what is otherwise here on purpose.
BUT = {
    "test_fit": "sets coefs_ by hand, of a y with one class",
    "test_gradient": "calls _loss_grad_lbfgs; tests/nn checks the derivatives",
    "test_learning_rate_warmstart": "reads _optimizer.learning_rate",
    "test_adaptive_learning_rate": "reads _optimizer.learning_rate",
    "test_preserve_feature_names": "classifies a y with one class, which is refused here",
    "test_mlp_diverging_loss": "goes on with parameters that are not finite, and returns a model",
    "test_predict_proba_multilabel": "rounds p near 1 to 1 before the logarithm is taken",
}


@pytest.fixture
def global_random_seed() -> int:
    """theirs is drawn from a range that is set for the whole of their suite"""
    return 42


def _theirs() -> dict[str, Callable[..., Any]]:
    path = Path(sklearn.neural_network.__file__).parent / "tests" / "test_mlp.py"
    spec = importlib.util.spec_from_file_location("their_test_mlp", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with patch.multiple(sklearn.neural_network, MLPClassifier=MLPClassifier, MLPRegressor=MLPRegressor):
        spec.loader.exec_module(module)
    return {name: each for name, each in vars(module).items() if name.startswith("test_")}


THEIRS = _theirs()


def test_every_exception_is_one_of_their_tests() -> None:
    assert THEIRS.keys() >= BUT.keys()


globals().update({name: each for name, each in THEIRS.items() if name not in BUT})
