"""The page: whole, alone, the same each time, and safe whatever things are called."""

from __future__ import annotations

import base64
import builtins
import hashlib
import os
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import gradwright as gw
from gradwright.check import NetworkCheck
from gradwright.engine import State
from gradwright.errors import ConfigError, RecordError
from gradwright.show import read_check, write_report
from gradwright.show.report import render_report
from gradwright.training.checkpoint import Checkpoint, save_checkpoint
from gradwright.training.folder import RunFolder
from gradwright.training.load_run import read_run

pytestmark = pytest.mark.usefixtures("blank_pictures")

REPORTED = {"blobs": {"train_accuracy": 0.93476, "validation_accuracy": 0.93232, "source": "S1, table 2"}}
MOST_BYTES = 1_500_000  # of two runs: a page that can be sent by mail
HOSTILE = "</title></script><script>alert('x')</script><img src=http://evil.example/a onerror=alert(1)>"

ReadPage = Callable[[str], Any]


@pytest.fixture(scope="module")
def text(run: gw.Run, regression: gw.Run, check: NetworkCheck) -> str:
    """A page about a run that has everything and one that has little."""
    return render_report([run, regression], title="Two runs", reported=REPORTED, checks=[check, None])


# What is on it


def test_the_page_is_well_formed_and_says_its_title(text: str, read_page: ReadPage) -> None:
    page = read_page(text)
    assert text.startswith("<!DOCTYPE html>")
    assert page.faults == []
    assert page.words.count("Two runs") == 2  # in the tab and on the page


def test_headings_never_skip_a_level(text: str, read_page: ReadPage) -> None:
    levels = [int(tag[1]) for tag, _ in read_page(text).tags if tag in ("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_identifiers_occur_once_and_links_lead_to_one(text: str, read_page: ReadPage) -> None:
    page = read_page(text)
    ids = page.attributes("id")
    targets = page.attributes("href") + page.attributes("xlink:href")
    assert len(ids) == len(set(ids))
    assert {target.removeprefix("#") for target in targets} <= set(ids)
    assert {"#run-1", "#run-2"} <= set(targets)


def test_the_tables_hold_the_numbers_of_the_record(text: str, run: gw.Run, read_page: ReadPage) -> None:
    overview, splits, *_ = read_page(text).tables
    found = {metric: f"{value:.4f}" for metric, value in run.metrics["validation"].items()}
    accuracy = f"{run.metrics['validation']['accuracy']:.2%}"
    assert overview[0][:6] == ["run", "seed", "split", "loss", "accuracy", "reported"]
    assert overview[2][:7] == ["blobs", "0", "validation", found["loss"], accuracy, "93.23%", "95.00%"]
    assert splits[2] == ["validation", "60", found["loss"], accuracy, "93.23%", "95.00%"]
    assert all(len({len(row) for row in table}) == 1 for table in read_page(text).tables)


def test_the_page_tells_all_about_a_run(text: str, run: gw.Run, read_page: ReadPage) -> None:
    words = " ".join(read_page(text).words)
    for said in (
        "51 parameters, trained on blobs for 3 epochs (18 steps)",
        "Reported: S1, table 2.",
        "SHA-256 " + run.data["checksum"],
        "north, east, west",
        "numpy " + run.environment["numpy"],
        "learning_rate",
        "correct: f and the gradient agree in every direction",
        "mean of single samples",
        'gradwright.train(gradwright.training.read_config("config.toml"), data)',
    ):
        assert said in words


def test_every_picture_has_a_description_and_a_caption(text: str, read_page: ReadPage) -> None:
    page = read_page(text)
    pictures = [attrs for tag, attrs in page.tags if tag in ("svg", "img")]
    assert len(pictures) == page.count("figcaption") == 9
    assert all(attrs.get("alt") or attrs.get("aria-label") for attrs in pictures)


def test_under_every_figure_stands_the_command_that_makes_it_again(
    run: gw.Run, regression: gw.Run, check: NetworkCheck, read_page: ReadPage
) -> None:
    page = read_page(render_report([run, regression], checks=[check, None], folders=["my runs/a", "line"]))
    commands = [words for words in page.words if words.startswith("gradwright report")]
    assert len(commands) == page.count("figure") == 9
    for name in ("curves --out curves.svg", "regions --out regions.png", "check --out check.svg"):
        assert f"gradwright report 'my runs/a' --figure {name}" in commands
    assert "gradwright report line --figure rate --out rate.svg" in commands


def test_a_run_that_was_not_saved_has_a_word_for_its_folder(
    run: gw.Run, seeds: list[gw.Run], read_page: ReadPage
) -> None:
    assert "gradwright report RUN --figure rate --out rate.svg" in read_page(render_report([run])).words
    words = read_page(render_report(seeds)).words
    assert "gradwright report RUN1 RUN2 RUN3 --figure curves --out curves.svg" in words
    assert "In the commands under the figures RUN3 stands for the folder that" in words


def test_a_run_from_a_config_is_made_again_by_the_command_line(run: gw.Run) -> None:
    data = gw.training.DataConfig(name="blobs")
    text = render_report([replace(run, config=run.config.model_copy(update={"data": data}))])
    assert "<code>gradwright train config.toml</code>" in text


def test_repeated_runs_are_drawn_together_and_have_a_mean(seeds: list[gw.Run], read_page: ReadPage) -> None:
    page = read_page(render_report(seeds))
    assert page.tables[0][-1][2] == "mean of 3"
    assert "All runs: training solid, validation dashed." in page.words
    assert [name for name in page.words if name.startswith("blobs, seed")] == 2 * [
        "blobs, seed 0",
        "blobs, seed 1",
        "blobs, seed 2",
    ]


def test_a_wrong_gradient_is_not_hidden(run: gw.Run, check: NetworkCheck, read_page: ReadPage) -> None:
    gradient = replace(check.gradient, verdict="wrong", evidence="0.bias is 0", cause="<b>forgotten</b>")
    page = read_page(render_report([run], checks=[replace(check, gradient=gradient)]))
    assert page.words[page.words.index("gradients") + 1] == "wrong"
    assert any(words.startswith("wrong: 0.bias is 0: <b>forgotten</b>") for words in page.words)
    assert "failed" in page.attributes("class")


def test_a_broken_invariant_is_not_hidden(run: gw.Run, check: NetworkCheck, read_page: ReadPage) -> None:
    assert check.invariants is not None
    first, *others = check.invariants.rows
    broken = replace(check.invariants, rows=(replace(first, passed=False), *others))
    page = read_page(render_report([run], checks=[replace(check, invariants=broken)]))
    assert page.words[page.words.index("gradients") + 1] == "correct, an invariant is broken"
    assert any(words.endswith("Broken invariants: arguments untouched.") for words in page.words)
    assert "failed" in page.attributes("class")


def test_a_check_on_a_single_row_has_no_table_of_invariants(
    run: gw.Run, check: NetworkCheck, read_page: ReadPage
) -> None:
    page = read_page(render_report([run], checks=[replace(check, invariants=None)]))
    assert page.faults == []
    assert "mean of single samples" not in page.words


def test_the_large_numbers_are_of_unseen_rows_with_what_to_hold_them_against(
    run: gw.Run, check: NetworkCheck, read_page: ReadPage
) -> None:
    untested = replace(run, metrics={name: run.metrics[name] for name in ("train", "validation")})
    page = read_page(render_report([untested], reported=REPORTED, checks=[check]))
    tiles = page.words[page.words.index("validation accuracy") : page.words.index("Results")]
    found = f"{run.metrics['validation']['accuracy']:.2%}"
    assert tiles == [
        *("validation accuracy", found),
        *("reported", "93.23%", "validation accuracy"),
        *("ceiling", "95.00%", "validation accuracy of the Bayes rule"),
        *("gradients", "correct", "4 parameter arrays checked"),
    ]


def test_the_parameters_that_were_measured_are_named(train: Callable[..., gw.Run]) -> None:
    best = train(keep="best", monitor="train.loss", epochs=2)
    assert "with the parameters after epoch 2, the best by train.loss." in render_report([best])
    stopped = replace(best, status="interrupted")
    assert "with the parameters after the last step." in render_report([stopped])


# Runs that lack something


def test_a_run_with_little_has_a_page_without_holes(regression: gw.Run, read_page: ReadPage) -> None:
    text = render_report([regression])
    page = read_page(text)
    assert page.faults == []
    assert page.count("nav") == 0
    assert page.count("figure") == 3
    assert not {"None", "nan", "ceiling", "reported", "accuracy"} & set(page.words)


def test_a_run_without_an_epoch_has_a_page(train: Callable[..., gw.Run], read_page: ReadPage) -> None:
    page = read_page(render_report([train(epochs=0)]))
    assert page.faults == []
    assert any("for 0 epochs (0 steps)" in words for words in page.words)


def test_an_interrupted_run_says_so_before_its_numbers(interrupted: gw.Run, read_page: ReadPage) -> None:
    page = read_page(render_report([interrupted]))
    (warning,) = [words for words in page.words if words.startswith("This run was interrupted")]
    assert "in epoch 3 of 3" in warning
    assert page.words.index(warning) < page.words.index("Results")
    assert "interrupted" in page.words


def test_a_run_folder_alone_is_enough(run: gw.Run, check: NetworkCheck, tmp_path: Path) -> None:
    run.save(tmp_path / "run")
    assert read_check(tmp_path / "run") is None
    loaded = gw.load_run(tmp_path / "run")
    assert render_report([loaded], checks=[check]) == render_report([run], checks=[check])


def test_gradients_that_were_not_checked_are_said_to_be_so(run: gw.Run, read_page: ReadPage) -> None:
    data = gw.training.DataConfig(name="blobs")
    named = replace(run, config=run.config.model_copy(update={"data": data}))
    page = read_page(render_report([named], folders=["runs/blobs"]))
    assert page.words[page.words.index("gradients") + 1] == "not checked"
    assert "gradwright report runs/blobs --figure check --out check.svg" in page.words
    assert not any("whether the gradients are right" in words for words in page.words)
    arrays = " ".join(read_page(render_report([run])).words)
    assert "check_network(run.objective, run.theta, x, y)" in arrays


def test_a_page_says_whether_gradients_are_right_where_all_were_checked(
    run: gw.Run, check: NetworkCheck, read_page: ReadPage
) -> None:
    page = read_page(render_report([run], checks=[check]))
    assert any("whether the gradients are right" in words for words in page.words)


def test_a_run_that_broke_has_a_page_that_says_why_and_where(
    run: gw.Run, tmp_path: Path, read_page: ReadPage
) -> None:
    run.save(tmp_path / "run")
    state = State(run.theta, {}, 3, 18)
    save_checkpoint(tmp_path / "run" / "checkpoint.safetensors", Checkpoint(state, run.theta, "", ""))
    RunFolder(tmp_path / "run").fail("the loss is inf.")
    page = read_page(render_report([read_run(tmp_path / "run")]))
    assert page.faults == []
    (warning,) = [words for words in page.words if words.startswith("This run broke")]
    assert "in epoch 4 of 3: the loss is inf." in warning
    assert "of epoch 3, its last whole one" in warning
    assert page.words.index(warning) < page.words.index("Results")
    assert "diverged" in page.words
    assert any(words.startswith("gradwright report") and "curves" in words for words in page.words)


# Alone, equal and safe


def test_the_page_fetches_nothing_and_runs_nothing_but_its_own_script(text: str, read_page: ReadPage) -> None:
    page = read_page(text)
    assert page.addresses
    assert all(address.startswith(("#", "data:image/png;base64,")) for address in page.addresses)
    assert "://" not in text
    assert "@import" not in text
    assert all(place.startswith("#") for place in text.split("url(")[1:])
    assert [t for t, _ in page.tags].count("script") == 1
    assert not {"link", "iframe", "object", "embed", "base", "form"} & {t for t, _ in page.tags}
    assert not [name for _, attrs in page.tags for name in attrs if name.startswith("on")]
    policies = [a["content"] for t, a in page.tags if t == "meta" and "http-equiv" in a]
    (script,) = re.findall(r"<script>(.*?)</script>", text, flags=re.DOTALL)
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{allowed}'"
    assert policies == [policy]
    assert not re.search(r"fetch|XMLHttpRequest|import\b|eval|innerHTML|cookie|localStorage", script)


@pytest.mark.drawn
def test_the_same_runs_make_the_same_bytes(
    text: str, run: gw.Run, regression: gw.Run, check: NetworkCheck
) -> None:
    again = render_report([run, regression], title="Two runs", reported=REPORTED, checks=[check, None])
    assert again == text


def test_a_page_of_two_runs_is_small(text: str) -> None:
    assert len(text.encode()) < MOST_BYTES


def test_hostile_names_are_shown_letter_by_letter(run: gw.Run, read_page: ReadPage) -> None:
    data = run.data | {"name": HOSTILE, "source": HOSTILE, "classes": [HOSTILE, HOSTILE[::-1], "-->"]}
    hostile = replace(run, data=data, environment={HOSTILE: [HOSTILE]})
    reported = {"blobs": {"validation_accuracy": 0.9, "source": HOSTILE}}
    page = read_page(render_report([hostile], title=HOSTILE, reported=reported))
    assert page.faults == []
    assert page.count("script") == 1
    assert page.count("img") == 2
    assert page.words.count(HOSTILE) >= 5
    assert all(address.startswith(("#", "data:image/png;base64,")) for address in page.addresses)


# The file


def test_an_older_report_is_replaced(run: gw.Run, regression: gw.Run, tmp_path: Path) -> None:
    path = write_report([regression], tmp_path / "new" / "report.html", title="Old")
    assert write_report([run], path, title="New") == path
    assert "<h1>New</h1>" in path.read_text(encoding="utf-8")
    assert [file.name for file in path.parent.iterdir()] == ["report.html"]


def test_a_file_of_another_kind_is_kept_unless_it_may_go(run: gw.Run, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_bytes(b"\xffprecious")
    with pytest.raises(ConfigError, match=r"report\.html: expected a new file, found one that is there"):
        write_report([run], path)
    assert path.read_bytes() == b"\xffprecious"
    write_report([run], path, overwrite=True)
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_folder_in_the_place_of_the_report_is_named(run: gw.Run, tmp_path: Path) -> None:
    for overwrite in (False, True):
        with pytest.raises(ConfigError, match="expected a file to write, found a folder"):
            write_report([run], tmp_path, overwrite=overwrite)


def test_a_place_that_cannot_be_written_is_named(run: gw.Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RecordError, match="file: could not be written"):
        write_report([run], tmp_path / "file" / "report.html")


def test_a_full_disk_leaves_the_older_report(
    run: gw.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_report([run], tmp_path / "report.html", title="Old")
    before = path.read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RecordError, match=r"report\.html: could not be written: No space left on device"):
        write_report([run], path, title="New")
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


# Wrong requests


def test_a_report_about_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected at least one run, found none"):
        write_report([], tmp_path / "report.html")


def test_checks_must_pair_up_with_runs(run: gw.Run, check: NetworkCheck) -> None:
    with pytest.raises(ConfigError, match="expected one for each of 1 runs, found 2"):
        render_report([run], checks=[check, None])


def test_folders_must_pair_up_with_runs(run: gw.Run) -> None:
    with pytest.raises(ConfigError, match="folders: expected one for each of 1 runs, found 2"):
        render_report([run], folders=["a", "b"])


def test_without_jinja_the_message_says_what_to_install(run: gw.Run, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = builtins.__import__

    def without(name: str, *args: Any) -> Any:
        if name == "jinja2":
            raise ImportError(name)
        return whole(name, *args)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ConfigError, match=r'jinja2: pip install "gradwright\[report\]"'):
        render_report([run])
