"""``gradwright compare``"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gradwright.cli import main
from gradwright.data import Dataset, load
from gradwright.optim import Constant
from gradwright.studies.store import STUDY, Study
from gradwright.training import make_config
from gradwright.training.config import plain_config, read_config
from tests.studies.studies import run_record, study_of

pytestmark = pytest.mark.usefixtures("blank_pictures")

Command = Callable[..., Any]


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A study of two configurations with three seeds each."""
    folder = tmp_path / "rates"
    folder.mkdir()
    (folder / STUDY).write_text("")
    store = Study.open(folder)
    for record in study_of([0.9, 0.6], seeds=3, spread=0.001):
        store.add(record)
    return folder


def test_findings_and_tables_are_printed_and_the_page_is_written(gradwright: Command, study: Path) -> None:
    outcome = gradwright("compare", "rates")
    assert outcome.code == 0
    assert "it is the best of the 2" in outcome.out
    assert "The test set is sealed" in outcome.out
    for name in ("report.html", "tables.md", "configurations.csv"):
        assert (study / "report" / name).exists()


@pytest.mark.usefixtures("study")
def test_json_is_alone_on_stdout(gradwright: Command) -> None:
    found = gradwright("compare", "rates", "--json").json
    assert found["metric"] == "validation.accuracy"
    assert [each["contends"] for each in found["configurations"]] == [True, False]
    assert found["openings"] == []


def test_a_look_at_a_study_that_grows_is_on_record_and_held_to_its_share(
    gradwright: Command, study: Path
) -> None:
    first = gradwright("compare", "rates")
    assert "The study is not complete: a difference has to show at 0.25% here" in first.out
    assert gradwright("compare", "rates", "--json").json["look"]["looks"] == 1  # the same runs, the same look
    Study.open(study).add(run_record({"a": 0}, 9, 0.9))
    assert "and looked at for the 2. time like that" in gradwright("compare", "rates").out
    Study.open(study).mark_complete(7)
    Study.open(study).add(run_record({"a": 1}, 9, 0.6))
    found = gradwright("compare", "rates", "--json").json["look"]
    assert (found["kind"], found["looks"], found["error"]) == ("planned", 3, pytest.approx(0.04))


@pytest.mark.usefixtures("study")
def test_another_metric_and_another_folder(gradwright: Command) -> None:
    outcome = gradwright("compare", "rates", "--metric", "validation.loss", "--out", "elsewhere")
    assert "validation.loss" in outcome.out
    assert "--metric validation.loss --figure ranking" in Path("elsewhere/report.html").read_text()


@pytest.mark.usefixtures("study")
@pytest.mark.drawn
def test_one_figure_alone(gradwright: Command) -> None:
    assert gradwright("compare", "rates", "--figure", "ranking", "--out", "here.svg").code == 0
    assert Path("here.svg").read_text().startswith("<?xml")
    assert gradwright("compare", "rates", "--figure", "time", "--json").json == {"figure": "time.svg"}


@pytest.mark.usefixtures("study")
def test_the_test_set_cannot_be_compared_by(gradwright: Command) -> None:
    outcome = gradwright("compare", "rates", "--metric", "test.accuracy")
    assert outcome.code == 2
    assert "sealed" in outcome.err


def test_a_folder_that_is_no_study_is_named(gradwright: Command) -> None:
    outcome = gradwright("compare", "nowhere")
    assert outcome.code == 1
    assert "nowhere" in outcome.err


def test_a_study_without_runs_says_so(gradwright: Command, study: Path) -> None:
    for file in (study / "runs").iterdir():
        file.unlink()
    outcome = gradwright("compare", "rates")
    assert outcome.code == 1
    assert "finished run" in outcome.err


def test_a_record_that_was_cut_in_half_is_told_and_the_others_are_compared(
    gradwright: Command, study: Path
) -> None:
    (study / "runs" / "half.json").write_text(json.dumps(run_record({"a": 0}, 9, 0.5).to_dict())[:100])
    outcome = gradwright("compare", "rates")
    assert outcome.code == 0
    assert "half.json" in outcome.err


def test_opening_the_test_set_is_explicit_and_on_record(
    gradwright: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    swiss = load("swiss-roll")
    data = Dataset("roll", "made for a test", swiss.train, swiss.validation, test=swiss.validation)
    monkeypatch.setattr("gradwright.cli.compare.load_data", lambda *_, **__: data)
    config = make_config(network={"kind": "mlp", "widths": [2, 4, 2]}, epochs=1, batch_size=500)
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / STUDY).write_text("")
    Study.open("one").add(run_record({}, 0, 0.5, config=plain_config(config), data=data.checksum()))
    assert gradwright("compare", "one", "--json", "--metric", "validation.accuracy").json["openings"] == []
    assert "opened once" in gradwright("compare", "one", "--open-test").out
    assert "opened once" in gradwright("compare", "one").out
    refused = gradwright("compare", "one", "--open-test")
    assert (refused.code, "--open-test --again" in refused.err) == (2, True)
    assert "opened 2 times" in gradwright("compare", "one", "--open-test", "--again").out


def test_where_the_data_are_another_nothing_is_opened(gradwright: Command, tmp_path: Path) -> None:
    config = make_config(network={"kind": "mlp", "widths": [2, 4, 5]}, data={"name": "swiss-roll"})
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / STUDY).write_text("")
    Study.open("one").add(run_record({}, 0, 0.5, config=config.model_dump()))
    assert gradwright("compare", "one", "--open-test").code != 0
    assert not (tmp_path / "one" / "openings.jsonl").exists()


@pytest.mark.usefixtures("study")
def test_without_jinja_there_are_tables_and_a_word_about_the_page(
    gradwright: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    outcome = gradwright("compare", "rates")
    assert outcome.code == 0
    assert "there is no page" in outcome.err


def test_the_config_of_the_best_is_written_and_trains(gradwright: Command, tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / STUDY).write_text("")
    for rate, accuracy in ((0.1, 0.9), (0.2, 0.5)):
        config = make_config(
            network={"kind": "mlp", "widths": [2, 4, 2]},
            data={"name": "swiss-roll"},
            epochs=1,
            batch_size=500,
            learning_rate=rate,
        )
        Study.open("one").add(run_record({"learning_rate": rate}, 3, accuracy, config=plain_config(config)))
    words = ("compare", "one", "--metric", "validation.accuracy", "--best", "--out", "new/best.toml")
    outcome = gradwright(*words)
    assert (outcome.code, "new/best.toml" in outcome.out) == (0, True)
    assert "one of 2 that cannot be told apart" in outcome.err
    written = read_config("new/best.toml")
    assert (written.seed, written.learning_rate) == (3, Constant(0.1))
    assert not (tmp_path / "one" / "report").exists()
    assert gradwright("train", "new/best.toml", "--out", "run").code == 0
    before = Path("new/best.toml").read_text()
    refused = gradwright(*words)
    assert (refused.code, "expected a new file, found one that is there" in refused.err) == (2, True)
    assert Path("new/best.toml").read_text() == before


@pytest.mark.parametrize("name", ["report.html", "tables.md", "configurations.csv"])
def test_what_a_user_changed_in_the_report_is_kept_and_the_test_set_not_opened(
    gradwright: Command, study: Path, name: str
) -> None:
    assert gradwright("compare", "rates").code == gradwright("compare", "rates").code == 0
    mine = study / "report" / name
    mine.write_text("mine")
    refused = gradwright("compare", "rates", "--open-test")
    assert (refused.code, refused.out, mine.read_text()) == (2, "", "mine")
    assert f"{name}: expected a new file, found one that is there; --overwrite" in refused.err
    assert not (study / "openings.jsonl").exists()
    assert gradwright("compare", "rates", "--overwrite").code == 0
    assert mine.read_text() != "mine"


@pytest.mark.usefixtures("study")
@pytest.mark.parametrize("words", [["--figure", "ranking", "--out", "mine.svg"], ["--best", "--out", "mine"]])
def test_a_file_of_the_user_is_kept_where_a_result_is_to_go(gradwright: Command, words: list[str]) -> None:
    Path(words[-1]).write_text("mine")
    refused = gradwright("compare", "rates", *words)
    assert (refused.code, Path(words[-1]).read_text()) == (2, "mine")
    assert "--overwrite" in refused.err


def test_a_report_that_is_a_link_is_refused_and_what_it_points_to_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study, mine = tmp_path / "study", tmp_path / "mine"
    for folder in (study, mine):
        folder.mkdir()
    (study / "study.toml").touch()
    (study / "report").symlink_to(mine)
    assert main(["compare", str(study)]) == 1
    assert "report: expected no symbolic link inside a run or a study" in capsys.readouterr().err
    assert list(mine.iterdir()) == []
