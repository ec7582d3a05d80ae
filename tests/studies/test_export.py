"""What trackers of others are told is read back by their own libraries."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

import gradwright as gw
from gradwright.errors import ConfigError, RecordError
from gradwright.studies import Study
from gradwright.studies.export import DATABASE, export, records_of
from tests.studies.studies import run_record


@pytest.fixture
def filled(study: Study) -> Study:
    study.add(
        run_record({"a": 1}, 0, 0.9, id="good", config={"batch_size": 16, "optimizer": {"kind": "SGD"}})
    )
    study.add(run_record({"a": 2}, 0, 0.1, "diverged", id="bad"))
    return study


@pytest.fixture
def run(tmp_path: Path) -> Path:
    net = gw.mlp(2, 3, 2)
    gw.fit(net, gw.data.load("swiss-roll"), epochs=2, batch_size=500, progress=False).save(tmp_path / "roll")
    return tmp_path / "roll"


def events(folder: Path) -> Any:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    return EventAccumulator(str(folder), {"tensors": 0}).Reload()  # 0: all of them


def test_tensorboard_reads_the_curves_of_each_run(filled: Study, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="needs the extra 'tensorboard'")
    assert export(filled.path, "tensorboard", tmp_path / "events") == 2
    read = events(tmp_path / "events" / "good").Tensors("validation.accuracy")
    curve = filled.read(["good"])["good"].history["validation.accuracy"]
    assert [each.step for each in read] == list(range(len(curve)))
    assert [each.tensor_proto.float_val[0] for each in read] == pytest.approx(curve)


def test_tensorboard_reads_a_single_run(run: Path, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="needs the extra 'tensorboard'")
    assert export(run, "tensorboard", tmp_path / "events") == 1
    (name,) = records_of(run)
    read = events(tmp_path / "events" / name)
    assert [each.step for each in read.Tensors("validation.loss")] == [0, 1, 2]


def test_mlflow_reads_settings_curves_metrics_and_how_it_ended(filled: Study, tmp_path: Path) -> None:
    pytest.importorskip("mlflow", reason="needs the extra 'mlflow'")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its own libraries
        from mlflow.tracking import MlflowClient

        assert export(filled.path, "mlflow", tmp_path / "out") == 2
        client = MlflowClient(tracking_uri=f"sqlite:///{tmp_path / 'out' / DATABASE}")
        experiment = client.get_experiment_by_name(filled.path.name)
        found = {each.info.run_name: each for each in client.search_runs([experiment.experiment_id])}
        assert {name: each.info.status for name, each in found.items()} == {
            "good": "FINISHED",
            "bad": "FAILED",
        }
        good = found["good"].data
        assert good.params == {"batch_size": "16", "optimizer.kind": "SGD", "seed": "0"}
        assert good.metrics["kept.validation.accuracy"] == 0.9
        history = client.get_metric_history(found["good"].info.run_id, "validation.accuracy")
        curve = filled.read(["good"])["good"].history["validation.accuracy"]
        assert [each.value for each in sorted(history, key=lambda each: each.step)] == pytest.approx(curve)


def test_a_run_tells_nothing_of_the_test_set(run: Path) -> None:
    (one,) = records_of(run).values()
    assert one.config["network"]["kind"]
    assert set(one.metrics) == {"train", "validation"}
    assert not any("test" in name for name in one.history)


def test_what_cannot_be_is_one_sentence(
    filled: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match="expected one of tensorboard, mlflow, found 'wandb'"):
        export(filled.path, "wandb", tmp_path / "new")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="only MLflow has a server"):
        export(filled.path, "tensorboard", tmp_path / "new", uri="http://localhost:1")
    with pytest.raises(RecordError, match="found one that is in use"):
        export(filled.path, "tensorboard", filled.path)
    with pytest.raises(RecordError):
        export(tmp_path / "nowhere", "tensorboard", tmp_path / "new")
    monkeypatch.setitem(sys.modules, "tensorboard.summary", None)
    monkeypatch.setitem(sys.modules, "mlflow.entities", None)
    for tracker in ("tensorboard", "mlflow"):
        with pytest.raises(ConfigError, match=rf"gradwright\[{tracker}\]"):
            export(filled.path, tracker, tmp_path / "new")
    assert not (tmp_path / "new").exists()
