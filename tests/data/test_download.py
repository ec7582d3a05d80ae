"""``get`` brings a whole data set to where ``load`` finds it, and unpacks nothing but what it expects."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from gradwright.data import catalog, download
from gradwright.data.published import Remote
from gradwright.errors import ConfigError, DataError

pytestmark = pytest.mark.usefixtures("no_data_elsewhere")

MEMBERS = (("batches/a.bin", 3), ("batches/b.bin", 4))
WHOLE = {"batches/a.bin": b"aaa", "batches/b.bin": b"bbbb"}


def write_archive(path: Path, members: Iterable[tuple[tarfile.TarInfo, bytes]]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content))
    return path


def regular(name: str, content: bytes) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    return info, content


def link(name: str, target: str) -> tuple[tarfile.TarInfo, bytes]:
    """A link that claims to have the size of the file that is expected under its name."""
    info, content = regular(name, b"aaa")
    info.type, info.linkname = tarfile.SYMTYPE, target
    return info, content


def archive(path: Path, contents: dict[str, bytes]) -> Path:
    return write_archive(path / "set.tar.gz", (regular(*item) for item in contents.items()))


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A catalogue with a set of two files and one of an archive; the files that were fetched are listed."""
    fetched: list[str] = []

    def fetch(remote: Remote, folder: Path) -> Path:
        fetched.append(remote.path)
        folder.mkdir(parents=True, exist_ok=True)
        if remote.members:
            return archive(folder, WHOLE | {"batches/readme.html": b"not asked for"})
        return folder / remote.path

    mnist, cifar10 = catalog.entry("mnist"), catalog.entry("cifar10")
    packed = Remote("set.tar.gz", 0, "", (), MEMBERS)
    monkeypatch.setattr(
        catalog, "_ENTRIES", (mnist, replace(cifar10, files=(packed,)), catalog.entry("line"))
    )
    monkeypatch.setattr(download, "fetch", fetch)
    return fetched


def names_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_all_files_of_a_set_are_fetched_into_the_folder_that_load_searches(
    offered: list[str], tmp_path: Path
) -> None:
    assert download.get("mnist", tmp_path) == tmp_path / "mnist"
    assert offered == [remote.path for remote in catalog.entry("mnist").files]
    assert "mnist" in catalog._PLACES["mnist"]


@pytest.mark.usefixtures("offered")
def test_without_a_folder_it_goes_to_the_environments_else_to_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert download.get("mnist") == tmp_path / "user-data" / "mnist"
    monkeypatch.setenv("GRADWRIGHT_DATA", str(tmp_path / "environment"))
    assert download.get("mnist") == tmp_path / "environment" / "mnist"


def test_an_archive_is_unpacked_and_deleted_and_not_fetched_twice(offered: list[str], tmp_path: Path) -> None:
    for _ in range(2):
        assert download.get("cifar10", tmp_path) == tmp_path / "batches"
        assert names_in(tmp_path) == ["batches/a.bin", "batches/b.bin"]
    assert offered == ["set.tar.gz"]


def test_a_folder_that_is_not_whole_is_neither_overwritten_nor_trusted(
    offered: list[str], tmp_path: Path
) -> None:
    download.get("cifar10", tmp_path)
    (tmp_path / "batches" / "b.bin").write_bytes(b"mine")
    download.get("cifar10", tmp_path)
    (tmp_path / "batches" / "b.bin").write_bytes(b"my own")
    with pytest.raises(DataError, match=r"b\.bin: expected 4 bytes, found 6; move the folder away"):
        download.get("cifar10", tmp_path)
    (tmp_path / "batches" / "b.bin").unlink()
    with pytest.raises(DataError, match=r"b\.bin: expected 4 bytes, found no such file"):
        download.get("cifar10", tmp_path)
    assert len(offered) == 1


@pytest.mark.usefixtures("offered")
def test_a_generated_set_needs_no_download(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="line is generated: there is nothing to download"):
        download.get("line", tmp_path)


@pytest.mark.usefixtures("offered")
def test_an_unknown_name_gets_a_suggestion(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="did you mean 'mnist'"):
        download.get("minst", tmp_path)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([regular("batches/a.bin", b"aaa")], "expected the members batches/b.bin, found none of them"),
        ([regular("batches/a.bin", b"aaaa")], r"a\.bin: expected a file of 3 bytes, found a file of 4 bytes"),
        ([link("batches/a.bin", "/etc/passwd")], r"a\.bin: expected a file of 3 bytes, found something else"),
        ([regular("../a.bin", b"aaa"), regular("/batches/b.bin", b"bbbb")], "expected the members"),
    ],
)
def test_an_archive_of_anything_else_is_refused_and_leaves_nothing(
    tmp_path: Path, members: list[tuple[tarfile.TarInfo, bytes]], message: str
) -> None:
    path = write_archive(tmp_path / "set.tar.gz", members)
    with pytest.raises(DataError, match=rf"set\.tar\.gz: .*{message}"):
        download.unpack(path, MEMBERS)
    assert names_in(tmp_path) == ["set.tar.gz"]
    assert not (tmp_path.parent / "a.bin").exists()


def test_what_was_not_asked_for_stays_in_the_archive(tmp_path: Path) -> None:
    path = archive(tmp_path, WHOLE | {"../escaped": b"x", "batches/c.bin": b"x"})
    download.unpack(path, MEMBERS)
    assert names_in(tmp_path) == ["batches/a.bin", "batches/b.bin", "set.tar.gz"]
    assert not (tmp_path.parent / "escaped").exists()


@pytest.mark.parametrize("kept", [5, 40, 100])
def test_a_truncated_archive_is_refused_and_leaves_nothing(tmp_path: Path, kept: int) -> None:
    path = archive(tmp_path, WHOLE)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(DataError, match=r"set\.tar\.gz: "):
        download.unpack(path, MEMBERS)
    assert names_in(tmp_path) == ["set.tar.gz"]


def test_an_existing_folder_is_not_unpacked_over(tmp_path: Path) -> None:
    path = archive(tmp_path, WHOLE)
    (tmp_path / "batches").mkdir()
    (tmp_path / "batches" / "mine").touch()
    with pytest.raises(DataError, match="cannot be unpacked"):
        download.unpack(path, MEMBERS)
    assert names_in(tmp_path) == ["batches/mine", "set.tar.gz"]
