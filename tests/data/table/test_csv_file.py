"""Tables in CSV files: separators, names, gaps, blocks, and files that are none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradwright.data import Dataset
from gradwright.data.table.cells import numbers, plain_numbers, readings, text_of
from gradwright.data.table.csv_file import csv_blocks, form_of, read_csv
from gradwright.data.table.files import table_blocks
from gradwright.errors import DataError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "rows.csv"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(file: Path, separator: str) -> None:
    file.write_text(f"a{separator}b\n1{separator}x\n2{separator}y\n")
    assert form_of(file).separator == separator
    assert form_of(file).names == ("a", "b")


def test_decimal_commas_between_semicolons_are_no_separators(file: Path) -> None:
    file.write_text("a;b\n1,5;2,5\n3,5;4,5\n")
    assert {name: list(cells) for name, cells in read_csv(file).items()} == {
        "a": ["1,5", "3,5"],
        "b": ["2,5", "4,5"],
    }


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("a,b\n1,2\n", True),
        ("1,2\n3,4\n", False),
        ("x,y\nu,v\n", True),
        ("150,4,setosa\n1,2,0\n", True),
        ("b,30.83,0\na,58.67,4\n", False),
        ("age,?\n3,?\n", True),
        ("?,3\n1,4\n", False),
    ],
)
def test_the_first_line_holds_names_where_it_looks_like_it(file: Path, text: str, header: bool) -> None:
    file.write_text(text)
    assert form_of(file).header is header
    assert form_of(file, header=not header).header is not header


def test_a_column_whose_name_is_empty_is_numbered(file: Path) -> None:
    file.write_text(",a\n1,x\n2,y\n")
    assert list(read_csv(file)) == ["column 1", "a"]


def test_columns_without_names_are_numbered(file: Path) -> None:
    file.write_text("1,2\n3,4\n")
    assert list(read_csv(file)) == ["column 1", "column 2"]


def test_a_first_line_that_holds_the_columns_that_are_wanted_holds_names(file: Path) -> None:
    file.write_text("2019,2020,country\n1,2,France\n")
    assert not form_of(file).header
    assert form_of(file, wanted=["2019", "country"]).header


def test_numbers_are_numbers_all_else_is_text_and_gaps_are_gaps(file: Path) -> None:
    file.write_text('\ufeffa,b,c\n1,"x, y",007\n\n?,,3\n 2.5 ,<null>,4\n')
    found = read_csv(file)
    np.testing.assert_array_equal(found["a"], [1, np.nan, 2.5])
    assert found["b"].tolist() == ["x, y", None, None]
    assert found["c"].tolist() == ["007", "3", "4"]


def test_a_column_of_numbers_that_goes_on_as_text_was_text_all_along(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text("a,b\n" + "1.0,2\n" * 5 + "x,3\n")
    monkeypatch.setattr("gradwright.data.table.csv_file.csv_blocks.__defaults__", (2, ()))
    found = read_csv(file)
    assert found["a"].tolist() == ["1.0"] * 5 + ["x"]
    assert found["b"].tolist() == [2] * 5 + [3]


def test_columns_that_are_to_stay_texts_stay(file: Path) -> None:
    file.write_text("a,b\n1.50,2\n")
    assert read_csv(file, texts=["a"])["a"].tolist() == ["1.50"]


@pytest.mark.parametrize(
    "cell",
    [
        "1.5",
        "-2e3",
        "+.5",
        "7",
        "0",
        "0.5",
        "-0",
        "007",
        "-01",
        "1_0",
        "1,5",
        "inf",
        "nan",
        "x",
        "",
        " 4 ",
        "1e400",
    ],
)
def test_what_is_read_fast_is_read_alike(cell: str) -> None:
    cells = ["3", cell, "?"]
    fast, texts = plain_numbers(cells), np.array([text_of(each) for each in cells], object)
    if fast is None:
        assert "point" not in readings(texts) or cell == "inf"
    else:
        assert "point" in readings(texts)
        np.testing.assert_array_equal(fast, numbers("", texts, "point"))


def test_new_rows_are_read_in_the_notation_of_training(file: Path) -> None:
    file.write_text("a;y\n" + "".join(f"1.{k:03},5;{k % 2}\n" for k in range(30)))
    encoding: Any = Dataset.from_table(file, "y").encoding
    file.write_text("a\n1.234\n")
    (block,) = table_blocks(file, encoding)
    assert encoding.columns[0].encode(block["a"]) == encoding.columns[0].encode(np.array([1234.0]))


def test_blocks_are_the_rows_in_order(file: Path) -> None:
    file.write_text("a\n" + "".join(f"{k}\n" for k in range(5)))
    form = form_of(file)
    assert [block["a"].tolist() for block in csv_blocks(file, form, 2)] == [["0", "1"], ["2", "3"], ["4"]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"rows.csv: expected a table in CSV, found an empty file"),
        (b"\n\n", "found an empty file"),
        (b"a,b\n", "rows.csv: expected rows, found names alone"),
        (b"a,b\n1,2\n3\n", "rows.csv: line 3: expected 2 columns, found 1"),
        (b"a,a\n1,2\n", "found 'a' more than once in the first line; header=False where it holds no names"),
        (b"a\xff,b\n1,2\n", "found: no text in UTF-8"),
        (b'a,b\n"1,2\n' + b"3,4\n" * 40_000, "rows.csv: expected a table in CSV, found damage: field larger"),
    ],
)
def test_what_is_no_table_is_named(file: Path, content: bytes, message: str) -> None:
    file.write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_csv(file)


def test_a_file_that_is_not_there_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="found: no such file"):
        read_csv(tmp_path / "none.csv")
    with pytest.raises(DataError, match="found: a folder"):
        read_csv(tmp_path)


def test_a_file_of_one_column_has_nothing_to_learn_from(file: Path) -> None:
    file.write_text("y\n" + "1.5\n2.5\n" * 10)
    with pytest.raises(DataError, match="expected a column to learn from, found none; 'y': the target"):
        Dataset.from_table(file, "y")


def test_a_file_whose_target_has_decimal_commas_is_learned(file: Path) -> None:
    file.write_text("a;y\n" + "".join(f"{k},5;{k},25\n" for k in range(30)))
    found: Any = Dataset.from_table(file, "y", validation=None)
    np.testing.assert_array_equal(found.train.y, np.arange(30) + 0.25)
    assert found.encoding.words()["a"].startswith("with a decimal comma")
