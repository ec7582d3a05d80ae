"""The linear baseline generalises, whatever it is asked of, and is told apart from what it was found on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Dataset, Split
from gradwright.diagnosis import linear_optimum
from gradwright.diagnosis.baselines import baselines
from gradwright.diagnosis.ridge import _least_squares, ridge

NEAR = 1e-3  # of a loss: what the search leaves, and the least of the penalties


def wide(rows: int, features: int, seed: int = 0, classes: bool = False) -> Split:
    """Of many features the first one counts, beside as much noise."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, features))
    y = x[:, 0] + rng.normal(size=rows)
    return Split(x, (y > 0).astype(int) if classes else y)


def test_where_rows_abound_it_is_the_optimum(peaks: Dataset) -> None:
    best = linear_optimum(peaks, gw.SoftmaxCrossEntropy()).metrics
    found = ridge(peaks, gw.SoftmaxCrossEntropy())
    assert found.metrics["train"]["loss"] == pytest.approx(best["train"]["loss"], rel=NEAR)
    assert found.metrics["validation"]["loss"] == pytest.approx(best["validation"]["loss"], rel=NEAR)
    assert found.rows == len(peaks.train)


@pytest.mark.parametrize("classes", [False, True], ids=["numbers", "classes"])
def test_where_features_abound_it_generalises(classes: bool) -> None:
    """With as many features as rows the optimum fits every training row, and says nothing of others."""
    data = Dataset("wide", "", wide(100, 100, classes=classes), wide(500, 100, 1, classes))
    loss = gw.SoftmaxCrossEntropy() if classes else gw.MeanSquaredError()
    found, free = ridge(data, loss), linear_optimum(data, loss)
    assert free.metrics["train"]["loss"] < 0.01
    assert found.penalty > 0
    assert found.metrics["validation"]["loss"] < baselines(data, loss).constant.metrics["validation"]["loss"]
    assert free.metrics["validation"]["loss"] > 2 * found.metrics["validation"]["loss"]


@pytest.mark.parametrize(("rows", "features"), [(40, 5), (5, 40)])
def test_least_squares_solve_their_equations(rows: int, features: int) -> None:
    """In as many unknowns as there are features, or rows, whichever are fewer."""
    split = wide(rows, features)
    x, y = split.x - split.x.mean(axis=0), split.y - split.y.mean()
    for penalty, W, b in _least_squares(split.x, split):
        if penalty:
            known = np.linalg.solve(x.T @ x / rows + penalty * np.eye(features), x.T @ y / rows)
            np.testing.assert_allclose(W[:, 0], known, atol=1e-9)  # in float64
            assert b[0] == pytest.approx(split.y.mean() - split.x.mean(axis=0) @ known)


def test_weights_of_rows_are_numbers_of_copies() -> None:
    rows, aside = wide(50, 3), wide(500, 3, 1)
    copied = Split(np.vstack([rows.x, rows.x[:20]]), np.concatenate([rows.y, rows.y[:20]]))
    weighed = Split(rows.x, rows.y, np.where(np.arange(50) < 20, 2.0, 1.0))
    copies, weights = (
        ridge(Dataset("", "", each, aside), gw.MeanSquaredError()) for each in (copied, weighed)
    )
    reached, same = (found.metrics["validation"]["loss"] for found in (weights, copies))
    assert reached == pytest.approx(
        same, rel=NEAR
    )  # but for the scale of features, which counts each row once


def test_without_validation_rows_a_fifth_of_the_others_choose() -> None:
    data = Dataset("wide", "", wide(100, 100))
    found = ridge(data, gw.MeanSquaredError())
    assert found.rows == 80
    assert found.penalty > 0
    assert set(found.metrics) == {"train"}


def test_of_a_large_set_some_rows_are_looked_at_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch, peaks: Dataset
) -> None:
    monkeypatch.setattr("gradwright.diagnosis.ridge.WORK", 1.0)
    found = baselines(peaks, gw.SoftmaxCrossEntropy())
    assert "was found on 1,000 of the training rows" in found.note
    assert found.linear is not None
    assert found.linear.metrics["train"]["loss"] == pytest.approx(1.2202, rel=0.02)  # of 1,000 rows


def test_a_linear_model_that_learns_its_rows_by_heart_raises_no_alarm() -> None:
    """A network that stops where it generalises has a higher training loss than that."""
    data = Dataset("wide", "", wide(100, 100, classes=True), wide(500, 100, 1, True))
    run = gw.fit(gw.Linear(100, 2), data, penalty=gw.L2(0.1), epochs=50, learning_rate=0.05, progress=False)
    assert run.metrics["train"]["loss"] > 0.1
    assert "behind the linear model" not in run.diagnose(data, budget=0).kinds


def test_the_test_rows_are_left_alone() -> None:
    data = Dataset("three", "", wide(30, 2), wide(30, 2, 1), wide(30, 2, 2))
    assert set(ridge(data, gw.MeanSquaredError()).metrics) == {"train", "validation"}


def test_digits_too(real_data: Path) -> None:
    """A sample of some thousand rows reaches 87 % or more; all of them would reach 92 %."""
    data = gw.data.split_off(gw.data.load("mnist", data_dir=str(real_data)), 12_000)
    found = ridge(data, gw.SoftmaxCrossEntropy())
    assert found.rows < len(data.train)
    assert found.metrics["validation"]["accuracy"] > 0.87
