"""``gradwright report``"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

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
