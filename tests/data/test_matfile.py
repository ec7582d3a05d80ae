"""Course files of both MATLAB levels are read into rows, and anything else is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import scipy.io

from gradwright.data import matfile
from gradwright.errors import DataError

Arrays = dict[str, np.ndarray[Any, Any]]
Write = Callable[[Path, Arrays], None]


def write_level_5(path: Path, arrays: Arrays) -> None:
    scipy.io.savemat(path, arrays, do_compression=True)


def write_level_7(path: Path, arrays: Arrays) -> None:
    """As MATLAB writes it: a header of 512 bytes, then HDF5 with the dimensions in reverse order."""
    with h5py.File(path, "w", userblock_size=512) as file:
        for key, array in arrays.items():
            file[key] = array.T
    with path.open("r+b") as raw:
        raw.write(b"MATLAB 7.3 MAT-file")


both_levels = pytest.mark.parametrize("write", [write_level_5, write_level_7])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "course.mat"


@both_levels
def test_columns_become_rows_and_one_hot_becomes_whole_numbers(
    write: Write, path: Path, course_arrays: Arrays
) -> None:
    write(path, course_arrays)
    data = matfile.load(path)
    assert (data.name, data.source, data.classes) == ("course", "course.mat", ("0", "1", "2"))
    np.testing.assert_array_equal(data.train.x, course_arrays["Yt"].T)
    assert data.train.x.dtype == np.float32
    assert data.train.y.tolist() == [0, 0, 1, 1, 2, 2]
    assert data.validation is not None
    assert data.validation.y.tolist() == [2, 1, 0, 0]
    assert data.test is None


def set_to(key: str, index: tuple[int, int], value: float) -> Callable[[Arrays], None]:
    def damage(arrays: Arrays) -> None:
        arrays[key][index] = value

    return damage


def replace(key: str, array: Any) -> Callable[[Arrays], None]:
    return lambda arrays: arrays.update({key: array})


@both_levels
@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda arrays: arrays.pop("Cv"), "expected the matrices Yt, Ct, Yv, Cv, found no Cv"),
        (replace("Ct", np.eye(3)), "as many rows in each, found 6 and 3"),
        (replace("Yv", np.ones((3, 4))), "validation: expected 2 features as in train, found 3"),
        (replace("Cv", np.eye(4)), "as many classes in Ct as in Cv, found 3 and 4"),
        (replace("Yt", np.ones((2, 3, 4))), r"Yt: expected a matrix, found 3 dimensions"),
        (replace("Yt", np.ones((2, 6)) * 1j), r"Yt: expected (a matrix of real )?numbers.*found"),
        (set_to("Ct", (0, 0), 0), r"Ct: expected one-hot .* found \[0. 0. 0.\] in column 0"),
        (set_to("Ct", (2, 1), 1), r"Ct: expected one-hot .* found \[1. 0. 1.\] in column 1"),
        (set_to("Cv", (0, 3), 0.5), r"Cv: expected one-hot .* in column 3"),
        (set_to("Cv", (1, 3), 0.5), r"Cv: expected one-hot .* found \[1.  0.5 0. \] in column 3"),
        (set_to("Cv", (0, 2), np.nan), r"Cv: expected one-hot .* in column 2"),
        (set_to("Yt", (1, 4), np.inf), "Yt as x.* found inf in row 4, column 1"),
        (set_to("Yv", (0, 0), np.nan), "Yv as x.* found nan in row 0, column 0"),
    ],
)
def test_contents_that_cannot_be_are_named(
    write: Write, path: Path, course_arrays: Arrays, damage: Callable[[Arrays], None], message: str
) -> None:
    damage(course_arrays)
    write(path, course_arrays)
    with pytest.raises(DataError, match=message) as refusal:
        matfile.load(path)
    assert "course.mat" in str(refusal.value)


@both_levels
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
def test_a_truncated_file_is_named_in_the_message(
    write: Write, path: Path, course_arrays: Arrays, kept: float
) -> None:
    write(path, course_arrays)
    content = path.read_bytes()
    head = 520 if write is write_level_7 else 128  # what tells the level is left whole
    path.write_bytes(content[: head + int(kept * (len(content) - head))])
    with pytest.raises(
        DataError, match=r"course\.mat: expected (an intact|the matrices|a byte order|a deflated matrix)"
    ):
        matfile.load(path)


def test_another_format_is_refused_by_its_first_bytes(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04 not a MATLAB file")
    with pytest.raises(DataError, match=r"course\.mat: expected a MATLAB file of level 5 or 7.3, found .*PK"):
        matfile.load(path)
