"""``gradwright report``"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradwright as gw

pytestmark = pytest.mark.usefixtures("blank_pictures")

Command = Callable[..., Any]


def test_one_page_about_several_runs(gradwright: Command, config: Path) -> None:
    gradwright("train", config, "--seeds", "0,1")
    outcome = gradwright("report", "runs/small-seed0", "runs/small-seed1", "--out", "page.html")
    assert outcome.code == 0
    assert "page.html" in outcome.out
    page = Path("page.html").read_text()
    assert "small, seed 0" in page
    assert "small, seed 1" in page


def test_the_page_is_report_html_where_nothing_else_is_said(gradwright: Command, config: Path) -> None:
    gradwright("train", config, "--out", "here")
    assert gradwright("report", "here", "--json").json == {"report": "report.html"}
    assert Path("report.html").exists()


def test_a_newer_report_takes_the_place_of_an_older_one(gradwright: Command, config: Path) -> None:
    gradwright("train", config, "--out", "here")
    assert [gradwright("report", "here").code for _ in range(2)] == [0, 0]


@pytest.mark.drawn
def test_one_figure_alone(gradwright: Command, config: Path) -> None:
    gradwright("train", config, "--seeds", "0,1")
    one, both = ["runs/small-seed0"], ["runs/small-seed0", "runs/small-seed1"]
    assert gradwright("report", *one, "--figure", "regions", "--out", "here.png").code == 0
    assert Path("here.png").read_bytes().startswith(b"\x89PNG")
    assert gradwright("report", *both, "--figure", "curves", "--json").json == {"figure": "curves.svg"}
    outcome = gradwright("report", *both, "--figure", "rate")
    assert outcome.code == 2
    assert "expected one run, found 2" in outcome.err
    assert not Path("report.html").exists()


def test_a_run_that_did_not_end_is_named(gradwright: Command, config: Path) -> None:
    gradwright("train", config, "--out", "here")
    Path("here/result.json").unlink()
    outcome = gradwright("report", "here")
    assert outcome.code == 1
    assert "here" in outcome.err
    assert "result.json" in outcome.err


@pytest.mark.drawn
def test_the_check_as_a_figure_runs_the_check_and_keeps_it_for_the_page(
    gradwright: Command, config: Path
) -> None:
    gradwright("train", config, "--out", "here")
    gradwright("report", "here")
    assert "not checked" in Path("report.html").read_text()
    outcome = gradwright("report", "here", "--figure", "check")
    assert outcome.code == 0
    assert "checking them now" in outcome.err
    assert Path("check.svg").read_text().startswith("<?xml")
    assert json.loads(Path("here/gradient_check.json").read_text())["gradient"]["verdict"] == "correct"
    assert "checking" not in gradwright("report", "here", "--figure", "check").err
    gradwright("report", "here")
    assert "not checked" not in Path("report.html").read_text()


def test_a_run_whose_data_are_not_named_is_told_how_to_be_checked(gradwright: Command) -> None:
    rows = [[0.1, 0.2], [0.3, 0.4]], [0, 1]
    gw.fit(gw.mlp(2, 2), rows, epochs=1, folder="own", progress=False)
    outcome = gradwright("report", "own", "--figure", "check")
    assert outcome.code == 2
    assert "check_network(run.objective, run.theta, x, y)" in outcome.err


def test_other_data_than_the_runs_are_not_checked_in_their_place(gradwright: Command, config: Path) -> None:
    gradwright("train", config, "--out", "here")
    path = Path("here/data.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"checksum": "another"}))
    outcome = gradwright("report", "here", "--figure", "check")
    assert outcome.code == 2
    assert "with the checksum another" in outcome.err
    assert not Path("here/gradient_check.json").exists()


def test_a_run_that_broke_has_a_report_with_its_curves_and_the_reason(
    gradwright: Command, config: Path
) -> None:
    broken = gradwright("train", config, "--learning_rate", "1e38", "--out", "here")
    assert broken.code == 1
    assert gradwright("report", "here").code == 0
    page = Path("report.html").read_text()
    assert "This run broke in epoch 1" in page
    assert "training diverged" in page
    assert gradwright("report", "here", "--figure", "curves").code == 0


@pytest.fixture
def flats() -> None:
    """Two networks that answer together."""
    rng = np.random.default_rng(0)
    size = rng.normal(50, 20, 80)
    gw.tabular({"size": size, "rent": 9 * size}, "rent", epochs=2, progress=False).save("flats")


@pytest.mark.usefixtures("flats")
def test_networks_that_answer_together_have_one_page(gradwright: Command) -> None:
    assert gradwright("report", "flats", "--out", "page.html").code == 0
    page = Path("page.html").read_text()
    assert "2 networks answer together: the mean of their numbers" in page
    assert "gradwright report flats --figure fit --out fit.png" in page
    assert gradwright("report", "flats", "--figure", "importance", "--out", "worth.svg").code == 0
    outcome = gradwright("report", "flats", "flats/network-1", "--out", "other.html")
    assert (outcome.code, "or that of networks that answer together by itself" in outcome.err) == (2, True)
