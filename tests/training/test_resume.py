"""A run that was killed at any moment and resumed ends in the same parameters, to the last bit."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.errors import ConfigError, RecordError
from gradwright.nn.layer import Array
from gradwright.training import History, config_to_toml, make_config
from gradwright.training.checkpoint import load_checkpoint
from gradwright.training.resume import require_same_settings

pytestmark = pytest.mark.waits

TrainBlobs = Callable[..., gw.Run]


class Killed(BaseException):
    """Stands for SIGKILL: nothing in the package catches it."""


def kill_at(moment: int, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Die at the given flush to disk or move into place; tells how many there were so far."""
    moments = 0
    flush, move = os.fsync, Path.replace

    def count() -> None:
        nonlocal moments
        moments += 1
        if moments == moment:
            raise Killed

    def fsync(handle: int) -> None:
        count()
        flush(handle)

    def replace(self: Path, target: Path) -> Path:
        count()
        return move(self, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    return lambda: moments


def files_of(folder: Path) -> dict[str, bytes]:
    """All that a run leaves but its times."""
    timed = {"environment.json", "history.jsonl"}
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name not in timed}


def untimed(history: History) -> list[tuple[object, ...]]:
    return [(r.epoch, r.step, r.train, r.validation, r.running, r.learning_rate) for r in history.epochs]


def assert_resumes_after_any_write(
    train_blobs: TrainBlobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **settings: Any
) -> None:
    """Killed at each of its writes in turn, a run goes on to the bits of one that was not."""
    with monkeypatch.context() as patch:
        moments = kill_at(0, patch)
        whole = train_blobs(tmp_path / "whole", **settings)
        total = moments()
    assert total > 20  # the run does write: a count of none would prove nothing

    for moment in range(1, total + 1):
        folder = tmp_path / f"killed{moment}"
        with monkeypatch.context() as patch:
            kill_at(moment, patch)
            with pytest.raises(Killed):
                train_blobs(folder, **settings)
        resumed = train_blobs(folder, resume=True, **settings)
        assert np.array_equal(resumed.theta, whole.theta), f"killed at write {moment}"
        assert untimed(resumed.history) == untimed(whole.history), f"killed at write {moment}"
        assert files_of(folder) == files_of(tmp_path / "whole"), f"killed at write {moment}"


def test_a_run_killed_at_any_write_resumes_to_the_same_bits(
    train_blobs: TrainBlobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_resumes_after_any_write(train_blobs, tmp_path, monkeypatch)


@pytest.mark.parametrize("epochs_before", [0, 1, 3])
def test_a_run_killed_in_the_middle_of_an_epoch_resumes_to_the_same_bits(
    train_blobs: TrainBlobs, tmp_path: Path, epochs_before: int
) -> None:
    def die(history: History, _theta: Array) -> None:
        if len(history) == epochs_before + 1:
            raise Killed

    with pytest.raises(Killed):
        train_blobs(tmp_path / "run", callbacks=[die])
    assert np.array_equal(train_blobs(tmp_path / "run", resume=True).theta, train_blobs().theta)


def test_an_old_checkpoint_survives_a_crash_during_the_write_of_the_next(
    train_blobs: TrainBlobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    move = Path.replace

    def die_at_second_epoch(self: Path, target: Path) -> Path:
        if target.name == "checkpoint.safetensors" and target.exists():
            raise Killed
        return move(self, target)

    monkeypatch.setattr(Path, "replace", die_at_second_epoch)
    with pytest.raises(Killed):
        train_blobs(tmp_path / "run")
    assert load_checkpoint(tmp_path / "run" / "checkpoint.safetensors").state.epoch == 0


def test_a_finished_run_is_not_trained_again(train_blobs: TrainBlobs, tmp_path: Path) -> None:
    first = train_blobs(tmp_path / "run")

    def never(_history: History, _theta: Array) -> None:
        raise AssertionError("the finished run was trained again")

    again = train_blobs(tmp_path / "run", resume=True, callbacks=[never])
    assert np.array_equal(first.theta, again.theta)


def test_a_run_is_not_resumed_with_other_settings(train_blobs: TrainBlobs, tmp_path: Path) -> None:
    interrupt(train_blobs, tmp_path / "run")
    with pytest.raises(RecordError, match=r"seed is 0 there and 1 here"):
        train_blobs(tmp_path / "run", resume=True, seed=1)


def test_a_run_is_not_resumed_on_other_data(
    train_blobs: TrainBlobs, tmp_path: Path, blobs: gw.data.Dataset
) -> None:
    interrupt(train_blobs, tmp_path / "run")
    other = gw.data.Dataset("blobs", "made for a test", blobs.train, blobs.validation)
    config = gw.load_run(tmp_path / "run").config
    with pytest.raises(RecordError, match=r"expected data with the checksum"):
        gw.train(config, other, folder=tmp_path / "run", resume=True)


def test_a_folder_in_use_is_left_alone(train_blobs: TrainBlobs, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(RecordError, match=r"expected a new folder for the run, found one that is in use"):
        train_blobs(tmp_path)
    with pytest.raises(RecordError, match=r"expected a new folder"):
        train_blobs(tmp_path, resume=True)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_resume_needs_a_folder(train_blobs: TrainBlobs) -> None:
    with pytest.raises(ConfigError, match="resume: expected the folder"):
        train_blobs(resume=True)


def test_a_history_shorter_than_its_checkpoint_is_refused(train_blobs: TrainBlobs, tmp_path: Path) -> None:
    interrupt(train_blobs, tmp_path / "run")
    (tmp_path / "run" / "history.jsonl").write_text("")
    with pytest.raises(RecordError, match=r"history.jsonl: expected epochs 0 to \d as .* found 0 lines"):
        train_blobs(tmp_path / "run", resume=True)


def interrupt(train_blobs: TrainBlobs, folder: Path) -> None:
    """A run that was stopped by Ctrl-C in its third epoch."""
    import signal

    def press(history: History, _theta: Array) -> None:
        if len(history) == 3:
            signal.raise_signal(signal.SIGINT)

    assert train_blobs(folder, callbacks=[press]).status == "interrupted"


def test_a_run_that_ended_goes_on_for_more_epochs_to_the_bits_of_a_longer_one(
    train_blobs: TrainBlobs, tmp_path: Path
) -> None:
    whole = train_blobs(tmp_path / "whole", epochs=7)
    train_blobs(tmp_path / "run", epochs=3)
    longer = train_blobs(tmp_path / "run", epochs=7, resume=True)
    assert np.array_equal(longer.theta, whole.theta)
    assert untimed(longer.history) == untimed(whole.history)
    assert files_of(tmp_path / "run") == files_of(tmp_path / "whole")


def test_going_on_for_more_epochs_survives_a_kill_at_any_write(
    train_blobs: TrainBlobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train_blobs(tmp_path / "short", epochs=1)
    whole = train_blobs(tmp_path / "whole", epochs=2)
    for moment in range(1, 12):
        folder = shutil.copytree(tmp_path / "short", tmp_path / f"killed{moment}")
        with monkeypatch.context() as patch:
            kill_at(moment, patch)
            with pytest.raises(Killed):
                train_blobs(folder, epochs=2, resume=True)
        resumed = train_blobs(folder, epochs=2, resume=True)
        assert np.array_equal(resumed.theta, whole.theta), f"killed at write {moment}"
        assert files_of(folder) == files_of(tmp_path / "whole"), f"killed at write {moment}"


def test_a_run_is_not_resumed_for_fewer_epochs_than_it_has(train_blobs: TrainBlobs, tmp_path: Path) -> None:
    train_blobs(tmp_path / "run")
    with pytest.raises(RecordError, match="epochs: expected at least the 4 that this run has, found 3"):
        train_blobs(tmp_path / "run", epochs=3, resume=True)
    assert gw.load_run(tmp_path / "run").status == "finished"


def test_every_field_that_differs_is_named_with_both_values(train_blobs: TrainBlobs, tmp_path: Path) -> None:
    train_blobs(tmp_path / "run")
    changes = {"seed": 3, "penalty": gw.L2(1e-3), "optimizer": gw.SGD(), "clip_norm": None}
    with pytest.raises(RecordError) as caught:
        train_blobs(tmp_path / "run", resume=True, epochs=9, **changes)
    for words in (
        "seed is 0 there and 3 here",
        "penalty.factor is 0.0001 there and 0.001 here",
        "optimizer.kind is 'Adam' there and 'SGD' here",
        "optimizer.beta1 is 0.9 there and none here",
        "clip_norm is 1.0 there and none here",
    ):
        assert words in str(caught.value)
    assert "epochs" not in str(caught.value)
    assert gw.load_run(tmp_path / "run").status == "finished"


def test_a_run_that_was_saved_from_memory_cannot_be_trained_on_and_keeps_what_it_has(
    train_blobs: TrainBlobs, tmp_path: Path
) -> None:
    train_blobs().save(tmp_path / "saved")
    before = files_of(tmp_path / "saved")
    with pytest.raises(RecordError, match="expected a checkpoint to go on from, found none"):
        train_blobs(tmp_path / "saved", epochs=9, resume=True)
    assert files_of(tmp_path / "saved") == before


def test_a_setting_that_a_folder_is_too_old_to_know_was_at_its_default(tmp_path: Path) -> None:
    config = make_config(network=gw.Linear(1, 1), data={"name": "line"})
    old = "".join(
        line for line in config_to_toml(config).splitlines(True) if "standardize_targets" not in line
    )
    require_same_settings(tmp_path, old, config)
    changed = make_config(network=gw.Linear(1, 1), data={"name": "line", "standardize_targets": True})
    with pytest.raises(RecordError, match=r"data\.standardize_targets is False there and True here"):
        require_same_settings(tmp_path, old, changed)
