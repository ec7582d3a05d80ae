"""A run by L-BFGS: what is refused beside it, how it ends, and that a killed one goes on to the same bits."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.data import Dataset
from gradwright.errors import ConfigError
from gradwright.nn.layer import Array
from gradwright.studies.trial import Trial, carry_out
from gradwright.training import History, config_to_toml, make_config, read_config
from gradwright.training.agreement import settle
from gradwright.training.checkpoint import load_checkpoint
from gradwright.training.epochs import epochs
from gradwright.training.job import Job
from gradwright.training.remarks import remarks
from tests.training.test_resume import assert_resumes_after_any_write

NETWORK = gw.mlp(2, 6, 3)
SETTINGS: dict[str, Any] = {"optimizer": "LBFGS", "penalty": gw.L2(1e-4), "epochs": 4, "progress": False}

TrainBlobs = Callable[..., gw.Run]


@pytest.fixture
def train_blobs(blobs: Dataset) -> TrainBlobs:
    def run(folder: Path | None = None, network: gw.Sequential = NETWORK, **changes: Any) -> gw.Run:
        return gw.fit(network, blobs, folder=folder, **{**SETTINGS, **changes})

    return run


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"batch_size": 32}, "batch_size: expected none with LBFGS, which takes all rows .* found 32"),
        ({"sampling": "replacement"}, "sampling: expected 'shuffle' with LBFGS, .* found 'replacement'"),
        ({"clip_norm": 1.0}, "clip_norm: expected none with LBFGS, which searches for the length .* found 1"),
        (
            {"groups": [{"parameters": "*.bias", "rate": 0}]},
            r"groups: expected none with LBFGS, .* found \*.bias",
        ),
        ({"average": "EMA"}, r"average: expected none with LBFGS, .* found EMA\(decay=0.999\)"),
        ({"precision": "bf16"}, "precision: expected 'float32' with LBFGS, .* found 'bf16'"),
        ({"learning_rate": 0.0}, r"learning_rate: expected a number > 0 .* Constant\(value=0.0\)"),
        ({"learning_rate": gw.ExponentialDecay(1.0, 0.9)}, "learning_rate: expected a number > 0 .* Exp"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)  # fmt: skip
def test_a_setting_that_means_nothing_to_it_is_refused(
    train_blobs: TrainBlobs, settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigError, match=f"^{message}[^\n]*$"):
        train_blobs(**settings)


@dataclass(frozen=True)
class Jitter(gw.Tanh):
    """Noise while training, none in evaluation: a function that L-BFGS cannot follow."""

    def forward(self, params: Any, x: Array, mode: gw.Mode = gw.Mode()) -> tuple[Array, Any]:
        noise = mode.rng.normal(size=x.shape).astype(x.dtype) if mode.training and mode.rng else 0
        return super().forward(params, x + noise, mode)


@pytest.mark.parametrize(
    "layer", [gw.Dropout(0.1), gw.BatchNorm(6), Jitter()], ids=lambda each: type(each).__name__
)
def test_a_layer_that_is_another_function_in_training_is_refused(train_blobs: TrainBlobs, layer: Any) -> None:
    network = gw.Sequential(gw.Linear(2, 6), layer, gw.Linear(6, 3))
    found = f"layer 1: expected one that computes the same .* LBFGS, .* found {type(layer).__name__}$"
    with pytest.raises(ConfigError, match=found):
        train_blobs(network=network)


def test_a_dropout_that_drops_nothing_and_an_own_layer_without_noise_are_served(
    train_blobs: TrainBlobs,
) -> None:
    @dataclass(frozen=True)
    class Own(gw.Tanh):
        pass

    network = gw.Sequential(gw.Linear(2, 6), Own(), gw.Dropout(0.0), gw.Linear(6, 3))
    assert train_blobs(network=network).history[-1].epoch == 4


def test_all_that_is_wrong_is_said_at_once(train_blobs: TrainBlobs) -> None:
    with pytest.raises(ConfigError) as caught:
        train_blobs(network=gw.Sequential(gw.Linear(2, 3), gw.Dropout(0.5)), clip_norm=1.0, batch_size=8)
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == [
        "batch_size",
        "clip_norm",
        "layer 1",
    ]


def test_a_step_of_other_optimizers_has_32_rows_where_none_are_given() -> None:
    assert make_config(network=NETWORK).batch_size == 32
    assert make_config(network=NETWORK, optimizer="Adam", batch_size=7).batch_size == 7
    assert make_config(network=NETWORK, optimizer="LBFGS").batch_size is None


def test_its_config_survives_a_file(tmp_path: Path) -> None:
    config = make_config(network=NETWORK, optimizer=gw.LBFGS(memory=3), learning_rate=0.5)
    path = tmp_path / "run.toml"
    path.write_text(config_to_toml(config))
    assert read_config(path) == config
    assert "batch_size" not in path.read_text()


def test_the_history_has_a_step_for_each_epoch_and_the_objective_before_it(train_blobs: TrainBlobs) -> None:
    run = train_blobs(measure_train="epoch")
    assert [record.step for record in run.history.epochs] == [0, 1, 2, 3, 4]
    assert [record.learning_rate for record in run.history.epochs] == [None, 1.0, 1.0, 1.0, 1.0]
    # measured by blocks of other sizes, in float32
    measured = run.history.curve("train.objective")
    assert [record.running for record in run.history.epochs[1:]] == pytest.approx(measured[:-1], rel=1e-5)
    assert measured == sorted(measured, reverse=True)


@pytest.mark.waits
def test_a_run_killed_at_any_write_resumes_to_the_same_bits(
    train_blobs: TrainBlobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings: dict[str, Any] = {"optimizer": gw.LBFGS(memory=2), "epochs": 3, "record_steps": True}
    assert_resumes_after_any_write(train_blobs, tmp_path, monkeypatch, **settings)


def test_a_checkpoint_holds_the_pairs_and_what_is_known_at_theta(
    train_blobs: TrainBlobs, tmp_path: Path
) -> None:
    train_blobs(tmp_path / "run", optimizer=gw.LBFGS(memory=3), epochs=5)
    state = load_checkpoint(tmp_path / "run" / "checkpoint.safetensors").state
    size = state.theta.size
    shapes = {name: array.shape for name, array in state.optimizer.items()}
    assert shapes == {
        "s": (3, size),
        "y": (3, size),
        "rho": (3,),
        "value": (),
        "gradient": (size,),
        "converged": (),
    }


def line_run(folder: Path | None = None, **changes: Any) -> gw.Run:
    """A line through points that lie on one: solved to the last digit."""
    x = np.linspace(-1, 1, 50).reshape(-1, 1)
    settings: dict[str, Any] = {"dtype": "float64", "epochs": 60, "progress": False}
    return gw.fit(
        gw.Linear(1, 1), (x, 3 * x[:, 0] + 1), optimizer="LBFGS", folder=folder, **{**settings, **changes}
    )


def test_a_run_that_has_converged_ends_and_says_so(tmp_path: Path) -> None:
    run = line_run(tmp_path / "run")
    assert run.status == "converged"
    assert run.history[-1].epoch < 60
    np.testing.assert_allclose(run.theta, [3, 1], atol=1e-12)
    [remark] = remarks(run)
    assert remark.kind == "converged"
    assert str(remark).startswith(
        f"Converged, after epoch {run.history[-1].epoch} of 60: LBFGS found no step"
    )
    assert "converged after" in repr(run)
    assert gw.load_run(tmp_path / "run").status == "converged"


def test_a_run_that_has_converged_does_not_go_on_when_it_is_resumed(tmp_path: Path) -> None:
    run = line_run(tmp_path / "run")

    def never(_history: History, _theta: Array) -> None:
        raise AssertionError("the run was taken up again")

    again = line_run(tmp_path / "run", resume=True, callbacks=[never])
    longer = line_run(tmp_path / "run", resume=True, epochs=90)
    assert again.status == longer.status == "converged"
    assert len(run.history) == len(again.history) == len(longer.history)
    assert np.array_equal(run.theta, longer.theta)


def test_a_run_that_is_seldom_measured_is_measured_where_it_converges() -> None:
    x = np.linspace(-1, 1, 50).reshape(-1, 1)
    data = Dataset.from_arrays(x, 3 * x[:, 0] + 1)
    job = Job(
        settle(make_config(network=gw.Linear(1, 1), optimizer="LBFGS", epochs=100), data),
        data,
        measure_every=99,
    )
    *_, last = epochs(job)
    assert last.status == "converged"
    assert [line.epoch for line in last.history.epochs] == [0, last.state.epoch]


def test_ctrl_c_in_a_step_leaves_the_run_before_it(train_blobs: TrainBlobs) -> None:
    @dataclass(frozen=True)
    class Pressing(gw.Tanh):
        """Presses Ctrl-C in the 12th evaluation in float32; the layer is tried in the first two."""

        def backward(self, params: Any, cache: Any, dy: Array) -> tuple[Array, Any]:
            calls.append(1)
            if len(calls) == 12:
                signal.raise_signal(signal.SIGINT)
            return super().backward(params, cache, dy)

    calls: list[int] = []
    network = gw.Sequential(gw.Linear(2, 6), Pressing(), gw.Linear(6, 3))
    run = train_blobs(network=network, learning_rate=100.0)  # too long, so that a step is several evaluations
    assert run.status == "interrupted"
    assert len(calls) in (12, 13)  # the step ends before its next evaluation, or was over
    calls.extend([0] * 100)
    whole = train_blobs(network=network, learning_rate=100.0, epochs=run.history[-1].epoch)
    assert np.array_equal(run.theta, whole.theta)


def test_a_trial_of_a_study_is_a_run(blobs: Dataset) -> None:
    config = make_config(network=NETWORK, optimizer="LBFGS", epochs=4, penalty=gw.L2(1e-4))
    record = carry_out(Trial("id", {}, config, "", data=blobs))
    assert record is not None
    assert (record.status, record.steps) == ("finished", 4)
    assert record.metrics["train"] == gw.train(config, blobs, progress=False).metrics["train"]


def test_no_rate_is_looked_for(blobs: Dataset) -> None:
    with pytest.raises(
        ConfigError, match=r"^find_rate: expected an optimizer whose steps are as long .* LBFGS$"
    ):
        gw.find_rate(NETWORK, blobs, optimizer="LBFGS")


def test_callbacks_see_each_step_and_may_end_the_run(train_blobs: TrainBlobs) -> None:
    seen: list[int] = []

    def enough(history: History, _theta: Array) -> bool:
        seen.append(len(history))
        return len(history) == 3

    assert train_blobs(callbacks=[enough]).status == "stopped early"
    assert seen == [1, 2, 3]
