"""Tables in Parquet and Arrow files: the rows of the frame, in parts, bounded, by either library."""

from __future__ import annotations

import datetime
import gzip
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from gradwright.data import Dataset
from gradwright.data.table import TableEncoding
from gradwright.data.table.files import read_table, table_blocks
from gradwright.data.table.frames import columns_of
from gradwright.errors import ConfigError, DataError

FRAME = pl.DataFrame(
    {
        "size": [52.5, None, 61.0, 70.5, 44.0],
        "rooms": [2, None, 3, 4, 1],
        "town": ["Ulm", "Bonn", None, "Ulm", "Graz"],
        "kind": pl.Series(["a", None, "b", "a", "b"], dtype=pl.Categorical),
        "new": [True, False, None, False, True],
        "day": [datetime.date(2024, 1, 1 + k) for k in range(5)],
    }
)
SUFFIXES = ("csv", "csv.gz", "parquet", "arrow")
LIBRARIES = [name for name in ("polars", "pyarrow") if importlib.util.find_spec(name)]


@pytest.fixture(params=LIBRARIES)
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The one library that is there."""
    name = str(request.param)
    found = importlib.util.find_spec
    others = {"polars", "pyarrow"} - {name}
    monkeypatch.setattr(
        "gradwright.data.table.column_files.importlib.util.find_spec",
        lambda n: None if n in others else found(n),
    )
    return name


def write(suffix: str, path: Path, frame: pl.DataFrame = FRAME) -> Path:
    file = path / f"flats.{suffix}"
    writers: dict[str, Callable[[Path], Any]] = {
        "csv": frame.write_csv,
        "csv.gz": lambda path: path.write_bytes(gzip.compress(frame.write_csv().encode())),
        "parquet": lambda path: frame.write_parquet(path, row_group_size=2),
        "arrow": frame.write_ipc,
    }
    writers[suffix](file)
    return file


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_is_encoded_as_its_frame(suffix: str, tmp_path: Path) -> None:
    path = write(suffix, tmp_path)
    encoding = TableEncoding.fit(FRAME, dates="split")
    expected = encoding.encode(FRAME)
    np.testing.assert_array_equal(encoding.encode(read_table(path)), expected)
    assert TableEncoding.fit(read_table(path), dates="split").words() == encoding.words()
    for rows in (1, 2, 5, 9):
        parts = [encoding.encode(block) for block in table_blocks(path, encoding, rows)]
        assert all(len(part) <= rows for part in parts)
        np.testing.assert_array_equal(np.concatenate(parts), expected)


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("suffix", ["parquet", "arrow"])
def test_a_column_is_the_same_kind_as_in_the_frame(suffix: str, tmp_path: Path) -> None:
    found, expected = read_table(write(suffix, tmp_path)), columns_of("table", FRAME)
    assert {name: column.dtype for name, column in found.items()} == {
        name: column.dtype for name, column in expected.items()
    }


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("suffix", ["parquet", "arrow"])
def test_a_file_that_says_it_holds_very_many_cells_is_refused(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gradwright.data.files.FREE", 2**20)
    path = write(suffix, tmp_path, pl.DataFrame({"a": np.zeros(2**18)}))
    if path.stat().st_size < 2**16:  # Arrow's own format packs nothing
        with pytest.raises(
            DataError, match=r"flats.\w+: expected a table of at most 1,\d+,\d+ bytes, .* 262,144"
        ):
            read_table(path)


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("suffix", ["parquet", "arrow"])
@pytest.mark.parametrize("content", [b"", b"PAR1", b"ARROW1\0\0", b"nonsense" * 100])
def test_what_is_no_table_is_named(suffix: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"flats.{suffix}"
    path.write_bytes(content)
    with pytest.raises(DataError, match=f"flats.{suffix}: expected an intact table, found"):
        read_table(path)


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("suffix", ["parquet", "arrow"])
def test_a_table_without_rows_is_named(suffix: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=f"flats.{suffix}: expected rows, found none"):
        read_table(write(suffix, tmp_path, FRAME[:0]))


def test_without_either_library_one_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("parquet", tmp_path)
    monkeypatch.setattr("gradwright.data.table.column_files.importlib.util.find_spec", lambda _: None)
    with pytest.raises(
        ConfigError, match=r'expected pyarrow or polars to read it, .* "gradwright\[tables\]"'
    ):
        read_table(path)


def test_a_suffix_of_no_table_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").touch()
    with pytest.raises(DataError, match=r"a.xlsx: expected one of .csv, .tsv, .* found .xlsx"):
        read_table(tmp_path / "a.xlsx")


@pytest.mark.parametrize("name", ["flats.csv.zst", "flats.csv.bz2", "flats.csv.zip", "flats.parquet.gz"])
def test_what_is_packed_otherwise_is_to_be_unpacked_first(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"whatever")
    message = f"{name}: expected a table that is not packed, or .csv.gz; unpack it first"
    with pytest.raises(DataError, match=message):
        read_table(tmp_path / name)


def test_a_packed_file_that_was_cut_short_or_comes_to_very_much_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("csv.gz", tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-12])
    with pytest.raises(DataError, match=r"flats.csv.gz: expected a table in CSV, found damage: "):
        read_table(path)
    path.write_bytes(gzip.compress(b"a,b\n" + b"1,2\n" * 50_000))
    assert read_table(path).rows == 50_000
    monkeypatch.setattr("gradwright.data.table.csv_file.most_unpacked", lambda packed: 10 * packed)
    with pytest.raises(DataError, match=r"expected at most 2,3.. bytes of text, .* unpack it first"):
        read_table(path)
    encoding = TableEncoding.fit({"a": [1, 2, 3], "b": [2, 4, 1]})
    assert sum(block.rows for block in table_blocks(path, encoding)) == 50_000  # a part at a time


def test_a_data_set_is_read_from_parquet(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": np.arange(40) / 2, "y": ["p", "q"] * 20})
    path = write("parquet", tmp_path, frame)
    found: Any = Dataset.from_table(path, "y")
    np.testing.assert_array_equal(found.train.x, Dataset.from_table(frame, "y").train.x)
    assert found.source == "flats.parquet, validation = 0.2 drawn by seed 0"
