"""``gradwright sweep``: a study from a file or its folder, with one message for each mistake."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gradwright.cli import main
from gradwright.studies import Study

EXAMPLE = Path(__file__).parents[2] / "examples" / "sweep.toml"
STUDY = """
[base]
name = "tiny"
epochs = 1
batch_size = 500
data.name = "swiss-roll"
network = { kind = "mlp", widths = [2, 3, 2] }

[space]
learning_rate = [0.1, 1e30]
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "study.toml"
    path.write_text(STUDY)
    return path


def test_the_example_runs_and_a_second_time_has_nothing_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for found in (0, 36):
        assert main(["sweep", str(EXAMPLE), "--out", str(tmp_path / "s"), "--json"]) == 0
        result = json.loads(capsys.readouterr().out)
        assert (result["complete"], result["runs"], result["found"]) == (True, 36, found)
    assert main(["sweep", str(tmp_path / "s")]) == 0
    assert "mean validation.loss" in capsys.readouterr().out


def test_a_run_without_a_result_is_counted_and_explained(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sweep", str(file)]) == 0
    out, notes = capsys.readouterr()
    assert "2 runs, 1 diverged" in out
    assert "which diverged: " in out
    assert "The study is in studies/tiny." in notes


def test_a_study_in_which_nothing_finishes_has_failed(file: Path) -> None:
    file.write_text(STUDY.replace("[0.1, 1e30]", "[1e30, 2e30]"))
    assert main(["sweep", str(file)]) == 1


@pytest.mark.parametrize(
    ("change", "flags", "message"),
    [
        (("learning_rate = [", "lerning_rate = ["), [], "did you mean 'learning_rate'?"),
        (("[space]", "[spcae]"), [], "there is no such key; did you mean 'space'?"),
        (("[0.1, 1e30]", "{ uniform = [1, 0] }"), [], "space.learning_rate: expected a range from a low"),
        (("swiss-roll", "line"), [], "a study selects on validation rows, and 'line' has none"),
        (("", ""), ["--workers", "0"], "--workers: expected a whole number >= 1, found 0"),
        (("", ""), ["--workers", "1", "--dask", "tcp://x:1"], "expected either --workers or --dask"),
    ],
)
def test_a_mistake_is_one_message_and_exit_code_2(
    file: Path,
    capsys: pytest.CaptureFixture[str],
    change: tuple[str, str],
    flags: list[str],
    message: str,
) -> None:
    file.write_text(STUDY.replace(*change))
    assert main(["sweep", str(file), *flags]) == 2
    out, error = capsys.readouterr()
    assert (out, message in error, "Traceback" in error) == ("", True, False)


def test_a_folder_takes_no_other_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", str(tmp_path), "--out", "x"]) == 2
    assert "is the folder of a study already" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_one_message(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", "nothing.toml"]) == 2
    assert "nothing.toml: expected a study in TOML" in capsys.readouterr().err


def test_a_study_is_named_after_its_file_where_that_gives_no_name(file: Path) -> None:
    other = file.with_name("two rates.toml")
    other.write_text(STUDY.replace('name = "tiny"\n', ""))
    assert main(["sweep", str(other)]) == 0
    assert {path.name for path in Path("studies").iterdir()} == {"two-rates"}


def test_the_last_table_of_a_sweep_has_the_order_of_the_comparison(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also where a survivor of a configuration that broke would come first by itself."""
    four = STUDY.replace("[0.1, 1e30]", "[0.001, 0.1, 1.0, 3.0]")
    file.write_text(four.replace("[base]", "repeats = 2\n[base]"))
    assert main(["sweep", str(file)]) == 0
    study = Study.open("studies/tiny")
    lucky = next(r for r in study.records() if r.point["learning_rate"] == 3.0)
    file_of = study.file(lucky.id)
    file_of.write_text(replace(lucky, status="diverged", metrics={}, message="grew").to_json())
    (study.path / "index.sqlite").unlink()
    capsys.readouterr()
    assert main(["sweep", "studies/tiny", "--json"]) == 0
    swept = json.loads(capsys.readouterr().out)["best"]
    assert main(["compare", "studies/tiny", "--json"]) == 0
    compared = json.loads(capsys.readouterr().out)
    assert [each["point"] for each in swept] == [each["point"] for each in compared["configurations"]]
    assert [each["validation.loss"] for each in swept] == [
        each["mean"] for each in compared["configurations"]
    ]
    assert [each["point"] for each in compared["not_compared"]] == [{"learning_rate": 3.0}]
