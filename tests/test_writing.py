"""What is written is old or new and never half, is on the disk, and goes through no link."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from gradwright.errors import RecordError
from gradwright.writing import (
    append_line,
    in_use,
    make_folder,
    make_inner_folder,
    move,
    remove,
    remove_unfinished,
    write_atomically,
)


@pytest.fixture
def flushed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is flushed to the disk and moved, in order."""
    seen: list[str] = []
    flush, replace = os.fsync, os.replace

    def fsync(handle: int) -> None:
        seen.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        flush(handle)

    def moved(source: Path, target: Path) -> None:
        seen.append("move")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", moved)
    return seen


def test_a_file_is_flushed_then_moved_and_then_its_folder_is(tmp_path: Path, flushed: list[str]) -> None:
    write_atomically(tmp_path / "a", "new")
    assert flushed == ["file", "move", "folder"]


def test_a_line_is_flushed_and_the_folder_once(tmp_path: Path, flushed: list[str]) -> None:
    append_line(tmp_path / "log", "one")
    append_line(tmp_path / "log", "two")
    assert flushed == ["file", "folder", "file"]
    assert (tmp_path / "log").read_text() == "one\ntwo\n"


def test_names_that_come_and_go_are_flushed(tmp_path: Path, flushed: list[str]) -> None:
    make_folder(tmp_path / "a" / "b")
    assert flushed == ["folder", "folder"]
    (tmp_path / "a" / "file").touch()
    move(tmp_path / "a" / "file", tmp_path / "a" / "other")
    remove(tmp_path / "a" / "other", tmp_path / "a" / "none")
    assert flushed[2:] == ["move", "folder", "folder"]


@pytest.mark.parametrize("torn", ["tw", "\0\0\0", '{"epoch": 1, "', ""])
def test_an_unfinished_line_is_taken_back_before_the_next(tmp_path: Path, torn: str) -> None:
    (tmp_path / "log").write_text("one\n" + torn)
    append_line(tmp_path / "log", "two")
    assert (tmp_path / "log").read_text() == "one\ntwo\n"


def test_a_line_that_could_not_be_flushed_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append_line(tmp_path / "log", "one")

    def broken(_handle: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", broken)
        with pytest.raises(RecordError, match="log: could not be written: Input/output error"):
            append_line(tmp_path / "log", "two")
    assert (tmp_path / "log").read_text() == "one\n"


def test_a_disk_that_takes_a_part_at_a_time_gets_it_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda handle, data: write(handle, data[:2]))
    write_atomically(tmp_path / "a", "seven!!")
    append_line(tmp_path / "log", "line")
    assert (tmp_path / "a").read_text() == "seven!!"
    assert (tmp_path / "log").read_text() == "line\n"


def test_no_link_is_written_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = tmp_path / "mine"
    mine.write_text("mine")
    for name in ("log", "file", ".file.planted.part"):
        (tmp_path / name).symlink_to(mine)
    with pytest.raises(RecordError, match="log: could not be written: a symbolic link stands there"):
        append_line(tmp_path / "log", "line")
    monkeypatch.setattr("secrets.token_hex", lambda _count: "planted")
    with pytest.raises(RecordError, match="file: could not be written: File exists"):
        write_atomically(tmp_path / "file", "content")
    monkeypatch.undo()
    write_atomically(tmp_path / "file", "content")
    assert mine.read_text() == "mine"
    assert not (tmp_path / "file").is_symlink()


def test_a_folder_inside_a_study_is_no_link(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "runs").symlink_to("elsewhere")
    with pytest.raises(RecordError, match="runs: expected no symbolic link inside a run or a study"):
        make_inner_folder(tmp_path / "runs")


def test_a_line_goes_to_a_file_and_not_to_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "log")
    with pytest.raises(RecordError, match="log: could not be written: it is no regular file"):
        append_line(tmp_path / "log", "line")


def test_a_folder_with_nothing_but_a_lock_and_what_was_not_finished_is_free(tmp_path: Path) -> None:
    assert not in_use(tmp_path / "none")
    for name in (".lock", ".config.toml.1.part"):
        (tmp_path / name).touch()
    assert not in_use(tmp_path)
    (tmp_path / "letter.txt").touch()
    assert in_use(tmp_path)
    assert in_use(tmp_path / "letter.txt")


def test_what_a_killed_writer_left_of_a_file_is_removed_and_no_other(tmp_path: Path) -> None:
    for name in (".page[1].html.0123abcd.part", ".page1.html.0123abcd.part", "page[1].html"):
        (tmp_path / name).touch()
    remove_unfinished(tmp_path / "page[1].html")
    assert {file.name for file in tmp_path.iterdir()} == {".page1.html.0123abcd.part", "page[1].html"}


def test_what_is_tidied_up_while_it_is_written_is_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tidied(scratch: Path, target: Path) -> None:
        monkeypatch.undo()
        remove_unfinished(target)
        scratch.replace(target)

    monkeypatch.setattr(Path, "replace", tidied)
    write_atomically(tmp_path / "file", "whole")
    assert [file.name for file in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text() == "whole"
