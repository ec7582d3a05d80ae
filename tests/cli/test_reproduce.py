"""``gradwright reproduce``"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gradwright.reproductions import Reproduction, Setting, reproduce

pytestmark = pytest.mark.usefixtures("blank_pictures")

Command = Callable[..., Any]


def test_without_a_name_the_experiments_are_listed(gradwright: Command) -> None:
    outcome = gradwright("reproduce")
    assert outcome.code == 0
    assert "S2-scalar" in outcome.out
    assert {each["name"].split("-")[0] for each in gradwright("reproduce", "--json").json} == {
        f"S{i}" for i in range(5)
    }


def test_an_experiment_is_told_and_leaves_a_page_with_its_command(gradwright: Command) -> None:
    outcome = gradwright("reproduce", "S2-scalar", "S1-gradients", "--out", "here")
    assert outcome.code == 0
    assert "all 11 figures come out again" in outcome.out
    page = Path("here/report.html").read_text()
    assert "gradwright reproduce S1-gradients" in page
    assert "--quick" not in page
    assert page.count("<dt>versions</dt>") == page.count("<dt>seeds</dt>") == 2
    assert "<svg" in page
    assert "http" not in page.replace("http://www.w3.org", "").replace("http-equiv", "")
    assert {path.name for path in Path("here").iterdir()} == {
        "report.html",
        "reproduction.csv",
        "reproduction.json",
        "reproduction.md",
    }


def test_json_is_alone_on_stdout(gradwright: Command) -> None:
    [done] = gradwright("reproduce", "S2-scalar", "--out", "here", "--json").json
    assert done["name"] == "S2-scalar"
    assert done["lines"][0]["agrees"] is True


def test_what_needs_data_is_skipped_and_that_is_no_failure(gradwright: Command) -> None:
    outcome = gradwright("reproduce", "S4-final", "--out", "here")
    assert outcome.code == 0
    assert "gradwright data get cifar10" in outcome.out
    assert "gradwright data get cifar10" in Path("here/report.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["S7"], "no experiment 'S7'"),
        (["S1-ffn"], "no experiment 'S1-ffn'; choose from S1-200-samples, S1-feed-forward, S1-gradients"),
        (["S1-feedforwrd"], "did you mean 'S1-feed-forward'?"),
        (["S2-scalar", "--out", "."], "in use"),
    ],
)
def test_wrong_use_is_named(gradwright: Command, arguments: list[str], message: str) -> None:
    Path("something").touch()
    outcome = gradwright("reproduce", *arguments)
    assert outcome.code == 2
    assert message in outcome.err


def test_an_interrupt_keeps_what_was_done(gradwright: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = reproduce

    def broken(chosen: Any, setting: Setting) -> Any:
        done: Reproduction = next(iter(whole(chosen, setting)))
        yield done
        raise KeyboardInterrupt

    monkeypatch.setattr("gradwright.cli.reproduce.each_of", broken)
    outcome = gradwright("reproduce", "S2-scalar", "S2-derivations", "--out", "here")
    assert outcome.code == 130
    assert Path("here/reproduction.json").exists()
