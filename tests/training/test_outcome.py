"""What a run answered is on record: counted in full, the worst rows kept, the test set never seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Dataset, Split
from gradwright.errors import RecordError
from gradwright.nn.layer import Array
from gradwright.training.outcome import MOST_PAIRS, MOST_WRONG, OUTCOME, Classified, Fitted, outcome_of

TrainBlobs = Callable[..., gw.Run]


def quick(network: Any, data: Dataset, **settings: Any) -> gw.Run:
    return gw.fit(network, data, **{"epochs": 2, "learning_rate": 0.01, "progress": False, **settings})


def noisy(rows: int, seed: int) -> Split:
    """Labels that no network can know."""
    rng = np.random.default_rng(seed)
    return Split(rng.standard_normal((rows, 2)), rng.integers(3, size=rows))


@pytest.fixture(scope="module")
def data() -> Dataset:
    return Dataset("noise", "made for a test", noisy(300, 0), noisy(1500, 1), noisy(200, 2))


@pytest.fixture(scope="module")
def classified(data: Dataset) -> tuple[gw.Run, Classified]:
    run = quick(gw.mlp(2, 8, 3), data)
    assert isinstance(run.outcome, Classified)
    return run, run.outcome


def test_every_validation_row_is_counted_by_class_and_answer(
    classified: tuple[gw.Run, Classified], data: Dataset
) -> None:
    run, found = classified
    assert data.validation is not None
    expected = np.zeros((3, 3), int)
    np.add.at(expected, (data.validation.y, run.predict(data.validation.x)), 1)
    np.testing.assert_array_equal(found.counts, expected)
    assert np.trace(found.counts) / 1500 == pytest.approx(run.metrics["validation"]["accuracy"])


def test_the_wrong_rows_kept_are_those_whose_class_seemed_least_likely(
    classified: tuple[gw.Run, Classified], data: Dataset
) -> None:
    run, found = classified
    assert data.validation is not None
    z = run.outputs(data.validation.x).astype(np.float64)
    shares = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    chance = shares[np.arange(1500), data.validation.y]
    wrong = np.flatnonzero(shares.argmax(axis=1) != data.validation.y)
    assert found.rows.tolist() == sorted(wrong, key=lambda row: chance[row])[:MOST_WRONG]
    assert (found.labels != found.answers).all()
    np.testing.assert_array_equal(found.x, data.validation.x[found.rows])
    np.testing.assert_allclose(found.likely[:, 0], chance[found.rows], rtol=1e-6)  # kept in single precision
    assert (found.likely[:, 1] >= found.likely[:, 0]).all()


def test_the_test_rows_are_never_asked(classified: tuple[gw.Run, Classified], data: Dataset) -> None:
    run, _ = classified
    without = replace(data, validation=None)
    asked: list[int] = []

    def outputs(x: Array) -> Array:
        asked.append(len(x))
        return run.outputs(x)

    found = outcome_of(outputs, run.objective.loss, run.target, without)
    assert found is not None
    assert found.split == "train"
    assert asked == [300]


def test_one_output_of_yes_or_no_has_two_classes() -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((60, 2))
    data = Dataset("sides", "made for a test", Split(x, (x[:, 0] > 0).astype(int)))
    found = quick(gw.mlp(2, 4, 1), data, loss=gw.BinaryCrossEntropy()).outcome
    assert isinstance(found, Classified)
    assert found.counts.shape == (2, 2)
    assert found.counts.sum() == 60


def test_several_answers_at_once_have_no_confusion() -> None:
    rng = np.random.default_rng(0)
    targets = rng.integers(2, size=(30, 4)).astype(float)
    data = Dataset("marks", "made for a test", Split(rng.standard_normal((30, 2)), targets))
    assert quick(gw.mlp(2, 4, 4), data, loss=gw.BinaryCrossEntropy()).outcome is None


def test_a_regression_keeps_pairs_of_target_and_prediction() -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((3 * MOST_PAIRS, 2))
    data = Dataset("plane", "made for a test", Split(x, x @ np.array([1.0, -2.0])))
    run = quick(gw.Linear(2, 1), data, loss=gw.MeanSquaredError())
    found = run.outcome
    assert isinstance(found, Fitted)
    assert found.targets.shape == found.predictions.shape == (MOST_PAIRS, 1)
    last = np.asarray(run.predict(x[-1:])).ravel()
    np.testing.assert_allclose(found.predictions[-1], last, rtol=1e-5)  # products of other shapes round apart
    assert found.targets[-1] == data.train.y[-1]


def test_standardised_targets_are_kept_in_their_own_units() -> None:
    x = np.linspace(0, 1, 40).reshape(-1, 1)
    data = Dataset.from_arrays(x, 1000 + 50 * x[:, 0], standardize_targets=True)
    found = quick(gw.Linear(1, 1), data, epochs=200, learning_rate=0.1).outcome
    assert isinstance(found, Fitted)
    np.testing.assert_allclose(found.targets[:, 0], 1000 + 50 * x[:, 0])
    tenth = 5  # of the range: the line is learned
    np.testing.assert_allclose(found.predictions, found.targets, atol=tenth)


def test_the_outcome_is_read_as_it_was(train_blobs: TrainBlobs, tmp_path: Path) -> None:
    run = train_blobs(tmp_path / "run")
    read = gw.load_run(tmp_path / "run").outcome
    assert run.outcome is not None
    assert read is not None
    assert vars(read).keys() == vars(run.outcome).keys()
    for name, value in vars(run.outcome).items():
        np.testing.assert_array_equal(getattr(read, name), value)


def test_a_run_of_an_older_version_has_none_and_a_damaged_file_is_named(
    train_blobs: TrainBlobs, tmp_path: Path
) -> None:
    train_blobs(tmp_path / "run")
    path = tmp_path / "run" / OUTCOME
    path.write_bytes((tmp_path / "run" / "parameters.safetensors").read_bytes())
    with pytest.raises(RecordError, match=r"outcome\.safetensors: expected what a run answered"):
        gw.load_run(tmp_path / "run")
    path.unlink()
    assert gw.load_run(tmp_path / "run").outcome is None


def test_calibration_is_what_rows_alike_in_probability_come_to(
    classified: tuple[gw.Run, Classified], data: Dataset
) -> None:
    run, found = classified
    assert data.validation is not None
    assert found.calibration is not None
    said, right, rows = found.calibration
    shares = run.predict_proba(data.validation.x)
    assert rows.tolist() == [150] * 10
    assert (np.diff(said) >= 0).all()
    assert np.average(said, weights=rows) == pytest.approx(shares.max(axis=1).mean())
    assert np.average(right, weights=rows) == pytest.approx(
        np.mean(shares.argmax(axis=1) == data.validation.y)
    )
    last = np.argsort(shares.max(axis=1), kind="stable")[-150:]
    assert right[-1] == np.mean(shares.argmax(axis=1)[last] == data.validation.y[last])


def test_an_outcome_from_before_calibration_is_read(
    classified: tuple[gw.Run, Classified], tmp_path: Path
) -> None:
    run, found = classified
    replace(run, outcome=replace(found, calibration=None)).save(tmp_path / "run")
    again = gw.load_run(tmp_path / "run").outcome
    assert isinstance(again, Classified)
    assert again.calibration is None
    np.testing.assert_array_equal(again.counts, found.counts)
