"""Curves that others recorded are read in their own forms, and what is none is refused in one sentence."""

from __future__ import annotations

import json
import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.errors import ConfigError

FALLING = np.exp(-np.arange(20) / 12)
ARRIVED = 0.2 + np.exp(-np.arange(20) / 2)
TURNED = np.concatenate([ARRIVED[:10], ARRIVED[9] + 0.05 * np.arange(10)])


@pytest.mark.parametrize(
    "history",
    [
        FALLING,
        FALLING.tolist(),
        {"loss": FALLING},
        SimpleNamespace(history={"loss": FALLING.tolist()}, epoch=list(range(20))),  # as Keras returns it
        SimpleNamespace(loss_curve_=FALLING.tolist()),  # as scikit-learn's MLP has it
    ],
    ids=["array", "list", "mapping", "Keras", "scikit-learn"],
)
def test_each_form_of_losses_is_read(history: Any) -> None:
    found = gw.diagnose_history(history)
    assert found.kinds == ("still falling",)
    assert not found.healthy
    assert "still falling: The training loss" in str(found)
    assert json.loads(json.dumps(found.to_dict()))["findings"][0]["kind"] == "still falling"


def test_validation_losses_are_read_by_name_or_given() -> None:
    assert gw.diagnose_history({"loss": ARRIVED, "val_loss": TURNED}).kinds == ("overfitting",)
    assert gw.diagnose_history(ARRIVED, validation=TURNED).kinds == ("overfitting",)
    assert gw.diagnose_history(ARRIVED, validation=ARRIVED + 0.1).healthy


def test_accuracies_are_read_by_the_names_of_keras() -> None:
    curves = {"loss": ARRIVED, "accuracy": np.linspace(0.5, 1, 20), "val_accuracy": np.linspace(0.5, 0.7, 20)}
    assert gw.diagnose_history(curves).kinds == ("overfitting",)


def test_scikit_learns_estimators_are_read() -> None:
    neural = pytest.importorskip("sklearn.neural_network")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 2))
    slow = neural.MLPClassifier(
        max_iter=30, learning_rate_init=1e-3, random_state=0, tol=0, n_iter_no_change=40
    )
    with pytest.warns(Warning, match="Maximum iterations"):
        slow.fit(x, x[:, 0] > 0)
    assert gw.diagnose_history(slow).kinds == ("still falling",)


def test_a_run_is_read_with_its_start() -> None:
    data = gw.data.load("swiss-roll")
    run = gw.fit(gw.mlp(2, 8, 2), data, epochs=3, learning_rate=1e-9, progress=False)
    assert (
        gw.diagnose_history(run).kinds == gw.diagnose_history(run.history).kinds == ("flat from the start",)
    )


def test_a_loss_that_is_no_number_any_more_diverged() -> None:
    found = gw.diagnose_history([1.0, 0.9, math.nan, math.nan])
    assert found.kinds == ("diverged",)
    assert "from 1 to 0.9 in 2 entries and then is not finite" in str(found)


def test_a_guess_is_told_where_the_constant_is_known() -> None:
    guess = np.full(10, math.log(5)) + 1e-4 * np.random.default_rng(0).normal(size=10)
    assert gw.diagnose_history(guess, constant=math.log(5)).kinds == (
        "flat from the start",
        "nothing learned",
    )
    assert "nothing learned" not in gw.diagnose_history(ARRIVED, constant=math.log(5)).kinds


@pytest.mark.parametrize(
    ("history", "words"),
    [
        ("losses.csv", "found str as train"),
        ({"accuracy": [0.5]}, "found a mapping without 'loss': accuracy"),
        ({"loss": [1.0, 0.5], "val_loss": [1.0]}, "expected 2 entries as in train, found 1"),
        ([[1.0, 2.0]], r"expected a number for each epoch, found shape \(1, 2\)"),
    ],
    ids=["a text", "no losses", "lengths", "a table"],
)
def test_what_is_no_history_is_refused(history: Any, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        gw.diagnose_history(history)
