"""IDX files, plain and compressed, are read as they stand or refused with what was expected and found."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradwright.data import idx
from gradwright.errors import DataError

Arrays = dict[str, np.ndarray[Any, Any]]
Build = Callable[..., bytes]


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


plain_and_compressed = pytest.mark.parametrize("name", ["images", "images.gz"])


def test_a_folder_is_read_into_flat_rows_of_bytes_with_unit_scale(idx_folder: Path, digits: Arrays) -> None:
    data = idx.load_folder(idx_folder)
    np.testing.assert_array_equal(data.train.x, digits["x_train"].reshape(5, 16))
    assert data.train.x.dtype == np.uint8
    assert data.train.y.tolist() == [3, 0, 1, 2, 1]
    assert data.test is not None
    assert data.test.y.tolist() == [2, 2, 0]
    assert data.classes == ("0", "1", "2", "3")
    assert data.source == "IDX files in mnist"
    np.testing.assert_array_equal(data.inputs("train", np.float64), data.train.x * (1 / 255))


def test_compressed_files_and_the_dotted_spelling_give_the_same_data(idx_folder: Path) -> None:
    expected = idx.load_folder(idx_folder).checksum()
    for file in list(idx_folder.iterdir()):
        write(idx_folder / f"{file.name.replace('-idx', '.idx')}.gz", file.read_bytes())
        file.unlink()
    assert idx.is_folder(idx_folder)
    assert idx.load_folder(idx_folder).checksum() == expected


def test_a_folder_is_known_by_its_training_images(idx_folder: Path, tmp_path: Path) -> None:
    assert idx.is_folder(idx_folder)
    assert not idx.is_folder(tmp_path)
    assert not idx.is_folder(tmp_path / "nowhere")


@given(shape=st.lists(st.integers(1, 5), min_size=1, max_size=4), compressed=st.booleans())
def test_any_array_of_bytes_comes_back_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, idx_bytes: Build, shape: list[int], compressed: bool
) -> None:
    array = np.random.default_rng(0).integers(256, size=shape, dtype=np.uint8)
    path = tmp_path_factory.getbasetemp() / ("array.gz" if compressed else "array")
    np.testing.assert_array_equal(idx.read(write(path, idx_bytes(array)), len(shape)), array)


@plain_and_compressed
@pytest.mark.parametrize(
    ("kept", "message"),
    [
        (2, "expected an IDX file starting with 00 00 08 03, found 00 00$"),
        (10, "expected 3 sizes, found the file cut short among them"),
        (40, r"80 bytes"),
    ],
)
def test_a_truncated_file_is_named_in_the_message(
    tmp_path: Path, digits: Arrays, idx_bytes: Build, name: str, kept: int, message: str
) -> None:
    path = write(tmp_path / name, idx_bytes(digits["x_train"])[:kept])
    with pytest.raises(DataError, match=f"{re.escape(str(path))}: .*{message}"):
        idx.read(path, 3)


@plain_and_compressed
def test_a_file_with_bytes_to_spare_is_refused(
    tmp_path: Path, digits: Arrays, idx_bytes: Build, name: str
) -> None:
    path = write(tmp_path / name, idx_bytes(digits["x_train"]) + b"\0")
    with pytest.raises(DataError, match=r"expected 80 bytes after the header \(5, 4, 4\), found more"):
        idx.read(path, 3)


@plain_and_compressed
@pytest.mark.parametrize("magic", [b"\0\0\x08\x01", b"\0\0\x0d\x03", b"\x08\x03\0\0", b"%PDF"])
def test_another_magic_number_is_shown(
    tmp_path: Path, digits: Arrays, idx_bytes: Build, name: str, magic: bytes
) -> None:
    path = write(tmp_path / name, idx_bytes(digits["x_train"], magic=magic))
    with pytest.raises(DataError, match=f"starting with 00 00 08 03, found {magic.hex(' ')}"):
        idx.read(path, 3)


@plain_and_compressed
def test_huge_announced_sizes_are_refused_before_memory_is_taken(
    tmp_path: Path, digits: Arrays, idx_bytes: Build, name: str
) -> None:
    path = write(tmp_path / name, idx_bytes(digits["x_train"], shape=(2**32 - 1,) * 3))
    with pytest.raises(DataError, match=f"announces {(2**32 - 1) ** 3} bytes .* expected at most"):
        idx.read(path, 3)


def test_a_gzip_bomb_is_unpacked_to_one_byte_more_than_announced_at_most(
    tmp_path: Path, digits: Arrays, idx_bytes: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "images.gz", idx_bytes(digits["x_train"]) + bytes(10**7))
    asked_for = []
    read = gzip.GzipFile.read

    def spy(self: gzip.GzipFile, size: int | None = -1) -> bytes:
        asked_for.append(size)
        return read(self, size)

    monkeypatch.setattr(gzip.GzipFile, "read", spy)
    with pytest.raises(DataError, match="found more"):
        idx.read(path, 3)
    assert asked_for == [4, 12, 81]


@pytest.mark.parametrize("position", [0, 15, -6])
def test_a_damaged_gzip_file_is_refused(
    tmp_path: Path, digits: Arrays, idx_bytes: Build, position: int
) -> None:
    path = write(tmp_path / "images.gz", idx_bytes(digits["x_train"]))
    content = bytearray(path.read_bytes())
    content[position] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"images\.gz: expected "):
        idx.read(path, 3)


def test_a_gzip_file_cut_short_is_refused(tmp_path: Path, digits: Arrays, idx_bytes: Build) -> None:
    path = write(tmp_path / "images.gz", idx_bytes(digits["x_train"]))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match=r"images\.gz: expected an intact gzip file, found damage"):
        idx.read(path, 3)


def test_labels_that_do_not_match_the_images_are_refused_with_both_names(
    idx_folder: Path, idx_bytes: Build
) -> None:
    (idx_folder / "t10k-labels-idx1-ubyte").write_bytes(idx_bytes(np.zeros(4)))
    with pytest.raises(DataError, match=r"t10k-images.* with t10k-labels.*found 3 and 4"):
        idx.load_folder(idx_folder)


def test_a_test_label_beyond_every_class_is_refused_if_training_labels_end_sooner(
    idx_folder: Path, idx_bytes: Build
) -> None:
    (idx_folder / "t10k-labels-idx1-ubyte").write_bytes(idx_bytes(np.array([0, 200, 1])))
    with pytest.raises(DataError, match=r"test: expected labels 0 \.\. 3, found 200 in row 1"):
        idx.load_folder(idx_folder)


def test_a_missing_file_is_named_in_both_spellings(idx_folder: Path) -> None:
    (idx_folder / "train-labels-idx1-ubyte").unlink()
    with pytest.raises(DataError, match=r"expected a file train-labels-idx1-ubyte or .*\.gz, found none"):
        idx.load_folder(idx_folder)
