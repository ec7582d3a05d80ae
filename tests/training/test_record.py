"""A run's folder says all about it, and damage to it is named."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import gradwright as gw
from gradwright.errors import RecordError, ShapeError
from gradwright.training import EpochRecord, History
from gradwright.training.checkpoint import load_checkpoint
from gradwright.training.folder import RunFolder
from gradwright.training.load_run import read_run
from gradwright.writing import append_line, make_folder, write_atomically

TrainBlobs = Callable[..., gw.Run]


@pytest.fixture
def folder(train_blobs: TrainBlobs, tmp_path: Path) -> Path:
    """The folder of a finished run."""
    train_blobs(tmp_path / "run")
    return tmp_path / "run"


def test_a_run_is_read_as_it_was(train_blobs: TrainBlobs, tmp_path: Path) -> None:
    run = train_blobs(tmp_path / "run")
    read = gw.load_run(tmp_path / "run")
    assert np.array_equal(read.theta, run.theta)
    assert read.config == run.config
    assert read.history == run.history
    assert read.metrics == run.metrics
    assert read.data == run.data
    assert read.sample is not None
    assert run.sample is not None
    assert np.array_equal(read.sample[0], run.sample[0])


def test_a_run_in_memory_is_saved_and_read(train_blobs: TrainBlobs, tmp_path: Path) -> None:
    run = train_blobs()
    run.save(tmp_path / "deep" / "run")
    assert np.array_equal(gw.load_run(tmp_path / "deep" / "run").theta, run.theta)
    with pytest.raises(RecordError, match="in use"):
        run.save(tmp_path / "deep" / "run")


def test_predictions_are_the_same_after_reading(
    train_blobs: TrainBlobs, tmp_path: Path, blobs: gw.data.Dataset
) -> None:
    run = train_blobs(tmp_path / "run")
    x = blobs.train.x
    assert np.array_equal(gw.load_run(tmp_path / "run").outputs(x), run.outputs(x))
    right = (run.predict(x) == blobs.train.y).mean()
    assert right == pytest.approx(run.metrics["train"]["accuracy"])


def test_standardised_features_are_part_of_the_record(blobs: gw.data.Dataset, tmp_path: Path) -> None:
    run = gw.fit(gw.mlp(2, 3), gw.data.standardize(blobs), epochs=1, folder=tmp_path / "run", progress=False)
    read = gw.load_run(tmp_path / "run")
    assert np.array_equal(read.features.shift, run.features.shift)
    assert np.array_equal(read.outputs(blobs.train.x), run.outputs(blobs.train.x))


def test_every_step_is_on_record_where_it_was_asked_for(folder: Path) -> None:
    steps = [json.loads(line) for line in (folder / "steps.jsonl").read_text().splitlines()]
    assert [step["step"] for step in steps] == list(range(40))
    assert [step["learning_rate"] for step in steps[::10]] == pytest.approx([0.05 * 0.9**e for e in range(4)])
    history = gw.load_run(folder).history
    sizes = [16] * 9 + [6]
    assert history[1].running == pytest.approx(
        np.average([step["objective"] for step in steps[:10]], weights=sizes)
    )


def test_no_path_or_name_of_the_machine_is_on_record(folder: Path) -> None:
    text = "".join(path.read_text("latin-1") for path in folder.iterdir())
    assert str(folder) not in text
    assert os.uname().nodename not in text


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("config.toml", b"epochs = ", r"config.toml: expected a config in TOML"),
        ("config.toml", b"\xff\xfe", r"config.toml: expected a config in TOML"),
        ("config.toml", b"epochs = 3", r"config.toml: network: this key is needed"),
        ("history.jsonl", b'{"epoch": 0}\n', r"history.jsonl, line 1: expected the record of an epoch"),
        ("history.jsonl", b"[1]\n", r"history.jsonl, line 1: expected the record of an epoch"),
        ("result.json", b"{", r"result.json: expected JSON"),
        ("history.jsonl", b"", r"history.jsonl: expected at least one epoch, found none"),
        ("data.json", b"", r"data.json: expected JSON"),
        (
            "data.json",
            b"{}",
            r"data.json: expected the summary of a data set, found: name: this key is needed",
        ),
        (
            "environment.json",
            b'{"gradwright": 7}',
            r"environment.json: expected versions and a machine, found: gradwright: expected a text",
        ),
        ("parameters.safetensors", b"", r"parameters.safetensors: expected arrays in safetensors form"),
        ("parameters.safetensors", b"\xff" * 40, r"parameters.safetensors: expected arrays in safetensors"),
        ("parameters.safetensors", None, r"expected a file of a run, found: no such file"),
    ],
)
def test_damage_is_named(folder: Path, name: str, content: bytes | None, message: str) -> None:
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)
    with pytest.raises(RecordError, match=message):
        gw.load_run(folder)


def test_a_truncated_parameter_file_is_named(folder: Path) -> None:
    path = folder / "parameters.safetensors"
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(RecordError, match=r"parameters.safetensors: expected arrays in safetensors form"):
        gw.load_run(folder)


def test_parameters_of_another_network_are_refused(folder: Path) -> None:
    text = (folder / "config.toml").read_text().replace("out_features = 8", "out_features = 9")
    (folder / "config.toml").write_text(text.replace("in_features = 8", "in_features = 9"))
    with pytest.raises(RecordError, match=r"0.weight: expected the shape \(2, 9\), found the shape \(2, 8\)"):
        gw.load_run(folder)


def test_a_folder_that_is_no_run_and_a_run_that_did_not_end_are_told_apart(
    folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(RecordError, match=r"found no config.toml in it"):
        gw.load_run(tmp_path)
    (folder / "result.json").unlink()
    with pytest.raises(RecordError, match=r"found one without result.json; resume it"):
        gw.load_run(folder)


def test_an_unfinished_last_line_of_the_history_is_dropped(folder: Path) -> None:
    whole = gw.load_run(folder).history
    with (folder / "history.jsonl").open("a") as file:
        file.write('{"epoch": 5, "tra')
    assert gw.load_run(folder).history == whole


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda _: b"", r"checkpoint.safetensors: expected arrays in safetensors form"),
        (lambda data: data[:-1], r"expected arrays in safetensors form"),
        (lambda data: data.replace(b'\\"version\\": 1', b'\\"version\\": 7'), r"found version 7"),
        (
            lambda data: data.replace(b"gradwright_checkpoint", b"somebody_elses_format"),
            r"found other arrays",
        ),
    ],
)
def test_a_damaged_checkpoint_is_named(folder: Path, damage: Callable[[bytes], bytes], message: str) -> None:
    path = folder / "checkpoint.safetensors"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(RecordError, match=message):
        load_checkpoint(path)


def test_a_full_disk_is_one_clear_message_and_the_old_file_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    write_atomically(path, "old")

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RecordError, match=r"file: could not be written: No space left on device"):
        write_atomically(path, "new")
    with pytest.raises(RecordError, match=r"log: could not be written: No space left on device"):
        append_line(tmp_path / "log", "line")
    assert path.read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "log"]


def test_a_run_that_meets_a_full_disk_can_be_resumed(
    train_blobs: TrainBlobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flush, flushes = os.fsync, 0

    def full_later(handle: int) -> None:
        nonlocal flushes
        flushes += 1
        if flushes > 9:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        flush(handle)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full_later)
        with pytest.raises(RecordError, match="No space left on device"):
            train_blobs(tmp_path / "run")
    resumed = train_blobs(tmp_path / "run", resume=True)
    assert np.array_equal(resumed.theta, train_blobs().theta)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordError, match=r"file: could not be written: Not a directory"):
        make_folder(tmp_path / "file" / "run")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_named(train_blobs: TrainBlobs, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(RecordError, match="could not be written: Permission denied"):
        train_blobs(tmp_path / "run")


def test_inputs_of_the_wrong_width_are_refused(train_blobs: TrainBlobs) -> None:
    with pytest.raises(ShapeError, match=r"x: expected the shape \(N, 2\), found \(4, 3\)"):
        train_blobs(epochs=0).predict(np.zeros((4, 3)))


def test_the_best_epoch_is_the_last_of_equals() -> None:
    losses = [0.9, 0.5, 0.5, 0.7]
    history = History(tuple(EpochRecord(e, e, {"loss": v, "accuracy": -v}) for e, v in enumerate(losses)))
    assert history.best("train.loss") == 2
    assert history.best("train.accuracy") == 2
    assert history.best("validation.loss") is None
    assert np.isnan(history.curve("validation.loss")).all()


def test_a_run_that_broke_is_read_to_be_looked_at_as_its_last_whole_epoch_left_it(
    train_blobs: TrainBlobs, tmp_path: Path
) -> None:
    train_blobs(tmp_path / "run")
    checkpoint = load_checkpoint(tmp_path / "run" / "checkpoint.safetensors")
    RunFolder(tmp_path / "run").fail("the loss is not finite in epoch 9")
    with pytest.raises(RecordError, match="the run broke: the loss is not finite in epoch 9"):
        gw.load_run(tmp_path / "run")
    read = read_run(tmp_path / "run")
    assert (read.status, read.message) == ("diverged", "the loss is not finite in epoch 9")
    assert np.array_equal(read.theta, checkpoint.state.theta)
    assert read.metrics["train"] == read.history[-1].train
    assert read.sample is None


def test_a_run_that_broke_before_its_first_step_has_nothing_to_look_at(
    train_blobs: TrainBlobs, tmp_path: Path
) -> None:
    train_blobs(tmp_path / "run")
    (tmp_path / "run" / "checkpoint.safetensors").unlink()
    RunFolder(tmp_path / "run").fail("the loss is not finite")
    with pytest.raises(RecordError, match="the run broke before its first step: the loss is not finite"):
        read_run(tmp_path / "run")
