"""Pickled batches are read without running them; whatever more a pickle asks for is refused by name."""

from __future__ import annotations

import os
import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradwright.data import pickles
from gradwright.errors import DataError

READABLE_PROTOCOLS = [2, 3, 4]  # 5 pickles arrays by another function; 0 and 1 are older than CIFAR-10


@pytest.fixture
def load(tmp_path: Path) -> Callable[[bytes], dict[str, Any]]:
    def write_and_load(content: bytes) -> dict[str, Any]:
        (tmp_path / "data_batch_1").write_bytes(content)
        return pickles.load(tmp_path / "data_batch_1")

    return write_and_load


Load = Callable[[bytes], dict[str, Any]]


@pytest.mark.parametrize("protocol", READABLE_PROTOCOLS)
@pytest.mark.parametrize(
    "array",
    [
        np.arange(6, dtype=np.uint8).reshape(2, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.array([1, -2], dtype=">i4"),
        np.array([True, False]),
    ],
)
def test_arrays_come_back_as_they_were(load: Load, protocol: int, array: np.ndarray[Any, Any]) -> None:
    read = load(pickle.dumps({"data": array}, protocol=protocol))["data"]
    np.testing.assert_array_equal(read, array)
    assert read.dtype == array.dtype


@pytest.mark.parametrize("protocol", READABLE_PROTOCOLS)
def test_plain_values_come_back_as_they_were(load: Load, protocol: int) -> None:
    values = {
        "numbers": [0, 255, 256, -1, 2**20, 2**40, 0.5],
        "texts": ["", "cat", "é", "x" * 300],
        "tuples": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)],
        "constants": [None, True, False],
        "nested": {"one": [1], "empty": {}},
        "shared": ["same"] * 2,
    }
    assert load(pickle.dumps(values, protocol=protocol)) == values


def test_one_item_lists_and_dictionaries_and_many_memo_entries_are_read(load: Load) -> None:
    values = {"one": [1], "many": [f"file {i}" for i in range(2000)]}
    assert load(pickle.dumps(values, protocol=2)) == values


@pytest.mark.parametrize("protocol", READABLE_PROTOCOLS)
def test_keys_of_bytes_become_text(load: Load, protocol: int) -> None:
    assert load(pickle.dumps({b"data": 1}, protocol=protocol)) == {"data": 1}


def test_the_eight_bit_strings_of_python_2_become_text(load: Load) -> None:
    assert load(b"\x80\x02}U\x06labelsU\x02\xe9!s.") == {"labels": "é!"}


def python_2_array(shape: bytes, body: bytes, code: bytes = b"u1", start: bytes = b"K\x00\x85") -> bytes:
    """A dictionary with one array, written as Python 2 wrote it, with whatever shape and bytes one likes."""
    return (
        b"\x80\x02}U\x04datacnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n"
        + start
        + b"U\x01b\x87R(K\x01"
        + shape
        + b"cnumpy\ndtype\nU"
        + bytes([len(code)])
        + code
        + b"K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T"
        + struct.pack("<i", len(body))
        + body
        + b"tbs."
    )


def test_an_array_without_rows_is_read(load: Load) -> None:
    assert load(python_2_array(b"K\x00K\x04\x86", b""))["data"].shape == (0, 4)


def test_an_array_written_by_python_2_is_read(load: Load) -> None:
    read = load(python_2_array(b"K\x02K\x02\x86", b"\x00\x7f\x80\xff"))["data"]
    assert read.tolist() == [[0, 127], [128, 255]]


class Call:
    """Pickles as a call of ``function`` with ``arguments``."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.reduced = (function, arguments)

    def __reduce__(self) -> tuple[Any, ...]:
        return self.reduced


@pytest.mark.parametrize("protocol", READABLE_PROTOCOLS)
@pytest.mark.parametrize(
    ("function", "name"),
    [
        (os.system, "system"),
        (eval, "eval"),
        (Path, "Path"),
        (np.frombuffer, "frombuffer"),
        (getattr, "getattr"),
    ],
)
def test_a_function_that_is_not_on_the_list_is_named_and_never_called(
    load: Load, tmp_path: Path, protocol: int, function: Any, name: str
) -> None:
    command = f"touch {tmp_path / 'executed'}"
    with pytest.raises(DataError, match=rf"data_batch_1: the function '.*{name}' is refused"):
        load(pickle.dumps({"data": Call(function, command)}, protocol=protocol))
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (Call(np.ndarray, (10**11,)), r"the call ndarray\(\(100000000000,\),\) is refused"),
        (Call(np.dtype, "O"), r"the call dtype\('O',\) is refused"),
        (Call(np.dtype, "V800000000", False, True), "the call dtype.* is refused"),
    ],
)
def test_an_allowed_function_used_for_something_else_is_refused(load: Load, call: Call, message: str) -> None:
    with pytest.raises(DataError, match=f"data_batch_1: {message}"):
        load(pickle.dumps({"data": call}, protocol=2))


def test_an_array_of_objects_is_refused(load: Load) -> None:
    with pytest.raises(DataError, match=r"the call dtype.* is refused"):
        load(pickle.dumps({"data": np.array([None, "a"], dtype=object)}, protocol=2))


HUGE = b"\x8a\x06" + (10**11).to_bytes(6, "little")  # the number 10^11, as LONG1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (python_2_array(HUGE + b"\x85", b""), "sizes of an array, found"),
        (
            python_2_array(b"J\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x86", b""),
            "expected 4611686014132420609 bytes",
        ),
        (python_2_array(b"K\x02K\x02\x86", b"abc"), r"expected 4 bytes for uint8 \(2, 2\), found 3"),
        (python_2_array(b"J\xff\xff\xff\xff\x85", b""), r"sizes of an array, found \(-1,\)"),
        (python_2_array(b"(" + b"K\x01" * 33 + b"t", b"a"), "sizes of an array, found"),
        (python_2_array(b"U\x01a\x85", b"a"), r"sizes of an array, found \('a',\)"),
        (python_2_array(b"K\x02\x85", b"ab", start=HUGE + b"\x85"), "the call _reconstruct.* is refused"),
        (python_2_array(b"K\x01\x85", b"a", code=b"f1"), "expected an intact pickle, found damage"),
    ],
)
def test_an_array_whose_size_does_not_fit_its_bytes_is_refused(
    load: Load, content: bytes, message: str
) -> None:
    with pytest.raises(DataError, match=f"data_batch_1: .*{message}"):
        load(content)


def test_the_same_bytes_cannot_be_turned_into_arrays_again_and_again(load: Load) -> None:
    body = "x" * 1000
    state = (1, (1000,), np.dtype(np.uint8), False, body)

    class Repeated:
        def __reduce__(self) -> tuple[Any, ...]:
            reconstruct = np.zeros(0).__reduce__()[0]
            return reconstruct, (np.ndarray, (0,), b"b"), state

    content = {str(i): Repeated() for i in range(20)}
    with pytest.raises(
        DataError, match="no more bytes of array than the file has, found some used repeatedly"
    ):
        load(pickle.dumps(content, protocol=4))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\x80\x02r\xff\xff\xff\xff.", "intact pickle, found damage"),  # a memo of 4 billion entries
        (b"\x80\x02X\xff\xff\xff\x7fabc.", "intact pickle, found damage"),  # a text of 2 GiB
        (b"\x80\x04\x8e" + b"\xff" * 7 + b"\x7fabc.", "intact pickle, found damage"),  # bytes of 8 EiB
        (b"\x80\x05\x96" + b"\xff" * 7 + b"\x7fabc.", "intact pickle, found damage"),  # a bytearray
        (b"\x80\x02\x8b\xff\xff\xff\x7fabc.", "intact pickle, found damage"),  # a number of 2 GiB
        (b"\x80\x02" + b"]" * 100_000 + b"a" * 99_999 + b".", "expected a pickled dictionary, found list"),
        (b"\x80\x02" + b"}" * 500_001 + b".", "at most 500000 pickle instructions, found more"),
        (b"\x80\x02}" + b"0.", "the instruction POP is refused"),
        (b"(i os\nsystem\n.", "the instruction INST is refused"),
        (b"\x80\x02cnumpy\ndtype\n)\x81.", "the instruction NEWOBJ is refused"),
        (b"\x80\x02\x82\x01.", "the instruction EXT1 is refused"),
        (b"\x80\x02U\x01xQ.", "the instruction BINPERSID is refused"),
        (b"\x80\x02]Nb.", r"expected a NumPy array and its state, found None"),
        (b"\x80\x02}NNs.", "expected a text as a dictionary's key, found NoneType"),
        (b"\x80\x02]NNs.", "expected a dict to put items into, found list"),
        (b"\x80\x02}Na.", "expected a list to put items into, found dict"),
        (b"\x80\x02}(K\x01u.", "intact pickle, found damage"),
        (b"\x80\x02h\x07.", "intact pickle, found damage"),
        (b"\x80\x02NNR.", r"the call NoneType.* is refused"),
        (b"\x80\x02.", "intact pickle, found damage"),
        (b"\x80\x02s.", "intact pickle, found damage"),
        (b"\x80\x02t.", "intact pickle, found damage"),
        (b"\x80\x02K\x01.", "expected a pickled dictionary, found int"),
        (b"\x80\x02}", "intact pickle, found damage"),
        (b"\xff\xfe", "intact pickle, found damage"),
    ],
)
def test_bombs_and_damage_are_refused_with_a_word_on_what_they_are(
    load: Load, content: bytes, message: str
) -> None:
    with pytest.raises(DataError, match=f"data_batch_1: .*{message}"):
        load(content)


def test_a_file_above_the_bound_is_refused_unread(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pickles, "MOST_BYTES", 100)
    with pytest.raises(DataError, match="expected a pickle of at most 100 bytes, found 101"):
        load(bytes(101))


@pytest.mark.parametrize("kept", range(0, 300, 23))
def test_a_truncated_pickle_is_refused(load: Load, kept: int) -> None:
    content = pickle.dumps({"data": np.zeros((9, 20), np.uint8), "labels": list(range(9))}, protocol=2)
    with pytest.raises(DataError, match="data_batch_1: "):
        load(content[:kept])


@given(noise=st.binary(min_size=1, max_size=40), position=st.integers(0, 250))
def test_noise_anywhere_is_read_or_refused_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, position: int
) -> None:
    content = bytearray(pickle.dumps({"data": np.zeros((9, 20), np.uint8), "labels": [1, 2]}, protocol=2))
    content[position : position + len(noise)] = noise
    path = tmp_path_factory.getbasetemp() / "noisy"
    path.write_bytes(content)
    try:
        assert isinstance(pickles.load(path), dict)
    except DataError as refusal:
        assert "noisy" in str(refusal)  # noqa: PT017
