"""What rows held out say of an ensemble: each is answered by the networks that did not train on it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Dataset, Split
from gradwright.nn.layer import Array
from gradwright.recipes import Ensemble, fit_members
from gradwright.recipes.folds import folds
from gradwright.recipes.members import FEWEST, member_sets
from gradwright.training.outcome import Classified, Fitted
from tests.recipes.tables import classes, numbers

EPOCHS = 6


def aside(part: Dataset) -> Split:
    """The rows that are held out of a network."""
    assert part.validation is not None
    return part.validation


def answered(ensemble: Ensemble, data: Dataset, n_cv: int) -> tuple[Array, Array]:
    """The rows held out, by number, and their labels as the network says that did not train on them."""
    rows, labels = [], []
    for run, part in zip(ensemble.runs, member_sets(data, n_cv, seed=0), strict=True):
        x = aside(part).x
        labels.append(ensemble.outputs_of(run, x).argmax(axis=1))
        rows += [int(np.flatnonzero((data.train.x == row).all(axis=1))[0]) for row in x]
    return np.array(rows), np.concatenate(labels)


@pytest.mark.parametrize(("n_cv", "count"), [(1, 48), (4, 120)])
def test_a_row_of_a_fold_is_answered_by_the_network_that_did_not_train_on_it(n_cv: int, count: int) -> None:
    data = classes()
    ensemble = fit_members(data, n_cv=n_cv, epochs=EPOCHS)
    found = ensemble.outcome
    assert isinstance(found, Classified)
    rows, labels = answered(ensemble, data, n_cv)
    expected = np.zeros((3, 3), int)
    np.add.at(expected, (data.train.y[rows], labels), 1)
    np.testing.assert_array_equal(found.counts, expected)
    assert (found.split, found.counts.sum()) == ("held-out", count)
    np.testing.assert_array_equal(data.train.x[found.rows], found.x)  # by their numbers in the data
    np.testing.assert_array_equal(data.train.y[found.rows], found.labels)


def test_validation_rows_of_the_data_are_answered_by_all() -> None:
    [data] = folds(classes(), 5, 1, seed=0)
    ensemble = fit_members(data, epochs=EPOCHS)
    found = ensemble.outcome
    assert isinstance(found, Classified)
    assert found.split == "validation"
    rows = aside(data)
    right = (ensemble.predict(rows.x) == rows.y).sum()
    assert np.trace(found.counts) == right


def test_of_few_rows_those_are_answered_that_were_trained_on() -> None:
    few = classes(FEWEST - 1)
    found = fit_members(few, epochs=EPOCHS).outcome
    assert isinstance(found, Classified)
    assert (found.split, found.counts.sum()) == ("train", FEWEST - 1)


def test_calibration_is_that_of_the_probabilities_that_are_answered() -> None:
    """The mean over its bins is the mean over rows of the largest probability."""
    data = classes()
    ensemble = fit_members(data, n_cv=2, epochs=EPOCHS)
    found = ensemble.outcome
    assert isinstance(found, Classified)
    assert found.calibration is not None
    said = [
        replace(ensemble, runs=(run,)).predict_proba(aside(part).x).max(axis=1)
        for run, part in zip(ensemble.runs, folds(data, 2, 2, seed=0), strict=True)
    ]
    mean, _, count = found.calibration
    assert np.average(mean, weights=count) == pytest.approx(np.concatenate(said).mean())


def test_numbers_are_kept_in_their_own_units() -> None:
    found = fit_members(numbers(), epochs=EPOCHS).outcome
    assert isinstance(found, Fitted)
    assert 100 <= found.targets.mean() <= 110
    assert found.targets.shape == found.predictions.shape == (48, 1)


def table(rows: int = 200) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=rows)
    return {"x": x, "noise": rng.normal(size=rows), "y": np.where(x > 0, "up", "down").tolist()}


def test_what_columns_are_worth_is_asked_once_of_all_networks() -> None:
    run = gw.tabular(table(), "y", n_cv=4, epochs=30, progress=False)
    found = run.importance
    assert found is not None
    assert (found.columns, found.rows, found.split) == (("x", "noise"), 200, "held-out")
    assert found.low[0] > 0.2 > abs(found.mean[1])
    assert [each.importance for each in run.runs] == [None] * 4


def test_a_page_has_them_together_and_a_folder_keeps_them(tmp_path: Any, blank_pictures: None) -> None:  # noqa: ARG001
    run = gw.tabular(table(), "y", epochs=2, progress=False)
    page = run.report(tmp_path / "page.html").read_text()
    assert page.count("Where it is wrong") == page.count("What mattered") == 1
    assert page.index("2 networks answer together") < page.index("Where it is wrong") < page.index("Overview")
    run.save(tmp_path / "run")
    again = gw.load_tabular(tmp_path / "run")
    assert again.importance == run.importance
    assert isinstance(again.ensemble.outcome, Classified)
    assert isinstance(run.ensemble.outcome, Classified)
    np.testing.assert_array_equal(again.ensemble.outcome.counts, run.ensemble.outcome.counts)
