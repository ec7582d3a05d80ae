"""``gradwright diagnose``"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Command = Callable[..., Any]

ZEROS = '{kind = "mlp", widths = [2, 8, 2], weight_init = "Zeros"}'


def test_a_sound_config_is_answered_with_0(gradwright: Command, config: Path) -> None:
    outcome = gradwright("diagnose", config, "--budget", "0")
    assert outcome.code == 0
    assert "small on swiss-roll, at the start" in outcome.out
    assert "Nothing is wrong that can be seen from here." in outcome.out
    assert outcome.err == ""


def test_a_finding_is_answered_with_1(gradwright: Command, config: Path) -> None:
    outcome = gradwright("diagnose", config, "--budget", "0", "--network", ZEROS)
    assert outcome.code == 1
    assert "symmetric: " in outcome.out


def test_as_json(gradwright: Command, config: Path) -> None:
    outcome = gradwright("diagnose", config, "--budget", "0", "--network", ZEROS, "--json")
    assert outcome.code == 1
    assert [finding["kind"] for finding in outcome.json["findings"]] == ["symmetric"]
    assert outcome.json["when"] == "before"


def test_a_run_after_it_was_trained(gradwright: Command, config: Path) -> None:
    gradwright("train", config, "--learning-rate", "1e-6", "--out", "here")
    outcome = gradwright("diagnose", "here", "--budget", "0", "--json")
    assert outcome.code == 1
    assert outcome.json["when"] == "after"
    kinds = [finding["kind"] for finding in outcome.json["findings"]]
    assert kinds == ["nothing learned", "flat from the start", "rate too low"]
    assert outcome.json["reached"][0]["name"] == "run, epoch 0 (2,000 training rows)"


def test_a_page_with_pictures(gradwright: Command, config: Path) -> None:
    outcome = gradwright("diagnose", config, "--budget", "0", "--network", ZEROS, "--page", "page.html")
    assert outcome.code == 1
    assert "The page is in page.html." in outcome.err
    assert "<strong>symmetric</strong>" in Path("page.html").read_text(encoding="utf-8")
    Path("notes.html").write_text("mine", encoding="utf-8")
    refused = gradwright("diagnose", config, "--budget", "0", "--page", "notes.html")
    assert refused.code == 2
    assert Path("notes.html").read_text(encoding="utf-8") == "mine"


def test_a_run_takes_no_settings(gradwright: Command, config: Path) -> None:
    gradwright("train", config, "--out", "here")
    outcome = gradwright("diagnose", "here", "--epochs", "5")
    assert outcome.code == 2
    assert "--epochs" in outcome.err


def test_a_folder_that_is_no_run_is_named(gradwright: Command) -> None:
    Path("empty").mkdir()
    outcome = gradwright("diagnose", "empty")
    assert outcome.code == 1
    assert "empty: expected the folder of a run" in outcome.err


def test_the_help_says_what_the_exit_code_means(gradwright: Command) -> None:
    said = " ".join(gradwright("diagnose", "--help").out.split())
    assert "the exit code is 1 where something is" in said


# A rate at which nothing holds; what heals it is known within a second

SICK = ("--learning-rate", "50", "--epochs", "6")


def test_the_healed_config_is_written_and_trains(gradwright: Command, config: Path) -> None:
    outcome = gradwright("diagnose", config, *SICK, "--budget", "60", "--fix", "healed.toml")
    assert outcome.code == 1
    assert "rate too high" in outcome.out
    assert "healed.toml" in outcome.err
    assert "# learning_rate: was 50" in Path("healed.toml").read_text()
    assert gradwright("train", "healed.toml", "--out", "healed").code == 0


def test_a_file_that_is_there_is_not_replaced(gradwright: Command, config: Path) -> None:
    Path("mine.toml").write_text("mine")
    outcome = gradwright("diagnose", config, *SICK, "--fix", "mine.toml")
    assert outcome.code == 2
    assert "mine.toml" in outcome.err
    assert Path("mine.toml").read_text() == "mine"


def test_a_run_that_was_cut_short_is_judged_by_its_config(gradwright: Command, config: Path) -> None:
    gradwright("train", config, "--out", "here")
    Path("here/result.json").unlink()
    outcome = gradwright("diagnose", "here", "--budget", "0")
    assert "expected a run that has ended" in outcome.err
    assert "before it is trained" in outcome.err
    assert "at the start" in outcome.out


def test_a_run_that_diverged_is_judged_by_its_config(gradwright: Command, config: Path) -> None:
    gradwright("train", config, "--learning-rate", "1e30", "--out", "here")
    outcome = gradwright("diagnose", "here", "--budget", "0")
    assert "the run broke" in outcome.err
    assert "at the start" in outcome.out


def test_a_fix_needs_a_budget(gradwright: Command, config: Path) -> None:
    assert gradwright("diagnose", config, "--budget", "0", "--fix", "healed.toml").code == 2
