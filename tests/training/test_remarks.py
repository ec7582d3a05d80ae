"""What must be said of a run that ended, from its record alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Dataset, Split
from gradwright.errors import DivergenceError
from gradwright.training import EarlyStopping
from gradwright.training.load_run import read_run
from gradwright.training.remarks import remarks

TrainBlobs = Callable[..., gw.Run]


def kinds(run: gw.Run) -> list[str]:
    return [remark.kind for remark in remarks(run)]


def train(data: Dataset, **settings: Any) -> gw.Run:
    given = {
        "network": gw.mlp(2, 8, 3),
        "epochs": 3,
        "batch_size": 16,
        "learning_rate": 0.1,
        "progress": False,
    }
    return gw.fit(data=data, **{**given, **settings})


def test_of_a_run_that_learned_nothing_need_be_said(blobs: Dataset) -> None:
    assert remarks(train(blobs)) == ()


def test_a_run_that_grew_without_breaking_diverged(blobs: Dataset) -> None:
    run = train(blobs, learning_rate=1e9)
    assert run.status == "finished"
    (remark,) = remarks(run)
    assert remark.kind == "diverged"
    assert f"to {run.metrics['train']['loss']:.4g}" in str(remark)


def test_a_run_that_learned_nothing_is_held_against_the_best_constant(blobs: Dataset) -> None:
    run = train(blobs, learning_rate=1e-9)
    (remark,) = remarks(run)
    shares = np.bincount(blobs.train.y) / len(blobs.train)
    entropy = -(shares * np.log(shares)).sum()
    assert f"the {entropy:.4g} of answering every row with the shares of the classes" in str(remark)


def test_a_regression_is_held_against_the_mean() -> None:
    x = np.linspace(-1, 1, 64).reshape(-1, 1)
    data = Dataset("noise", "made for a test", Split(x, np.random.default_rng(0).normal(3, 2, 64)))
    run = train(data, network=gw.Linear(1, 1), loss=gw.MeanSquaredError(), learning_rate=1e-9)
    (remark,) = remarks(run)
    assert f"the {data.train.y.var():.4g} of answering every row with the mean target" in str(remark)


def test_what_was_learned_by_heart_is_held_against_the_constant_on_validation_rows() -> None:
    rng = np.random.default_rng(0)
    few, many = (Split(rng.standard_normal((n, 2)), rng.integers(2, size=n)) for n in (20, 200))
    data = Dataset("coins", "made for a test", few, many)
    run = train(data, network=gw.mlp(2, 64, 2), epochs=800, learning_rate=0.5)
    assert run.metrics["train"]["accuracy"] >= 0.9
    (remark,) = remarks(run)
    assert remark.kind == "behind a constant"
    assert "validation" in str(remark)


@pytest.mark.parametrize("keep", ["last", "best"])
def test_an_early_end_says_when_why_and_what_was_kept(blobs: Dataset, keep: str) -> None:
    run = train(blobs, epochs=200, early_stopping=EarlyStopping(patience=3), keep=keep)
    assert run.status == "stopped early"
    (text,) = map(str, remarks(run))
    last = run.history[-1].epoch
    assert f"after epoch {last} of 200: validation.loss did not become better for 3 epochs" in text
    assert ("its parameters were kept" if keep == "best" else f"those of epoch {last} were kept") in text


def test_a_callback_that_ends_a_run_is_named(blobs: Dataset) -> None:
    run = train(blobs, epochs=9, callbacks=[lambda history, _theta: len(history) == 3])
    assert "after epoch 2 of 9: a callback said so" in str(remarks(run)[0])


def test_outputs_that_no_class_needs_are_told(blobs: Dataset) -> None:
    run = train(blobs, network=gw.mlp(2, 8, 10))
    assert "10 outputs and the data 3 classes" in str(remarks(run)[-1])


def test_a_run_that_broke_says_what_broke_it(blobs: Dataset, tmp_path: Path) -> None:
    with pytest.raises(DivergenceError):
        train(
            blobs, network=gw.mlp(2, 8, 8, 3, activation=gw.ReLU()), learning_rate=1e9, folder=tmp_path / "r"
        )
    (remark,) = remarks(read_run(tmp_path / "r"))
    assert "training diverged" in str(remark)


def test_a_record_says_the_same_as_the_run(blobs: Dataset, tmp_path: Path) -> None:
    run = train(blobs, learning_rate=1e-9, folder=tmp_path / "run")
    assert remarks(gw.load_run(tmp_path / "run")) == remarks(run)


def test_of_an_older_record_that_knows_no_constant_only_the_rest_is_said(blobs: Dataset) -> None:
    run = replace(train(blobs, learning_rate=1e-9), constant={})
    assert remarks(run) == ()


def test_python_hears_it_on_stderr_and_where_to_look(
    blobs: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    train(blobs, learning_rate=1e9, progress=None)
    said = capsys.readouterr().err
    assert "The run diverged" in said
    assert "run.diagnose(data)" in said
    train(blobs, learning_rate=1e9, progress=False)
    assert capsys.readouterr().err == ""


def test_a_run_whose_training_rows_were_not_measured_on_the_way_is_judged_too(blobs: Dataset) -> None:
    alone = Dataset("alone", "made for a test", blobs.train)
    for data in (blobs, alone):
        assert kinds(train(data, learning_rate=1e9, measure_train="running")) == ["diverged"]
