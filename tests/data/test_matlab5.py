"""MAT-files of level 5, as SciPy writes them and as one builds them by hand: whole, damaged and hostile."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from gradwright.data import files, matlab5
from gradwright.errors import DataError

DTYPES = ["f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "course.mat"


def element(kind: int, body: bytes, order: str = "<", size: int | None = None) -> bytes:
    """An element of a file, padded to eight bytes unless deflated; ``size`` may lie."""
    tag = struct.pack(f"{order}II", kind, len(body) if size is None else size)
    return tag + body + (b"" if kind == 15 else bytes(-len(body) % 8))


def matrix(
    *,
    name: bytes = b"Yt",
    flags: int = 6,
    shape: tuple[int, ...] = (1, 2),
    kind: int = 9,
    body: bytes | None = None,
    order: str = "<",
) -> bytes:
    """A 1 x 2 matrix of the doubles 1 and 2 called Yt, unless it is told otherwise."""
    body = struct.pack(f"{order}2d", 1, 2) if body is None else body
    parts = (
        element(6, struct.pack(f"{order}II", flags, 0), order),
        element(5, struct.pack(f"{order}{len(shape)}i", *shape), order),
        element(1, name, order),
        element(kind, body, order),
    )
    return element(14, b"".join(parts), order)


def write(path: Path, *elements: bytes, order: str = "<", start: bytes = b"MATLAB 5.0 MAT-file") -> Path:
    end = struct.pack(f"{order}H", 0x0100) + (b"IM" if order == "<" else b"MI")
    path.write_bytes(start.ljust(124) + end + b"".join(elements))
    return path


@given(
    array=st.sampled_from(DTYPES).flatmap(
        lambda dtype: arrays_of.arrays(np.dtype(dtype), arrays_of.array_shapes(min_dims=2, max_dims=2))
    ),
    compressed=st.booleans(),
)
def test_matrices_come_back_as_scipy_wrote_them(
    tmp_path_factory: pytest.TempPathFactory, array: np.ndarray[Any, Any], compressed: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "oracle.mat"
    scipy.io.savemat(path, {"Yt": array, "other": "text"}, do_compression=compressed)
    found = matlab5.read(path, ("Yt", "Ct"))
    assert list(found) == ["Yt"]
    assert found["Yt"].dtype == array.dtype
    np.testing.assert_array_equal(found["Yt"], array)


@pytest.mark.parametrize("order", ["<", ">"])
def test_either_byte_order_is_read(path: Path, order: str) -> None:
    write(path, matrix(order=order), order=order)
    assert matlab5.read(path, ("Yt",))["Yt"].tolist() == [[1.0, 2.0]]


def test_doubles_that_are_stored_as_bytes_become_doubles(path: Path) -> None:
    write(path, matrix(kind=2, body=b"\x07\x09"))
    read = matlab5.read(path, ("Yt",))["Yt"]
    assert read.dtype == np.float64
    assert read.tolist() == [[7.0, 9.0]]


def test_a_deflated_element_of_any_length_is_followed_by_the_next_one(path: Path) -> None:
    packed = [
        element(15, zlib.compress(matrix(name=name, body=bytes(16)))) for name in (b"Yt", b"longer name")
    ]
    assert len(packed[1]) % 8 != 0
    write(path, packed[1], packed[0], matrix(name=b"Ct"))
    assert set(matlab5.read(path, ("Yt", "Ct"))) == {"Yt", "Ct"}


@pytest.mark.parametrize("value", [np.array([[1, "a"]], dtype=object), {"a": 1}, "text", scipy.sparse.eye(3)])
def test_variables_that_are_not_asked_for_are_passed_over(path: Path, value: Any) -> None:
    scipy.io.savemat(path, {"other": value, "Yt": np.eye(2)})
    assert set(matlab5.read(path, ("Yt",))) == {"Yt"}


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (np.array([[1, "a"]], dtype=object), "MATLAB class cell"),
        ({"a": 1}, "MATLAB class struct"),
        ("text", "MATLAB class char"),
        (scipy.sparse.eye(3), "MATLAB class sparse"),
        (np.ones((2, 2)) * 1j, "complex numbers"),
    ],
)
def test_what_is_not_a_matrix_of_real_numbers_is_refused(path: Path, value: Any, kind: str) -> None:
    scipy.io.savemat(path, {"Yt": value})
    with pytest.raises(DataError, match=rf"course\.mat: Yt: expected a matrix of real numbers, found {kind}"):
        matlab5.read(path, ("Yt",))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (matrix(shape=(3, 3)), r"Yt: expected 3 x 3 numbers, found 2"),
        (matrix(shape=(-2, -1)), "Yt: expected 4294967294 x 4294967295 numbers"),
        (matrix(shape=(2**31 - 1,) * 2), r"Yt: expected 2147483647 x 2147483647 numbers, found 2"),
        (matrix(shape=()), "Yt: expected a matrix, found 0 dimensions"),
        (matrix(shape=(1, 2, 1)), "Yt: expected a matrix, found 3 dimensions"),
        (matrix(kind=10), "Yt: expected an intact MATLAB file, found type 10 in place of numbers"),
        (matrix(body=bytes(15)), "damage: buffer size must be a multiple"),
        (matrix(flags=8), "damage: Cannot cast"),
        (matrix(flags=99), "Yt: expected a matrix of real numbers, found MATLAB class 99"),
        (matrix() + matrix(), "Yt: expected one matrix of this name, found two"),
        (element(7, b"abcd"), "found an element of type 7"),
        (element(14, b""), "damage: not enough values"),
        (element(14, element(6, b"")), "damage: not enough values"),
        (element(14, bytes(64), size=2**32 - 8), "found an element of 4294967288 bytes cut short"),
        (struct.pack("<HH", 1, 5) + b"12345678", "found an element of 5 bytes cut short"),
        (element(15, b"not deflated"), "damage: Error -3"),
        (element(15, zlib.compress(matrix())[:-9]), "a deflated matrix, found it cut short"),
        (element(15, zlib.compress(matrix() + matrix(name=b"Ct"))), "damage: too many values"),
        (element(15, zlib.compress(b"")), "damage: unpack_from requires"),
        (b"\0", "damage: unpack_from requires"),
    ],
)
def test_damage_is_named(path: Path, content: bytes, message: str) -> None:
    with pytest.raises(DataError, match=rf"course\.mat: .*{message}"):
        matlab5.read(write(path, content), ("Yt",))


def test_a_deflate_bomb_is_inflated_to_the_bound_at_most(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "FREE", 10_000)
    write(path, element(15, zlib.compress(matrix(shape=(1, 10**6), body=bytes(8 * 10**6)), 9)))
    assert path.stat().st_size < 10_000
    with pytest.raises(
        DataError, match=r"Yt: announces 8000056 bytes, expected at most \d+ in a file of this size"
    ):
        matlab5.read(path, ("Yt",))


def test_a_variable_that_nobody_seeks_is_inflated_to_its_name_alone(path: Path) -> None:
    bomb = zlib.compress(matrix(name=b"other", shape=(1, 10), body=bytes(80)))[:60]  # the rest is not there
    assert matlab5.read(write(path, element(15, bomb)), ("Yt",)) == {}


def test_bytes_that_would_become_too_many_doubles_are_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "FREE", 10_000)
    monkeypatch.setattr(files, "RATIO", 1)
    write(path, matrix(shape=(1, 5000), kind=2, body=bytes(5000)))
    with pytest.raises(DataError, match=r"Yt: comes to 40000 bytes, expected at most \d+ in a file"):
        matlab5.read(path, ("Yt",))


def test_a_file_above_the_bound_is_refused_unread(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matlab5, "MOST", 100)
    with pytest.raises(DataError, match="expected a file of at most 100 bytes, found 208"):
        matlab5.read(write(path, matrix()), ("Yt",))


def test_a_header_without_a_byte_order_is_refused(path: Path) -> None:
    path.write_bytes(b"MATLAB 5.0 MAT-file".ljust(128) + matrix())
    with pytest.raises(DataError, match="expected a byte order at the end of the header, found none"):
        matlab5.read(path, ("Yt",))


@pytest.mark.parametrize("compressed", [False, True])
def test_any_single_damaged_byte_is_survived(path: Path, compressed: bool) -> None:
    scipy.io.savemat(path, {"Yt": np.eye(3), "Ct": np.arange(4.0)}, do_compression=compressed)
    content = path.read_bytes()
    for position in range(len(content)):
        damaged = bytearray(content)
        damaged[position] ^= 0x81
        path.write_bytes(damaged)
        try:
            matlab5.read(path, ("Yt", "Ct"))
        except DataError as refusal:
            assert "course.mat" in str(refusal)  # noqa: PT017
