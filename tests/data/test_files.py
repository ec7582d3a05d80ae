"""What every reader refuses before it looks inside a file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gradwright.data import cifar, idx, matfile, npz, pickles
from gradwright.data.files import sha256_of
from gradwright.errors import DataError

READERS: list[Callable[[Path], object]] = [
    matfile.load,
    npz.load,
    pickles.load,
    lambda path: idx.read(path, dimensions=1),
    cifar._read_binary,
]
every_reader = pytest.mark.parametrize("read", READERS, ids=["mat", "npz", "pickle", "idx", "cifar"])


@every_reader
def test_an_empty_file_is_refused(read: Callable[[Path], object], tmp_path: Path) -> None:
    (tmp_path / "data.bin").touch()
    with pytest.raises(DataError, match=r"data\.bin: the file is empty"):
        read(tmp_path / "data.bin")


@every_reader
def test_a_missing_file_is_named(read: Callable[[Path], object], tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"data\.bin: expected a file, found: no such file"):
        read(tmp_path / "data.bin")


@every_reader
def test_a_folder_in_place_of_a_file_is_refused(read: Callable[[Path], object], tmp_path: Path) -> None:
    with pytest.raises(DataError, match="expected a file, found: a folder"):
        read(tmp_path)


@every_reader
def test_a_pipe_is_refused_rather_than_waited_for(read: Callable[[Path], object], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "data.bin")
    with pytest.raises(DataError, match=r"data\.bin: expected a file, found: a pipe"):
        read(tmp_path / "data.bin")


@every_reader
def test_noise_is_refused_by_name(read: Callable[[Path], object], tmp_path: Path) -> None:
    (tmp_path / "data.bin").write_bytes(bytes(range(255, 0, -1)) * 4)
    with pytest.raises(DataError, match=r"data\.bin: "):
        read(tmp_path / "data.bin")


@every_reader
@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_named(read: Callable[[Path], object], tmp_path: Path) -> None:
    (tmp_path / "data.bin").write_bytes(b"data")
    (tmp_path / "data.bin").chmod(0)
    with pytest.raises(DataError, match=r"data\.bin: expected a file, found: Permission denied"):
        read(tmp_path / "data.bin")


@every_reader
def test_what_the_operating_system_refuses_is_told(
    read: Callable[[Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data.bin").write_bytes(b"data")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(DataError, match=r"data\.bin: expected a file, found: Permission denied"):
        read(tmp_path / "data.bin")


def test_the_checksum_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    content = bytes(range(256)) * 10_000  # more than one block
    (tmp_path / "data.bin").write_bytes(content)
    assert sha256_of(tmp_path / "data.bin") == hashlib.sha256(content).hexdigest()
