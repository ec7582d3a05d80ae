"""The folder of a submission is removed whatever is in it, and so are those of graders that were killed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from gradwright.grading.folder import PREFIX, own_folder, remove

if sys.platform == "win32":
    pytest.skip("grading needs Linux or macOS", allow_module_level=True)

DEEP = 1200  # folders in one another: deeper than Python recurses, and a longer path than the system takes


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def _a_deep_tree(_: Path) -> None:
    for _level in range(DEEP):
        Path("folder").mkdir()
        os.chdir("folder")
    Path("file").write_text("at the bottom")


def _no_permissions(folder: Path) -> None:
    inner = folder / "closed" / "inner"
    inner.mkdir(parents=True)
    (inner / "file").touch()
    for each in (inner / "file", inner, inner.parent):
        each.chmod(0)


def _many_files(folder: Path) -> None:
    for i in range(2000):
        (folder / f"{i}").touch()


def _strange_names(folder: Path) -> None:
    for name in (b"\xff\xfe", b"\n", b"-rf", b" ", "ü".encode() * 100):
        (Path(os.fsdecode(bytes(folder))) / os.fsdecode(name)).mkdir()


LEFT: dict[str, Callable[[Path], None]] = {
    "a deep tree": _a_deep_tree,
    "folders without permissions": _no_permissions,
    "many files": _many_files,
    "strange names": _strange_names,
    "a folder that is no more": Path.rmdir,
}


@pytest.mark.parametrize("leave", LEFT.values(), ids=LEFT)
def test_whatever_is_left_is_removed(leave: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch) -> None:
    with own_folder() as folder:
        monkeypatch.chdir(folder)
        leave(folder)
        monkeypatch.undo()
    assert not folder.exists()


def test_a_link_is_removed_and_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    with own_folder() as folder:
        (folder / "link").symlink_to(outside)
        (folder / "inner").mkdir()
        (folder / "inner" / "link").symlink_to(outside / "kept")
    assert not folder.exists()
    assert (outside / "kept").exists()


KILLED = """
import os, signal, sys, tempfile
from gradwright.grading.folder import own_folder
tempfile.tempdir = sys.argv[1]
with own_folder() as folder:
    (folder / "file").touch()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_folder_of_a_grader_that_was_killed_is_removed_at_the_next_start(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    [orphan] = tmp_path.glob(f"{PREFIX}*")
    with own_folder() as first:
        assert not orphan.exists()
        with own_folder() as second:  # one who lives keeps his
            assert first.exists()
            assert first != second


def test_a_folder_of_the_name_that_is_a_link_is_left_alone(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    (tmp_path / f"{PREFIX}abcd1234").symlink_to(outside)
    with own_folder():
        assert (outside / "kept").exists()


@pytest.mark.parametrize("name", ["grading-homework", f"{PREFIX}of-my-class", f"{PREFIX}2026"])
def test_a_folder_of_the_users_own_is_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "kept").touch()
    with own_folder():
        assert (tmp_path / name / "kept").exists()


def test_a_folder_that_another_grader_took_for_an_orphan_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def taken_away(prefix: str) -> str:
        path = real(prefix=prefix)
        made.append(path)
        if len(made) == 1:
            Path(path).rmdir()
        return path

    real = tempfile.mkdtemp
    monkeypatch.setattr(tempfile, "mkdtemp", taken_away)
    with own_folder() as folder:
        assert str(folder) == made[1]
        assert folder.parent == tmp_path


def test_what_cannot_be_removed_stops_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "file").touch()
    monkeypatch.setattr(Path, "unlink", refuse)
    remove(folder)
    assert (folder / "file").exists()
