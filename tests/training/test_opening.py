"""The test set of a run stays sealed until it is asked for, and every look is on record."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import gradwright as gw
from gradwright.data import Dataset
from gradwright.engine import Metrics, Rows, reference
from gradwright.errors import ConfigError
from gradwright.nn.layer import Array
from gradwright.training.opening import OPENINGS

TrainBlobs = Callable[..., gw.Run]


def test_a_run_measures_training_and_validation_rows_alone(
    train_blobs: TrainBlobs, blobs: Dataset, tmp_path: Path
) -> None:
    assert blobs.test is not None
    run = train_blobs(tmp_path / "run")
    assert set(run.metrics) == {"train", "validation"}
    assert run.openings == ()
    assert "test" not in (tmp_path / "run" / "result.json").read_text()
    assert not (tmp_path / "run" / OPENINGS).exists()


def test_no_test_row_reaches_an_engine(
    train_blobs: TrainBlobs, blobs: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[object] = []

    def noted(_objective: gw.Objective, _theta: Array, rows: Rows) -> Metrics:
        seen.append(rows.split)
        return {"loss": 1.0}

    monkeypatch.setattr(reference, "evaluate", noted)
    train_blobs(engine="reference")
    assert blobs.train in seen
    assert blobs.validation in seen
    assert blobs.test not in seen


def test_an_opening_says_when_and_what_came_out(train_blobs: TrainBlobs, tmp_path: Path) -> None:
    run = train_blobs(tmp_path / "run", open_test=True)
    (opening,) = run.openings
    assert (opening.epoch, opening.rows) == (4, 50)
    assert opening.metrics == run.metrics["test"]
    assert gw.load_run(tmp_path / "run").openings == run.openings
    assert gw.load_run(tmp_path / "run").metrics == run.metrics


def test_a_finished_run_can_be_opened_later_and_the_look_is_one(
    train_blobs: TrainBlobs, tmp_path: Path
) -> None:
    sealed = train_blobs(tmp_path / "run")
    opened = train_blobs(tmp_path / "run", resume=True, open_test=True)
    assert opened.metrics["validation"] == sealed.metrics["validation"]
    assert opened.metrics["test"] == train_blobs(open_test=True).metrics["test"]
    again = train_blobs(tmp_path / "run", resume=True, open_test=True)
    assert again.openings == opened.openings
    assert len(opened.openings) == 1


def test_a_saved_run_keeps_its_openings(train_blobs: TrainBlobs, tmp_path: Path) -> None:
    run = train_blobs(open_test=True)
    run.save(tmp_path / "saved")
    assert gw.load_run(tmp_path / "saved").openings == run.openings


def test_data_without_a_test_set_cannot_be_opened(tmp_path: Path) -> None:
    data = gw.data.load("swiss-roll")
    with pytest.raises(ConfigError, match="swiss-roll: expected data with a test split to open, found none"):
        gw.fit(gw.mlp(2, 4, 2), data, epochs=1, open_test=True, folder=tmp_path / "run")
    assert not (tmp_path / "run").exists()
