"""What is measured of training after each epoch: some rows, all of them or none, as the record says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Dataset, Split
from gradwright.errors import ConfigError, DivergenceError
from gradwright.show import epochs_table, learning_curves
from gradwright.training.job import Job

Train = Callable[..., gw.Run]
KINDS: tuple[Any, ...] = ("epoch", "running", 40)
each_kind = pytest.mark.parametrize("kind", KINDS)


@each_kind
def test_the_parameters_do_not_depend_on_it(train_blobs: Train, kind: Any) -> None:
    run = train_blobs(measure_train=kind)
    np.testing.assert_array_equal(run.theta, train_blobs().theta)
    assert run.metrics == train_blobs().metrics


@each_kind
def test_the_record_says_what_was_measured(train_blobs: Train, tmp_path: Path, kind: Any) -> None:
    train_blobs(tmp_path / "run", measure_train=kind)
    run = gw.load_run(tmp_path / "run")
    assert run.config.measure_train == kind
    measured = {(record.train is None, record.train_rows) for record in run.history.epochs}
    assert measured == {(kind == "running", 40 if kind == 40 else None)}


def test_some_rows_are_the_same_ones_after_each_epoch_drawn_by_the_seed(
    train_blobs: Train, blobs: Dataset
) -> None:
    config = train_blobs(measure_train=40, epochs=1).config
    rows, again = (Job(config, blobs).measured_rows for _ in range(2))
    other = Job(config.model_copy(update={"seed": 1}), blobs).measured_rows
    assert rows is not None
    assert again is not None
    assert other is not None
    assert len(rows) == 40
    np.testing.assert_array_equal(rows.x, again.x)
    assert not np.array_equal(rows.x, other.x)
    kept = {tuple(row) for row in rows.x.tolist()}
    assert kept < {tuple(row) for row in blobs.train.x.tolist()}


def test_a_history_of_some_rows_holds_what_these_rows_give(train_blobs: Train, blobs: Dataset) -> None:
    run = train_blobs(measure_train=40, keep="last")
    job = Job(run.config, blobs)
    assert job.measured_rows is not None
    assert run.history[-1].train == job.evaluate(run.theta, job.measured_rows)
    assert run.metrics["train"] == job.evaluate(run.theta, blobs.train) != run.history[-1].train


def test_by_default_a_small_set_is_measured_whole_and_a_large_one_on_2000_rows(blobs: Dataset) -> None:
    rng = np.random.default_rng(0)
    large = Dataset("large", "test", Split(rng.standard_normal((2001, 2)), rng.integers(2, size=2001)))
    for data, rows in ((blobs, None), (large, 2000)):
        run = gw.fit(gw.Linear(2, 3), data, epochs=0, progress=False)
        assert run.history[0].train_rows == rows


@each_kind
@pytest.mark.parametrize("resumed", [False, True])
def test_a_run_that_diverges_in_its_last_step_says_so(tmp_path: Path, kind: Any, resumed: bool) -> None:
    rows = Split(np.array([[1.0], [2.0]]), np.array([1.0, -1.0]))
    data = Dataset("two", "test", rows)
    settings: dict[str, Any] = {"loss": gw.MeanSquaredError(), "measure_train": kind, "progress": False}
    if resumed:
        settings["folder"] = tmp_path / "run"
    with pytest.raises(DivergenceError, match=r"epoch 1, after its last step"):
        gw.fit(gw.Linear(1, 1), data, epochs=1, learning_rate=1e38, **settings)


def test_what_only_rows_that_were_not_measured_show_comes_out_in_the_end() -> None:
    x = np.ones((50, 1))
    x[17] = 3e30  # its square is beyond float32
    data = Dataset("one far", "test", Split(x, np.zeros(50)))
    settings: dict[str, Any] = {"loss": gw.MeanSquaredError(), "epochs": 0, "measure_train": 5}
    configs = [gw.training.make_config(network=gw.Linear(1, 1), seed=k, **settings) for k in range(20)]
    rows = [Job(config, data).measured_rows for config in configs]
    blind = next(
        c for c, split in zip(configs, rows, strict=True) if split is not None and split.x.max() == 1
    )
    with pytest.raises(DivergenceError, match=r"the loss is inf"):
        gw.train(blind, data, progress=False)


def test_what_is_not_measured_cannot_be_monitored(train_blobs: Train) -> None:
    with pytest.raises(ConfigError, match=r"'train.loss' is not measured with measure_train = 'running'"):
        train_blobs(measure_train="running", monitor="train.loss")


@pytest.mark.parametrize("value", ["epok", 0, -3, True, 2.5])
def test_anything_else_is_refused(train_blobs: Train, value: Any) -> None:
    with pytest.raises(
        ConfigError, match=r"measure_train: expected 'epoch' or 'running' or a whole number >= 1"
    ):
        train_blobs(measure_train=value)


@pytest.mark.parametrize(
    ("kind", "legend"), [("epoch", "train"), ("running", "train, running"), (40, "train, 40 rows")]
)
def test_curves_say_what_they_show(train_blobs: Train, kind: Any, legend: str) -> None:
    run = train_blobs(measure_train=kind)
    panel = learning_curves([run]).axes[0]
    assert panel.lines[0].get_label() == legend
    shown = run.history.curve("train.loss") if kind != "running" else [r.running for r in run.history.epochs]
    np.testing.assert_array_equal(panel.lines[0].get_ydata(), np.array(shown, float))


def test_a_table_of_epochs_says_on_how_many_rows(train_blobs: Train) -> None:
    titles = epochs_table(train_blobs(measure_train=40, epochs=1).history).titles
    assert titles[3:5] == ("train loss, 40 rows", "train accuracy, 40 rows")


def test_a_table_of_epochs_shows_the_running_objective_where_nothing_else_is_known(
    train_blobs: Train,
) -> None:
    table = epochs_table(train_blobs(measure_train="running", epochs=2).history)
    assert table.titles[3:] == ("running objective", "validation loss", "validation accuracy")
    assert table.rows[0][3] == "-"
    assert float(table.rows[1][3]) > 0
