"""Archives in the layout of mnist.npz, read member by member without NumPy's own loader."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradwright.data import files, npz
from gradwright.errors import DataError

Arrays = dict[str, np.ndarray[Any, Any]]
Write = Callable[..., Path]


def member(shape: str, descr: str = "'|u1'", body: bytes = b"", version: int = 1) -> bytes:
    """A member of an archive with whatever header one likes."""
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H", len(header)) + header + body


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_images_become_flat_rows_of_bytes_with_unit_scale(
    write_npz: Write, digits: Arrays, compression: int
) -> None:
    data = npz.load(write_npz(digits, compression))
    np.testing.assert_array_equal(data.train.x, digits["x_train"].reshape(5, 16))
    assert data.splits["test"].y.tolist() == [2, 2, 0]
    assert (data.name, data.source, data.num_classes) == ("mnist", "mnist.npz", 4)
    np.testing.assert_array_equal(data.inputs("train", np.float64), data.train.x * (1 / 255))


def test_floats_keep_their_values_and_need_no_scale(write_npz: Write, digits: Arrays) -> None:
    x = np.asfortranarray(np.random.default_rng(0).standard_normal((5, 3)))
    data = npz.load(write_npz(digits | {"x_train": x, "x_test": x[:3]}))
    np.testing.assert_array_equal(data.inputs("train", np.float64), x)


def test_numpys_own_archives_are_read(tmp_path: Path, digits: Arrays) -> None:
    np.savez_compressed(tmp_path / "own.npz", **digits)  # type: ignore[arg-type]
    assert npz.load(tmp_path / "own.npz").train.y.tolist() == digits["y_train"].tolist()


def test_the_second_version_of_numpys_format_is_read(write_npz: Write, digits: Arrays) -> None:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, digits["y_test"], version=(2, 0))
    data = npz.load(write_npz(digits | {"y_test": stream.getvalue()}))
    assert data.splits["test"].y.tolist() == [2, 2, 0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y_test": np.zeros(4, int)}, "test: .*found 3 and 4"),
        ({"y_train": np.array([0, 0, -1, 0, 0])}, "train: y: .* found -1 in row 2"),
        ({"y_test": np.array([0, 9, 0])}, r"test: expected labels 0 \.\. 3, found 9 in row 1"),
        ({"x_train": np.full((5, 2), np.nan)}, "train: x: .* found nan in row 0, column 0"),
        ({"x_train": np.zeros(5)}, r"train: x: expected rows of features, found shape \(5,\)"),
        ({"x_test": np.zeros((3, 2, 2))}, "test: expected 16 features as in train, found 4"),
        ({"y_train": np.array(["a"] * 5)}, "y_train: expected numbers, found <U1"),
        ({"x_test": b"not an array"}, "x_test: expected an array in NumPy's format 1.0 or 2.0"),
        ({"x_test": member("(3, 16)", version=9)}, "x_test: expected an array in NumPy's format 1.0 or 2.0"),
        ({"x_test": member("(3, 16)", descr="'|O'")}, "x_test: expected numbers, found object"),
        ({"x_test": member("(3, 16)")}, r"x_test: expected 48 bytes for uint8 \(3, 16\), found 0"),
        ({"x_test": member("(3, 1)", body=bytes(9))}, "x_test: expected 3 bytes .* found 9"),
        ({"x_test": member("(10**11,)")}, "x_test: expected an array in NumPy's format"),
        ({"x_test": member("(100000000000, 8)")}, "x_test: expected 800000000000 bytes .* found 0"),
        ({"x_test": member("(-1, 16)")}, "x_test: "),
    ],
)
def test_contents_that_cannot_be_are_named(
    write_npz: Write, digits: Arrays, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(DataError, match=rf"mnist\.npz: {message}"):
        npz.load(write_npz(digits | change))


def test_pickled_objects_are_refused_without_being_opened(tmp_path: Path, digits: Arrays) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "executed",))

    bomb = np.array([Bomb()], dtype=object)
    np.savez(tmp_path / "bomb.npz", allow_pickle=True, **(digits | {"x_train": bomb}))
    with pytest.raises(DataError, match=r"bomb\.npz: x_train: expected numbers, found object"):
        npz.load(tmp_path / "bomb.npz")
    assert not (tmp_path / "executed").exists()


def test_a_missing_key_is_named_among_those_found(write_npz: Write, digits: Arrays) -> None:
    del digits["y_test"]
    with pytest.raises(DataError, match=r"expected the keys x_train, .*, found x_test, x_train, y_train"):
        npz.load(write_npz(digits))
    with pytest.raises(DataError, match="found nothing"):
        npz.load(write_npz({}))


def test_a_zip_bomb_is_refused_by_the_sizes_it_announces(
    write_npz: Write, digits: Arrays, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "FREE", 10_000)
    monkeypatch.setattr(files, "RATIO", 1)
    path = write_npz(digits | {"x_train": np.zeros((5, 10_000), np.uint8)})
    assert path.stat().st_size < 5_000
    with pytest.raises(
        DataError,
        match=r"mnist\.npz: announces 50\d+ bytes of arrays, expected at most 1\d+ in a file of this size",
    ):
        npz.load(path)


def test_a_member_that_ends_before_its_announced_size_is_refused(write_npz: Write, digits: Arrays) -> None:
    path = write_npz(digits | {"x_test": member("(3, 16)", body=bytes(40))}, zipfile.ZIP_STORED)
    with zipfile.ZipFile(path, "a") as archive:
        archive.getinfo("x_test.npy").file_size += 8
        archive.comment = b"so that the directory is written anew"
    with pytest.raises(DataError, match="x_test: expected 48 bytes, found the member cut short at 40"):
        npz.load(path)


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
def test_a_truncated_archive_is_named_in_the_message(write_npz: Write, digits: Arrays, kept: float) -> None:
    path = write_npz(digits)
    path.write_bytes(path.read_bytes()[: int(kept * path.stat().st_size)])
    with pytest.raises(DataError, match=r"mnist\.npz: expected an intact \.npz archive, found"):
        npz.load(path)


@pytest.mark.parametrize("position", range(0, 840, 40))
def test_a_damaged_archive_is_read_or_refused_and_nothing_else(
    write_npz: Write, digits: Arrays, position: int
) -> None:
    path = write_npz(digits)
    content = bytearray(path.read_bytes())
    content[position] ^= 0xFF
    path.write_bytes(content)
    try:
        npz.load(path)
    except DataError as refusal:
        assert "mnist.npz" in str(refusal)  # noqa: PT017
