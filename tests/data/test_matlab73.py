"""HDF5 files of MATLAB's level 7.3: plain arrays in the file itself, and nothing that leads out of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import h5py
import numpy as np
import pytest

from gradwright.data import matlab73
from gradwright.data.files import reading
from gradwright.errors import DataError

MATRIX = np.arange(6, dtype=np.float32).reshape(2, 3)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with one matrix Yt, dimensions in reverse as MATLAB has them."""
    path = tmp_path / "course.mat"
    with h5py.File(path, "w", userblock_size=512) as file:
        file["Yt"] = MATRIX.T
    return path


def test_dimensions_come_back_in_matlabs_order(path: Path) -> None:
    matrices = matlab73.read(path, ("Yt", "Ct"))
    assert list(matrices) == ["Yt"]
    np.testing.assert_array_equal(matrices["Yt"], MATRIX)
    assert matrices["Yt"].dtype == np.float32


def test_the_very_file_that_was_opened_is_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def replaced(where: Path, what: str) -> Iterator[BinaryIO]:
        with reading(where, what) as file:
            where.unlink()
            where.symlink_to("/dev/zero")
            yield file

    monkeypatch.setattr(matlab73, "reading", replaced)
    np.testing.assert_array_equal(matlab73.read(path, ("Yt",))["Yt"], MATRIX)


@pytest.mark.parametrize(
    "place", ["group", "soft link", "external link", "external data", "virtual", "text", "complex"]
)
def test_what_is_not_a_plain_matrix_in_the_file_itself_is_refused(path: Path, place: str) -> None:
    other = path.with_name("other.h5")
    with h5py.File(other, "w") as file:
        file["Yt"] = MATRIX
    with h5py.File(path, "r+") as file:
        file["Yv"] = file["Yt"][()]
        del file["Yt"]
        if place == "group":
            file.create_group("Yt")
        elif place == "soft link":
            file["Yt"] = h5py.SoftLink("/Yv")
        elif place == "external link":
            file["Yt"] = h5py.ExternalLink(str(other), "/Yt")
        elif place == "external data":
            file.create_dataset("Yt", (2, 3), "f4", external=[(str(other), 0, 24)])
        elif place == "virtual":
            layout = h5py.VirtualLayout((2, 3), "f4")
            layout[:] = h5py.VirtualSource(str(other), "Yt", (2, 3))
            file.create_virtual_dataset("Yt", layout)
        else:
            file["Yt"] = "text" if place == "text" else MATRIX * 1j
    with pytest.raises(DataError, match=r"course\.mat: Yt: expected numbers kept in this file itself, found"):
        matlab73.read(path, ("Yt",))


def test_more_numbers_than_the_file_can_hold_are_refused_before_they_are_read(path: Path) -> None:
    with h5py.File(path, "r+") as file:
        file.create_dataset("Yv", (10**9, 100), "f8", chunks=(1000, 100))  # no chunk is ever written
    with pytest.raises(
        DataError, match=r"course\.mat: announces 800000000000 bytes of numbers, expected at most"
    ):
        matlab73.read(path, ("Yv",))


def test_a_damaged_file_is_refused(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:600])
    with pytest.raises(DataError, match=r"course\.mat: expected an intact HDF5 file, found damage"):
        matlab73.read(path, ("Yt",))


def test_without_h5py_the_message_says_what_to_install(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(
        DataError, match=r'course\.mat: level 7\.3 needs h5py: pip install "gradwright\[data\]"'
    ):
        matlab73.read(path, ("Yt",))
