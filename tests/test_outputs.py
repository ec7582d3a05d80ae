"""What stands where a result is to go is not replaced unasked, whoever wrote it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gradwright.errors import ConfigError, RecordError
from gradwright.outputs import MARK, WRITTEN, require_place, write_output, write_results

IN_THE_WAY = "expected a new file, found one that is there; --overwrite"


def test_a_file_of_the_user_is_replaced_when_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "new" / "best.toml"
    write_output(path, "one")
    with pytest.raises(ConfigError, match=IN_THE_WAY):
        write_output(path, "two")
    assert path.read_text() == "one"
    write_output(path, "two", overwrite=True)
    assert path.read_text() == "two"


def test_an_older_page_is_replaced_unasked(tmp_path: Path) -> None:
    write_output(tmp_path / "report.html", f"<html>{MARK}old")
    write_output(tmp_path / "report.html", "new")
    assert (tmp_path / "report.html").read_text() == "new"


def test_a_link_is_something_that_is_there_and_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "page").symlink_to(tmp_path / "missing")
    with pytest.raises(ConfigError):
        write_output(tmp_path / "page", "mine")
    write_output(tmp_path / "page", "mine", overwrite=True)
    assert not (tmp_path / "page").is_symlink()
    assert not (tmp_path / "missing").exists()


def test_a_folder_is_never_replaced(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected a file to write, found a folder"):
        require_place(tmp_path, overwrite=True)


def test_results_are_replaced_while_they_are_as_they_were_written(tmp_path: Path) -> None:
    for round_ in ("one", "two", "three"):
        write_results(tmp_path, {"tables.md": round_, "all.csv": f"{round_}s"})
    (tmp_path / "all.csv").write_text("my notes")
    with pytest.raises(ConfigError, match=r"all\.csv: " + IN_THE_WAY):
        write_results(tmp_path, {"tables.md": "four", "all.csv": "fours"})
    assert {file.read_text() for file in tmp_path.iterdir() if file.name != WRITTEN} == {"three", "my notes"}
    write_results(tmp_path, {"tables.md": "four", "all.csv": "fours"}, overwrite=True)
    write_results(tmp_path, {"tables.md": "five", "all.csv": "fives"})
    assert (tmp_path / "all.csv").read_text() == "fives"


def test_results_that_were_cut_off_in_the_middle_are_known_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_results(tmp_path, {"a": "old", "b": "old"})
    with monkeypatch.context() as patch:
        replace = Path.replace

        def until_b(self: Path, target: Path) -> Path:
            if target.name == "b":
                raise OSError(28, "No space left on device")
            return replace(self, target)

        patch.setattr(Path, "replace", until_b)
        with pytest.raises(RecordError, match="No space left"):
            write_results(tmp_path, {"a": "new", "b": "new"})
    assert [(tmp_path / name).read_text() for name in "ab"] == ["new", "old"]
    write_results(tmp_path, {"a": "newer", "b": "newer"})
    assert [(tmp_path / name).read_text() for name in "ab"] == ["newer", "newer"]


@pytest.mark.parametrize("said", [{"a": 3}, {"a": [[1]]}, {"a": None}, {}])
def test_what_a_stranger_says_was_written_frees_nothing(tmp_path: Path, said: dict[str, object]) -> None:
    (tmp_path / "a").write_text("mine")
    (tmp_path / WRITTEN).write_text(json.dumps(said))
    with pytest.raises(ConfigError, match=IN_THE_WAY):
        write_results(tmp_path, {"a": "new"})
