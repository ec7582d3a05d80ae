"""Bad input: one clear message on stderr, the right exit code, nothing on stdout, no traceback."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]

REGRESSION = [
    *("--network", '{kind = "mlp", widths = [1, 1]}'),
    *("--loss", "MeanSquaredError"),
    *("--data.name", "line"),
]

BAD_SETTINGS = {
    "an unknown key": (["--epoch", "3"], 2, ["epoch", "did you mean 'epochs'"]),
    "an unknown key in a table": (["--optimizer.momentun", "0.9"], 2, ["momentun", "'momentum'"]),
    "an unknown kind": (["--optimizer.kind", "Adamm"], 2, ["'Adamm'", "'Adam'"]),
    "a text for a number": (["--epochs", "many"], 2, ["epochs", "whole number", "'many'"]),
    "an impossible value": (["--batch-size", "0"], 2, ["batch_size", "1", "0"]),
    "an impossible momentum": (["--optimizer.momentum", "1.5"], 2, ["momentum", "1.5"]),
    "a value without a flag": (["5"], 2, ["--epochs 5", "'5'"]),
    "a flag without a value": (["--epochs"], 2, ["--epochs", "a value"]),
    "two flags in a row": (["--epochs", "--seed", "3"], 2, ["--epochs", "a value"]),
    "a table that is a number": (["--epochs.big", "3"], 2, ["epochs.big", "2"]),
    "seeds that are words": (["--seeds", "a,b"], 2, ["--seeds", "0,1,2", "'a,b'"]),
    "no seeds": (["--seeds", ""], 2, ["--seeds", "0,1,2"]),
    "the same seed twice": (["--seeds", "1,1"], 2, ["--seeds", "different", "'1,1'"]),
    "a negative seed": (["--seeds=-1,2"], 2, ["seed", "0", "-1"]),
    "sizes that do not meet": (["--network.widths", "[3, 8, 2]"], 2, ["swiss-roll", "3", "2"]),
    "too few outputs": (["--network.widths", "[2, 8, 1]"], 2, ["swiss-roll", "2 classes", "1"]),
    "an unknown data set": (["--data.name", "swissroll"], 2, ["'swissroll'", "'swiss-roll'"]),
    "data that are not there": (["--data.name", "mnist"], 1, ["gradwright data get mnist"]),
    "a data file that is not there": (["--data.name", "no.mat"], 1, ["no.mat", "no such file"]),
    "a data folder that is not there": (["--data-dir", "nowhere"], 1, ["nowhere", "--data-dir"]),
    "an engine that there is not": (["--engine", "quantum"], 2, ["engine", "native"]),
    "too much validation": (["--data.name", "line", "--data.validation", "99"], 2, ["validation", "99"]),
    "divergence": ([*REGRESSION, "--learning-rate", "9"], 1, ["epoch", "step", "Tried on 50 steps"]),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("flags", "code", "parts"), BAD_SETTINGS.values(), ids=BAD_SETTINGS)
def test_a_setting_that_cannot_be(
    gradwright: Command, config: Path, flags: list[str], code: int, parts: list[str]
) -> None:
    outcome = gradwright("train", config, *flags, "--epochs=30" if "Tried" in parts[-1] else "--seed=0")
    _expect(outcome, code, parts)


def test_a_config_that_is_not_there(gradwright: Command) -> None:
    _expect(gradwright("train", "no.toml"), 2, ["no.toml", "expected a config in TOML", "no such file"])


@pytest.mark.parametrize("text", ["epochs = = 3", "epochs = 3\nepochs = 4", "\x00"])
def test_a_config_that_is_not_toml(gradwright: Command, config: Path, text: str) -> None:
    config.write_text(text)
    _expect(gradwright("check", config), 2, ["small.toml", "expected a config in TOML"])


def test_a_config_that_is_a_folder(gradwright: Command, tmp_path: Path) -> None:
    _expect(gradwright("schedule", tmp_path), 2, [str(tmp_path), "expected a config in TOML"])


def test_a_config_without_a_network(gradwright: Command, config: Path) -> None:
    config.write_text('[data]\nname = "line"\n')
    _expect(gradwright("train", config), 2, ["small.toml", "network", "needed"])


def test_a_config_without_data(gradwright: Command, config: Path) -> None:
    config.write_text('[network]\nkind = "mlp"\nwidths = [2, 2]\n')
    _expect(gradwright("train", config), 2, ["data.name", "'peaks'"])


def test_every_mistake_of_a_config_is_named_at_once(gradwright: Command, config: Path) -> None:
    _expect(gradwright("train", config, "--epoch", "1", "--batch-size", "-1"), 2, ["epoch:", "batch_size:"])


def test_a_broken_mat_file(gradwright: Command, config: Path) -> None:
    Path("broken.mat").write_bytes(b"MATLAB 5.0 MAT-file" + bytes(100))
    _expect(gradwright("train", config, "--data.name", "broken.mat"), 1, ["broken.mat", "expected"])


@pytest.mark.parametrize("command", ["train", "demo"])
def test_a_folder_in_use_is_left_alone(gradwright: Command, config: Path, command: str) -> None:
    Path("mine").mkdir()
    Path("mine/thesis.txt").write_text("all of it")
    arguments = [config] if command == "train" else []
    _expect(gradwright(command, *arguments, "--out", "mine"), 2, ["mine", "in use", "--out", "--resume"])
    assert [path.name for path in Path("mine").iterdir()] == ["thesis.txt"]


def test_a_folder_in_use_is_found_before_any_of_several_runs_starts(
    gradwright: Command, config: Path
) -> None:
    Path("many/small-seed1").mkdir(parents=True)
    Path("many/small-seed1/thesis.txt").write_text("all of it")
    _expect(gradwright("train", config, "--seeds", "0,1", "--out", "many"), 2, ["small-seed1", "in use"])
    assert not Path("many/small-seed0").exists()


def test_a_folder_that_is_a_file(gradwright: Command, config: Path) -> None:
    Path("taken").write_text("a file")
    _expect(gradwright("train", config, "--out", "taken"), 2, ["taken", "in use"])
    _expect(gradwright("train", config, "--out", "taken/inside"), 1, ["taken", "could not be written"])


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to(gradwright: Command, config: Path) -> None:
    Path("locked").mkdir(mode=0o500)
    _expect(gradwright("train", config, "--out", "locked/run"), 1, ["locked", "Permission denied"])


def test_a_full_disk(gradwright: Command, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    _expect(gradwright("train", config, "--out", "here"), 1, ["here", "No space left on device"])


def test_to_resume_another_run_than_the_one_in_the_folder(gradwright: Command, config: Path) -> None:
    gradwright("train", config, "--out", "here", "--epochs", "1")
    for kind in ("that is finished", "that is not"):
        outcome = gradwright("train", config, "--out", "here", "--epochs", "1", "--seed", "9", "--resume")
        _expect(outcome, 1, ["here", "seed is 0 there and 9 here"])
        Path("here/result.json").unlink(missing_ok=kind == "that is not")


def test_no_sample_to_check_on(gradwright: Command, config: Path) -> None:
    _expect(gradwright("check", config, "--samples", "0"), 2, ["--samples", "a whole number >= 1", "0"])


def test_a_report_of_nothing(gradwright: Command) -> None:
    _expect(gradwright("report"), 2, ["run"])
    _expect(gradwright("report", "nowhere"), 1, ["nowhere", "config.toml"])


def test_a_report_over_another_file(gradwright: Command, config: Path) -> None:
    gradwright("train", config, "--out", "here")
    Path("thesis.html").write_text("all of it")
    _expect(gradwright("report", "here", "--out", "thesis.html"), 2, ["thesis.html", "--overwrite"])
    assert Path("thesis.html").read_text() == "all of it"


def test_a_plot_of_an_unknown_kind(gradwright: Command, config: Path) -> None:
    outcome = gradwright("schedule", config, "--plot", "rate.docx")
    assert outcome.code == 2
    assert "rate.docx" in outcome.err


def test_data_that_cannot_be_downloaded(gradwright: Command) -> None:
    _expect(gradwright("data", "get", "peeks"), 2, ["'peeks'", "'peaks'"])
    _expect(gradwright("data", "get", "line"), 2, ["line", "generated"])


def _expect(outcome: Any, code: int, parts: list[str]) -> None:
    assert outcome.code == code, outcome.err
    assert outcome.out == ""
    assert "Traceback" not in outcome.err
    assert outcome.err.count("error: ") == 1
    for part in parts:
        assert part in outcome.err


def test_settings_before_their_config_are_told_where_they_belong(gradwright: Command, config: Path) -> None:
    outcome = gradwright("train", "--epochs", "1", config)
    _expect(outcome, 2, ["--epochs", "Settings of the config come after it"])


def test_a_config_of_one_run_is_no_study(gradwright: Command, config: Path) -> None:
    _expect(gradwright("sweep", config), 2, ["small.toml: expected a study", "found the config of one run"])


def test_an_empty_config_is_told_what_it_needs(gradwright: Command, tmp_path: Path) -> None:
    (tmp_path / "empty.toml").touch()
    _expect(gradwright("train", "empty.toml"), 2, ['network = { kind = "mlp", widths = [2, 50, 5] }'])


def test_a_name_that_would_leave_its_folder_is_told_what_it_may_be(gradwright: Command, config: Path) -> None:
    _expect(gradwright("train", config, "--name", "../up"), 2, ["expected letters, digits", "'../up'"])
