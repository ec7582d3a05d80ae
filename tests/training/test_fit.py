"""What a training run promises about its steps, its measurements and its end."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Affine, Dataset, Split
from gradwright.data.batches import epoch_order
from gradwright.engine import Rows
from gradwright.engine.reference import evaluate
from gradwright.errors import ConfigError, DivergenceError, RecordError, ShapeError
from gradwright.nn.layer import Array
from gradwright.training import History

TrainBlobs = Callable[..., gw.Run]
SUM_ORDER = 1e-6  # float32 means of a few hundred rows, added in another order


def test_training_learns_the_blobs(train_blobs: TrainBlobs) -> None:
    run = train_blobs(epochs=20, open_test=True)
    assert run.history.curve("train.accuracy")[0] < 0.7 < 0.85 < run.metrics["test"]["accuracy"]
    assert run.status == "finished"


def test_one_epoch_is_the_recurrence_written_out(blobs: Dataset) -> None:
    run = gw.fit(
        gw.Linear(2, 3),
        blobs,
        learning_rate=0.1,
        epochs=1,
        batch_size=64,
        dtype="float64",
        progress=False,
        engine="reference",
    )
    objective = gw.Objective(gw.Linear(2, 3), gw.SoftmaxCrossEntropy())
    rng = np.random.default_rng(np.random.SeedSequence(0, spawn_key=(0,)))
    theta = objective.layout.initialize(rng)
    order = epoch_order(0, 0, len(blobs.train))
    for rows in (order[:64], order[64:128], order[128:]):
        x, y = blobs.train.x[rows].astype(np.float64), blobs.train.y[rows]
        theta = theta - 0.1 * objective.value_and_grad(theta, x, y)[1]
    assert np.array_equal(run.theta, theta)


def test_one_seed_gives_one_result_and_another_seed_another(train_blobs: TrainBlobs) -> None:
    assert np.array_equal(train_blobs(seed=3).theta, train_blobs(seed=3).theta)
    assert not np.array_equal(train_blobs(seed=3).theta, train_blobs(seed=4).theta)


def test_the_global_generator_is_left_alone(train_blobs: TrainBlobs) -> None:
    before = np.random.get_state()[1].tolist()  # type: ignore[index] # noqa: NPY002
    train_blobs()
    assert np.random.get_state()[1].tolist() == before  # type: ignore[index] # noqa: NPY002


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", [gw.SGD(momentum=0.9), gw.Adam()])
def test_parameters_keep_the_dtype_that_was_asked_for(
    train_blobs: TrainBlobs, dtype: str, optimizer: object
) -> None:
    assert train_blobs(dtype=dtype, optimizer=optimizer, epochs=1).theta.dtype == dtype


def test_the_running_loss_weighs_the_last_batch_by_its_rows(blobs: Dataset) -> None:
    run = gw.fit(gw.Linear(2, 3), blobs, learning_rate=0.0, epochs=1, batch_size=64, progress=False)
    # at a learning rate of 0 the parameters stand still, so the mean over batches is that over rows
    assert run.history[1].running == pytest.approx(run.history.curve("train.loss")[1], rel=SUM_ORDER)


def test_metrics_are_means_over_all_rows_however_they_are_cut(
    blobs: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    objective = gw.Objective(gw.Linear(2, 3), gw.SoftmaxCrossEntropy(), gw.L2(0.1))
    theta = objective.layout.initialize(np.random.default_rng(0))
    whole = evaluate(objective, theta, Rows(blobs.train, blobs.features))
    monkeypatch.setattr("gradwright.engine.reference.EVALUATION_ROWS", 7)
    assert evaluate(objective, theta, Rows(blobs.train, blobs.features)) == pytest.approx(
        whole, rel=SUM_ORDER
    )
    assert whole["objective"] > whole["loss"]


def test_evaluation_cannot_change_parameters(blobs: Dataset) -> None:
    objective = gw.Objective(gw.mlp(2, 8, 3), gw.SoftmaxCrossEntropy())
    theta = objective.layout.initialize(np.random.default_rng(0))
    theta.flags.writeable = False
    evaluate(objective, theta, Rows(blobs.train, blobs.features))  # a write would raise ValueError
    with pytest.raises(ValueError, match="read-only"):
        theta += 1  # the guard itself works


def test_callbacks_see_parameters_that_they_cannot_change(train_blobs: TrainBlobs) -> None:
    def meddle(_history: History, theta: Array) -> None:
        theta[0] = 1.0

    with pytest.raises(ValueError, match="read-only"):
        train_blobs(callbacks=[meddle])


def test_a_callback_can_end_the_run(train_blobs: TrainBlobs) -> None:
    run = train_blobs(callbacks=[lambda history, _: len(history) == 3])
    assert (run.status, len(run.history)) == ("stopped early", 3)


def test_early_stopping_ends_a_run_that_does_not_get_better(train_blobs: TrainBlobs) -> None:
    run = train_blobs(
        epochs=50, learning_rate=0.0, early_stopping=gw.EarlyStopping(patience=3), monitor="train.loss"
    )
    assert (run.status, run.history[-1].epoch) == ("stopped early", 3)


def test_the_best_parameters_are_kept(train_blobs: TrainBlobs) -> None:
    # a rate that grows by 20 each epoch is good at first and ruins everything later
    rising = gw.ExponentialDecay(0.01, 20.0)
    best = train_blobs(learning_rate=rising, optimizer=gw.SGD(), keep="best", epochs=5, clip_norm=None)
    last = train_blobs(learning_rate=rising, optimizer=gw.SGD(), keep="last", epochs=5, clip_norm=None)
    losses = best.history.curve("validation.loss")
    assert best.metrics["validation"]["loss"] == min(losses) < losses[-1]
    assert last.metrics["validation"]["loss"] == losses[-1]


def test_sampling_with_replacement_leaves_rows_out(blobs: Dataset) -> None:
    shuffled = epoch_order(0, 0, len(blobs.train))
    drawn = epoch_order(0, 0, len(blobs.train), replace=True)
    assert len(set(shuffled.tolist())) == 150 > len(set(drawn.tolist()))
    runs = [
        gw.fit(gw.Linear(2, 3), blobs, epochs=1, sampling=sampling, progress=False).theta
        for sampling in ("shuffle", "replacement")
    ]
    assert not np.array_equal(runs[0], runs[1])


def test_clipping_bounds_the_length_of_a_step(blobs: Dataset) -> None:
    def moved(clip_norm: float | None) -> float:
        start, end = (
            gw.fit(
                gw.Linear(2, 3),
                blobs,
                epochs=epochs,
                batch_size=150,
                learning_rate=1.0,
                clip_norm=clip_norm,
                progress=False,
            ).theta
            for epochs in (0, 1)
        )
        return float(np.linalg.norm(end - start))

    assert moved(0.01) == pytest.approx(0.01, rel=1e-4)  # float32 rounding of a norm
    assert moved(None) > 0.02


def test_zero_epochs_measure_the_start(train_blobs: TrainBlobs) -> None:
    run = train_blobs(epochs=0)
    assert (run.status, len(run.history), run.history[0].running) == ("finished", 1, None)


def test_bytes_are_scaled_batch_by_batch() -> None:
    x = np.array([[0, 255], [255, 0]] * 20, np.uint8)
    y = np.array([0, 1] * 20)
    bytes_ = Dataset("bytes", "test", Split(x, y), features=Affine(scale=1 / 255))
    floats = Dataset("floats", "test", Split((x / 255).astype(np.float32), y))
    thetas = [gw.fit(gw.Linear(2, 2), data, epochs=2, progress=False).theta for data in (bytes_, floats)]
    assert np.allclose(thetas[0], thetas[1], rtol=1e-5)  # x * (1 / 255) and x / 255 differ in the last bit


def test_a_regression_has_a_loss_and_no_accuracy() -> None:
    data = gw.data.load("line")
    run = gw.fit(
        gw.Linear(1, 1), data, loss=gw.MeanSquaredError(), learning_rate=1e-4, epochs=5, progress=False
    )
    assert set(run.metrics["train"]) == {"loss"}
    assert run.predict(data.train.x).shape == (49, 1)


def test_two_classes_can_be_told_by_one_output() -> None:
    x = np.linspace(-1, 1, 40, dtype=np.float32).reshape(-1, 1)
    data = Dataset("sign", "test", Split(x, (x[:, 0] > 0).astype(np.int64)))
    run = gw.fit(
        gw.Linear(1, 1), data, loss=gw.BinaryCrossEntropy(), learning_rate=2.0, epochs=50, progress=False
    )
    assert run.metrics["train"]["accuracy"] >= 0.95
    assert set(run.predict(x).ravel().tolist()) == {0, 1}


def test_divergence_tells_epoch_step_layer_and_what_to_try(blobs: Dataset, tmp_path: Path) -> None:
    with pytest.raises(DivergenceError) as caught:
        gw.fit(
            gw.mlp(2, 8, 8, 3, activation=gw.ReLU()), blobs, learning_rate=1e4, epochs=9, progress=False,
            folder=tmp_path / "run",
        )  # fmt: skip
    message = str(caught.value)
    for part in ("epoch ", "step ", "layer ", "The learning rate was 10000", "Set learning_rate = "):
        assert part in message
    assert json.loads((tmp_path / "run" / "result.json").read_text())["status"] == "diverged"
    with pytest.raises(RecordError, match="the run broke: training diverged in epoch"):
        gw.load_run(tmp_path / "run")


def test_divergence_in_the_last_step_is_found_too(blobs: Dataset) -> None:
    with pytest.raises(DivergenceError, match="after its last step"):
        gw.fit(
            gw.mlp(2, 8, 3, activation=gw.ReLU()), blobs, learning_rate=1e30, epochs=1, batch_size=150,
            progress=False,
        )  # fmt: skip


def test_divergence_from_large_inputs_says_so() -> None:
    rng = np.random.default_rng(0)
    data = Dataset("wide", "test", Split(1e6 * rng.standard_normal((64, 4)), rng.integers(2, size=64)))
    with pytest.raises(
        DivergenceError, match=r"holds on standardised inputs, and breaks on these\. Standardise them"
    ):
        gw.fit(gw.mlp(4, 8, 2, activation=gw.ReLU()), data, learning_rate=100, epochs=50, progress=False)


@pytest.mark.waits
def test_ctrl_c_keeps_what_was_trained(train_blobs: TrainBlobs, tmp_path: Path) -> None:
    def press(history: History, _theta: Array) -> None:
        if len(history) == 2:
            signal.raise_signal(signal.SIGINT)

    step_by_step = {"keep": "last", "engine": "reference"}  # which is asked after each step
    run = train_blobs(tmp_path / "run", callbacks=[press], **step_by_step)
    assert (run.status, len(run.history)) == ("interrupted", 2)
    assert np.array_equal(gw.load_run(tmp_path / "run").theta, run.theta)
    assert not np.array_equal(run.theta, train_blobs(epochs=1, **step_by_step).theta)  # it had gone on a step
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler  # the handler was given back


@pytest.mark.waits
def test_a_process_that_ignores_ctrl_c_goes_on(train_blobs: TrainBlobs) -> None:
    def press(_history: History, _theta: Array) -> None:
        signal.raise_signal(signal.SIGINT)

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    assert train_blobs(callbacks=[press]).status == "finished"


@pytest.mark.waits
def test_a_second_ctrl_c_does_not_wait(train_blobs: TrainBlobs) -> None:
    def press_twice(_history: History, _theta: Array) -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        train_blobs(callbacks=[press_twice])


@pytest.mark.waits
def test_training_works_in_a_thread(train_blobs: TrainBlobs) -> None:
    runs: list[gw.Run] = []
    thread = threading.Thread(target=lambda: runs.append(train_blobs()))
    thread.start()
    thread.join()
    assert np.array_equal(runs[0].theta, train_blobs().theta)


@pytest.mark.parametrize(
    ("network", "settings", "error", "message"),
    [
        (gw.mlp(3, 8, 3), {}, ShapeError, r"does not fit the data 'blobs': layer 0: .* takes 3 .* found 2"),
        (gw.mlp(2, 8, 2), {}, ShapeError, r"expected an output for each of 3 classes, found 2"),
        (gw.mlp(2, 8, 1), {"loss": gw.BinaryCrossEntropy()}, ConfigError, r"2 classes apart, found 3"),
        (gw.Sequential(gw.Linear(2, 3), gw.LSTM(3, 3)), {"engine": "native"}, ConfigError, "1: .*LSTM"),
        (gw.mlp(2, 3), {"epochs": -1}, ConfigError, r"epochs: expected a whole number >= 0, found -1"),
        (gw.mlp(2, 3), {"batch_size": 0}, ConfigError, r"batch_size: .*found 0"),
        (
            gw.mlp(2, 3),
            {"dtype": "float16"},
            ConfigError,
            r"dtype: .*'float32' or 'float64', found 'float16'",
        ),
        (gw.mlp(2, 3), {"learning_rate": -0.1}, ConfigError, r"found -0.1"),
        (gw.mlp(2, 3), {"optimizer": "Sgd"}, ConfigError, r"optimizer.kind: 'Sgd' is not known"),
        (
            gw.mlp(2, 3),
            {"clip_norm": 0.0},
            ConfigError,
            r"clip_norm: expected a finite number > 0, found 0.0",
        ),
    ],
)
def test_what_cannot_be_is_said_before_the_first_step(
    blobs: Dataset, network: gw.nn.Layer, settings: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        gw.fit(network, blobs, progress=False, **settings)


def test_best_parameters_need_something_to_monitor(blobs: Dataset) -> None:
    alone = Dataset("alone", "test", blobs.train)
    with pytest.raises(ConfigError, match=r"it has no validation set"):
        gw.fit(gw.mlp(2, 3), alone, keep="best", progress=False)
    assert gw.fit(gw.mlp(2, 3), alone, keep="best", monitor="train.loss", epochs=1, progress=False)
