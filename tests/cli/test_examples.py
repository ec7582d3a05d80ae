"""The configs in examples/."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import gradwright.cli.demo
from gradwright.studies import read_plan
from gradwright.training import load_data, read_config
from gradwright.training.agreement import settle

Command = Callable[..., Any]

ROOT = Path(__file__).parents[2]
STUDIES = {ROOT / "examples" / "sweep.toml"}  # not a config of one run; tests/cli/test_sweep.py runs it
EXAMPLES = sorted({*(ROOT / "examples").glob("*.toml")} - STUDIES)
LARGE_STUDIES = sorted((ROOT / "examples" / "studies").glob("*.toml"))  # minutes each
LONGEST, LONGEST_STUDY = 25, 35  # lines


def test_there_is_one_for_every_data_set() -> None:
    assert {path.stem for path in EXAMPLES} == {entry.name for entry in gradwright.data.entries()}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_it_says_what_it_shows_and_is_short(path: Path) -> None:
    lines = path.read_text().splitlines()
    assert lines[0].startswith("# ")
    assert len(lines) <= LONGEST
    assert read_config(path).name == path.stem


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_its_network_fits_its_data(path: Path, request: pytest.FixtureRequest) -> None:
    config = read_config(path)
    needs_files = {entry.name for entry in gradwright.data.entries() if entry.needs == "files"}
    data_dir = request.getfixturevalue("real_data") if path.stem in needs_files else None
    if path.stem == "cifar10" and gradwright.data.catalog.stored_at("cifar10", data_dir) is None:
        pytest.skip("needs the batches of CIFAR-10 in the folder with the real data")
    settle(config, load_data(config, data_dir))


@pytest.mark.parametrize("path", LARGE_STUDIES, ids=lambda path: path.stem)
def test_a_large_study_is_a_plan_that_can_be_carried_out_with_five_seeds(path: Path) -> None:
    lines = path.read_text().splitlines()
    assert lines[0].startswith("# ")
    assert len(lines) <= LONGEST_STUDY
    plan = read_plan(path)
    assert plan.repeats >= 5
    assert f"compare studies/{plan.name} " in "".join(lines[:3])  # the command names the folder


@pytest.mark.parametrize("name", ["peaks", "gmm"])
def test_the_demo_trains_what_the_example_shows(name: str) -> None:
    demo = Path(gradwright.cli.demo.__file__).with_name(f"{name}.toml")
    assert tomllib.loads(demo.read_text()) == tomllib.loads((ROOT / "examples" / f"{name}.toml").read_text())


@pytest.mark.parametrize("name", ["line", "quadratic", "swiss-roll"])
def test_it_trains_in_seconds(gradwright: Command, name: str) -> None:
    assert gradwright("train", ROOT / "examples" / f"{name}.toml", "--epochs", "1").code == 0
