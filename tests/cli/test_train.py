"""``gradwright train``"""

from __future__ import annotations

import contextlib
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw

Command = Callable[..., Any]


def test_a_run_is_recorded_in_a_folder_named_after_it_and_its_seed(gradwright: Command, config: Path) -> None:
    assert gradwright("train", config).code == 0
    run = gw.load_run("runs/small-seed0")
    assert run.status == "finished"
    assert len(run.history) == 3


def test_the_result_is_on_stdout_and_everything_else_on_stderr(gradwright: Command, config: Path) -> None:
    outcome = gradwright("train", config, "--out", "here")
    accuracy = gw.load_run("here").metrics["validation"]["accuracy"]
    assert f"{accuracy:.2%}" in outcome.out
    assert "swiss-roll: generated (seed 0)" in outcome.err
    assert "weight 2x8, bias 8" in outcome.err
    assert "swiss-roll" not in outcome.out


def test_json_is_alone_on_stdout_and_says_what_the_record_says(gradwright: Command, config: Path) -> None:
    outcome = gradwright("train", config, "--json")
    [run] = outcome.json["runs"]
    recorded = gw.load_run(run["folder"])
    assert run["metrics"] == recorded.metrics
    assert run["parameters"] == recorded.theta.size == 2 * 8 + 8 + 8 * 2 + 2
    assert run["status"] == "finished"
    assert "over_seeds" not in outcome.json


def test_any_field_can_be_set_by_a_flag(gradwright: Command, config: Path) -> None:
    flags = ["--epochs", "1", "--optimizer.momentum=0.9", "--learning-rate", "0.05", "--batch-size", "500"]
    assert gradwright("train", config, *flags, "--out", "here").code == 0
    changed = gw.load_run("here").config
    assert (changed.epochs, changed.batch_size) == (1, 500)
    assert changed.optimizer == gw.SGD(momentum=0.9)
    assert changed.learning_rate == gw.Constant(0.05)


def test_a_field_inside_a_schedule_can_be_set_by_a_flag(gradwright: Command, config: Path) -> None:
    config.write_text(
        f'{config.read_text()}\n[learning_rate]\nkind = "ExponentialDecay"\nstart = 0.1\nfactor = 0.9\n'
    )
    assert gradwright("train", config, "--learning-rate.factor", "0.5", "--out", "here").code == 0
    assert gw.load_run("here").config.learning_rate == gw.ExponentialDecay(0.1, 0.5)


def test_a_flag_goes_before_the_environment_and_the_environment_before_the_file(
    gradwright: Command, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADWRIGHT_EPOCHS", "1")
    monkeypatch.setenv("GRADWRIGHT_SEED", "5")
    assert gradwright("train", config, "--seed", "7").code == 0
    settings = gw.load_run("runs/small-seed7").config
    assert (settings.seed, settings.epochs, settings.batch_size) == (7, 1, 100)


def test_several_seeds_are_as_many_runs_and_their_mean_and_deviation(
    gradwright: Command, config: Path
) -> None:
    result = gradwright("train", config, "--seeds", "3,5,8", "--json").json
    assert [run["seed"] for run in result["runs"]] == [3, 5, 8]
    losses = [gw.load_run(f"runs/small-seed{seed}").metrics["validation"]["loss"] for seed in (3, 5, 8)]
    assert len(set(losses)) == 3
    spread = result["over_seeds"]["validation"]["loss"]
    assert spread["mean"] == pytest.approx(np.mean(losses), rel=1e-12)  # two ways to the same sum
    assert spread["sd"] == pytest.approx(np.std(losses, ddof=1), rel=1e-9)


def test_several_seeds_print_mean_and_deviation(gradwright: Command, config: Path) -> None:
    outcome = gradwright("train", config, "--seeds", "0,1", "--out", "here", "--epochs", "1")
    losses = [gw.load_run(f"here/small-seed{s}").metrics["validation"]["loss"] for s in (0, 1)]
    assert f"{np.mean(losses):.4f} ± {np.std(losses, ddof=1):.4f}" in outcome.out
    assert Path("here/small-seed1/result.json").exists()


def test_a_run_with_one_seed_is_the_same_alone_and_among_others(gradwright: Command, config: Path) -> None:
    gradwright("train", config, "--seeds", "0,1", "--out", "many")
    gradwright("train", config, "--seed", "1", "--out", "alone")
    alone, among = (Path(f, "parameters.safetensors") for f in ("alone", "many/small-seed1"))
    assert alone.read_bytes() == among.read_bytes()


def test_resume_leaves_a_finished_run_as_it_is(gradwright: Command, config: Path) -> None:
    first = gradwright("train", config, "--json")
    before = Path("runs/small-seed0/result.json").stat().st_mtime_ns
    again = gradwright("train", config, "--resume", "--json")
    assert again.json == first.json
    assert Path("runs/small-seed0/result.json").stat().st_mtime_ns == before


def test_an_interrupted_run_says_how_to_go_on_and_does(
    gradwright: Command, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextlib.contextmanager
    def pressed() -> Iterator[Callable[[], bool]]:
        yield lambda: True

    with monkeypatch.context() as patched:
        patched.setattr(sys.modules["gradwright.training.train"], "interrupts", pressed)
        outcome = gradwright("train", config, "--epochs=1", "--seeds", "0,1", "--out", "many", "--json")
    assert (outcome.code, outcome.out) == (130, "")
    [again] = [line.partition("To go on: ")[2] for line in outcome.err.splitlines() if "To go on" in line]
    assert again == f"gradwright train {config} --epochs=1 --out many --seeds 0,1 --resume"
    assert gradwright(*shlex.split(again)[1:]).code == 0
    assert {path.name for path in Path("many").iterdir()} == {"small-seed0", "small-seed1"}


def test_the_config_in_a_run_folder_makes_the_run_again(gradwright: Command, config: Path) -> None:
    gradwright("train", config, "--learning-rate", "0.3", "--out", "one")
    assert gradwright("train", "one/config.toml", "--out", "two").code == 0
    one, two = (Path(folder, "parameters.safetensors").read_bytes() for folder in ("one", "two"))
    assert one == two


def test_validation_rows_and_standardised_features_are_as_the_config_says(
    gradwright: Command, config: Path
) -> None:
    line = ["--data.name", "line", "--data.validation", "9", "--data.standardize", "true"]
    network = ["--network", '{kind = "mlp", widths = [1, 1]}', "--loss", "MeanSquaredError"]
    assert gradwright("train", config, *line, *network, "--out", "here").code == 0
    run = gw.load_run("here")
    assert {name: split["rows"] for name, split in run.data["splits"].items()} == {
        "train": 40,
        "validation": 9,
    }
    assert run.features.shift == pytest.approx(20.5, rel=1e-12)


def test_a_number_can_be_the_name_of_a_run(gradwright: Command, config: Path) -> None:
    assert gradwright("train", config, "--name", "2024").code == 0
    assert gw.load_run("runs/2024-seed0").config.name == "2024"


def test_a_run_is_named_after_its_file_where_that_gives_no_name(gradwright: Command, config: Path) -> None:
    other = config.with_name("spirals.toml")
    other.write_text(config.read_text().replace('name = "small"', ""))
    assert gradwright("train", other, "--data.rows", "64").code == 0
    run = gw.load_run("runs/spirals-seed0")
    assert run.data["splits"]["train"]["rows"] == 64


def test_a_finished_run_is_trained_on_by_more_epochs(gradwright: Command, config: Path) -> None:
    gradwright("train", config)
    assert gradwright("train", config, "--resume", "--epochs", "5").code == 0
    assert gradwright("train", config, "--epochs", "5", "--out", "whole").code == 0
    longer, whole = gw.load_run("runs/small-seed0"), gw.load_run("whole")
    assert (longer.config.epochs, len(longer.history)) == (5, 6)
    assert np.array_equal(longer.theta, whole.theta)


def test_a_run_that_grew_says_so_last_with_a_rate_that_was_tried(gradwright: Command, config: Path) -> None:
    outcome = gradwright("train", config, "--learning-rate", "1e9")
    assert outcome.code == 1
    *_, grew, tried, last = outcome.out.splitlines()
    assert "runs/small-seed0: The run diverged: its training loss grew" in grew
    assert last == "To look into it: gradwright diagnose runs/small-seed0"
    (rate,) = re.findall(r"Set learning_rate = (.*)\.$", tried)
    again = gradwright("train", config, "--learning-rate", rate, "--name", "tried")
    assert "diverged" not in again.out


def test_json_holds_what_must_be_said(gradwright: Command, config: Path) -> None:
    (run,) = gradwright("train", config, "--learning-rate", "1e-9", "--json").json["runs"]
    assert "shares of the classes" in run["remarks"][0]


def test_of_a_run_that_learned_the_last_line_is_where_it_is(gradwright: Command, config: Path) -> None:
    outcome = gradwright("train", config, "--epochs", "20", "--learning-rate", "0.3")
    assert outcome.out.splitlines()[-1] == "The record is in runs/small-seed0"
