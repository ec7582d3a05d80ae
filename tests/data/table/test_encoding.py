"""What a table's columns become: centred numbers, categories, dates, and what is said of them."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import polars as pl
import pytest

from gradwright.data.table import CategoryColumn, NumberColumn, TableEncoding
from gradwright.data.table.unlike import together
from gradwright.errors import ConfigError, DataError, RecordError


def column(values: list[Any], **settings: Any) -> Any:
    return TableEncoding.fit({"a": values}, **settings)


def encoded(values: list[Any], new: list[Any] | None = None, **settings: Any) -> Any:
    return column(values, **settings).encode({"a": values if new is None else new}).tolist()


def test_numbers_are_centred_by_the_median_scaled_by_the_quartiles_and_clipped_softly() -> None:
    values = np.random.default_rng(0).normal(5, 3, 1000)
    low, median, high = np.quantile(values, (0.25, 0.5, 0.75))
    z = (values - median) / (high - low)
    np.testing.assert_allclose(
        TableEncoding.fit({"a": values}).encode({"a": values})[:, 0],
        z / np.sqrt(1 + (z / 3) ** 2),
        rtol=1e-6,  # float32 has 6e-8
        atol=1e-7,
    )


def test_numbers_whose_quartiles_meet_are_scaled_by_half_their_range() -> None:
    assert column([0.0] * 9 + [8.0]).columns == (NumberColumn("a", 0, 4),)


def test_huge_and_infinite_numbers_end_at_three() -> None:
    assert encoded([1.0, 2.0, 3.0], [1e308, -1e308, np.inf, -np.inf]) == [[3], [-3], [3], [-3]]
    found = encoded([1e308, -1e308, 0.0, 1.0])
    assert np.isfinite(found).all()


def test_a_missing_number_becomes_the_median_and_is_marked_where_training_had_such() -> None:
    assert encoded([1.0, 2.0, 3.0], [np.nan]) == [[0]]
    assert encoded([1.0, 2.0, None, 3.0], [None, 2.0]) == [[0, 1], [0, 0]]


def test_a_category_of_two_values_is_one_column_and_an_unknown_one_is_zero() -> None:
    assert encoded(["m", "f", "f"], ["f", "m", "x", None]) == [[-1], [1], [0], [0]]


def test_a_category_of_more_is_one_hot_in_the_order_of_the_alphabet() -> None:
    assert encoded(["b", "c", "a"], ["a", "c", "z"]) == [[1, 0, 0], [0, 0, 1], [0, 0, 0]]


def test_a_gap_is_a_value_of_its_own_where_training_had_one() -> None:
    found = column(["b", "a", None, "?"])
    assert found.names == ("a: a", "a: b", "a: missing")
    assert found.encode({"a": [None, "?", "a"]}).tolist() == [[0, 0, 1], [0, 0, 1], [1, 0, 0]]


def test_a_category_of_many_values_becomes_an_index_where_that_is_asked() -> None:
    found = column(["b", "c", "a", None], one_hot_up_to=3)
    assert found.encode({"a": ["a", "c", None, "z"]}).tolist() == [[1], [3], [4], [0]]
    assert (found.roles, found.sizes) == (("index",), (4,))
    assert column(["b", "c", "a"], one_hot_up_to=3).sizes == (0, 0, 0)


def test_the_rarest_of_ten_thousand_categories_are_pooled_and_that_is_said() -> None:
    values = [f"v{k}" for k in range(10_000)] * 2 + ["v7"]
    found = column(values)
    assert len(found.names) == 257
    assert found.encode({"a": ["v7", "v9999", "never seen"]}).sum(axis=1).tolist() == [1, 1, 1]
    assert found.encode({"a": ["v9999"]})[0, -1] == 1
    assert found.words()["a"] == "one-hot in 257 columns; the 9,744 rarest values, and unknown ones, are one"
    assert column(values, one_hot_up_to=9).sizes == (10_000,)


def test_the_values_that_are_kept_are_the_most_frequent() -> None:
    found = column([*"abcde", *"zzyy"] * 3, most_values=2)
    assert found.names == ("a: y", "a: z", "a: others")


def test_booleans_are_the_same_from_a_frame_a_text_and_a_file() -> None:
    found = column([True, False])
    assert found.columns[0].kind == "boolean"
    assert found.encode({"a": [True, False]}).tolist() == [[1], [-1]]
    assert found.encode({"a": ["true", "FALSE"]}).tolist() == [[1], [-1]]


def test_whole_numbers_are_the_same_categories_as_floats_and_as_texts() -> None:
    found = column([1, 2, 3], kinds={"a": "category"})
    assert found.encode({"a": [3.0, 1.0]}).tolist() == found.encode({"a": ["3", "1"]}).tolist()
    assert found.encode({"a": [3, 1]}).tolist() == [[0, 0, 1], [1, 0, 0]]


def test_a_few_words_among_numbers_are_asked_about() -> None:
    values = [str(k) for k in range(39)] + ["oops"]
    with pytest.raises(
        DataError, match=r"column 'a': expected a number as in 39 of 40 rows, found 'oops'; .*kinds="
    ):
        column(values)
    assert column(values, kinds={"a": "category"}).columns[0].kind == "category"
    assert column([*values[:-1], ""]).columns[0].missing
    assert column(["x"] * 10 + values[:30]).columns[0].kind == "category"


def test_texts_that_are_numbers_are_numbers_and_codes_are_not() -> None:
    assert column(["1.5", "2", "-3e2", None]).columns[0].kind == "number"
    assert column(["007", "123", "123"]).columns[0].kind == "category"
    assert column(["1.5", "2"], kinds={"a": "category"}).columns[0].kind == "category"


def test_numbers_with_decimal_commas_are_read_and_that_is_said() -> None:
    found = column(["1,5", "2,25", "1.234,5", None])
    assert isinstance(found.columns[0], NumberColumn)
    assert found.columns[0].center == 2.25
    assert found.words()["a"].startswith("with a decimal comma; minus the median 2.25")
    assert found.encode({"a": ["2,25"]})[0, 0] == 0


def test_commas_of_two_meanings_are_asked_for() -> None:
    with pytest.raises(DataError, match=r"column 'a': '1,234' may have a decimal comma, .* decimal=\",\""):
        column(["1,234", "12"])
    assert column(["1,234", "12"], decimal=",").columns[0].center == pytest.approx((1.234 + 12) / 2)
    assert column(["1,234", "12"], decimal=".").columns[0].center == (1234 + 12) / 2
    assert column(["1,234,567", "12"]).columns[0].notation == "thousands"


def test_dates_are_refused_in_words_or_split_by_wish() -> None:
    days = ["2024-01-31", "2024-02-29", "2024-03-01"]
    with pytest.raises(DataError, match=r"column 'a': it holds dates \(2024-01-31\); dates=\"split\""):
        column(days)
    found = column(days, dates="split")
    assert found.names == ("a: days", "a: month", "a: day", "a: weekday")
    typed = [datetime.date.fromisoformat(day) for day in days]
    np.testing.assert_array_equal(found.encode({"a": days}), found.encode({"a": typed}))
    np.testing.assert_array_equal(found.encode({"a": days}), found.encode({"a": pd.to_datetime(days)}))


def test_the_parts_of_a_date_are_those_of_the_calendar() -> None:
    moments = [datetime.datetime(2024, 2, 29, 18, 30), datetime.datetime(1969, 12, 31), None]
    found = column(moments, dates="split").columns[0]
    medians = {part.name.removeprefix("a: "): 2 * part.center for part in found.parts}  # of two: their mean
    leap = datetime.date(2024, 2, 29)
    days = leap.toordinal() - datetime.date(1970, 1, 1).toordinal()
    assert medians == {
        "days": days - 1,
        "year": 2024 + 1969,
        "month": 14,
        "day": 60,
        "weekday": leap.weekday() + 2,
        "hour": 18.5,
    }
    assert [part.missing for part in found.parts] == [True] + [False] * 5


def test_a_date_that_may_be_read_in_two_ways_is_refused() -> None:
    with pytest.raises(DataError, match=r"'03.04.2024' may be a date, of which day and month"):
        column(["03.04.2024", "12.12.2024"], dates="split")


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ([7, 7, 7], "'7' in every row"),
        (["x", "x"], "'x' in every row"),
        ([None, None], "no value in any row"),
        ([f"name {k}" for k in range(30)], "a text of its own in each row, such as 'name 0'"),
    ],
)
def test_columns_that_tell_nothing_are_left_out_and_that_is_said(values: list[Any], why: str) -> None:
    found = TableEncoding.fit({"a": values, "b": range(len(values))})
    assert found.words()["a"] == f"left out: {why}"
    with pytest.raises(DataError, match=r"expected a column to learn from, found none; 'a': "):
        column(values)


def test_a_constant_with_gaps_is_its_gaps() -> None:
    assert encoded([7.0, None, 7.0]) == [[0, 0], [0, 1], [0, 0]]


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame, dict])
def test_frames_of_all_libraries_are_the_same_table(library: Any) -> None:
    plain = {"n": [1.0, 2.0, 4.0], "k": [1, 2, 3], "c": ["x", "y", "z"], "b": [True, False, True]}
    expected = TableEncoding.fit(plain)
    assert TableEncoding.fit(library(plain)) == expected
    np.testing.assert_array_equal(expected.encode(library(plain)), expected.encode(plain))


@pytest.mark.parametrize(
    "gappy",
    [
        pd.DataFrame({"a": pd.array([1, None, 3, 8], "Int64"), "c": pd.Categorical(["x", None, "z", "y"])}),
        pd.DataFrame({"a": [1, np.nan, 3, 8], "c": ["x", pd.NA, "z", "y"]}),
        pl.DataFrame({"a": [1, None, 3, 8], "c": pl.Series(["x", None, "z", "y"], dtype=pl.Categorical)}),
        {"a": [Decimal(1), None, Decimal(3), Decimal(8)], "c": ["x", "NA", " z ", "y"]},
    ],
)
def test_gaps_of_all_libraries_are_gaps(gappy: Any) -> None:
    assert TableEncoding.fit(gappy).encode(gappy).round(3).tolist() == (
        TableEncoding.fit({"a": [1.0, None, 3.0, 8.0], "c": ["x", None, "z", "y"]})
        .encode({"a": [1.0, None, 3.0, 8.0], "c": ["x", None, "z", "y"]})
        .round(3)
        .tolist()
    )


def test_a_category_of_numbers_in_pandas_stays_a_category() -> None:
    frame = pd.DataFrame({"a": pd.Categorical([3, 1, 2])})
    assert TableEncoding.fit(frame).names == ("a: 1", "a: 2", "a: 3")


def test_the_fit_knows_of_no_other_rows_than_those_it_is_given() -> None:
    rows, more = {"a": [1.0, 2.0, 3.0]}, {"a": [100.0, 200.0]}
    before = TableEncoding.fit(rows)
    before.encode(more)
    assert before == TableEncoding.fit(rows)


def test_it_survives_json() -> None:
    table = {
        "n": [0.1, None, 1e-300],
        "c": ["x", "y", None],
        "d": ["2024-01-01", "2023-05-05", None],
        "same": [1, 1, 1],
    }
    found = TableEncoding.fit(table, dates="split", one_hot_up_to=2)
    again = TableEncoding.from_dict(json.loads(json.dumps(found.to_dict())))
    assert again == found
    np.testing.assert_array_equal(again.encode(table), found.encode(table))


@pytest.mark.parametrize(
    ("plain", "message"),
    [
        (3, "where: expected the encoding of a table, found 3"),
        ({"columns": [], "left_out": {}}, "expected the encoding of a table"),
        (
            {"columns": [{"kind": "colour"}], "left_out": {}},
            "columns.0: expected a column of the kinds number, .*'colour'",
        ),
        ({"columns": [{"kind": "number", "name": "a"}], "left_out": {}}, "columns.0: .*center"),
        (
            {
                "columns": [{"kind": "number", "name": "a", "center": 1, "scale": float("nan")}],
                "left_out": {},
            },
            "scale.*finite",
        ),
        ({"columns": [{"kind": "number", "name": "a", "centre": 1}], "left_out": {}}, "'centre'"),
    ],
)
def test_a_record_that_is_none_is_refused(plain: Any, message: str) -> None:
    with pytest.raises(RecordError, match=message):
        TableEncoding.from_dict(plain, "where")


def test_a_column_that_is_missing_is_named_with_the_nearest() -> None:
    with pytest.raises(DataError, match=r"table: expected a column 'a', found none; did you mean 'A'\?"):
        column([1, 2]).encode({"A": [1], "B": [2]})


def test_new_columns_are_not_used_and_that_is_said() -> None:
    (found,) = column([1, 2]).unlike({"a": [1], "new": [3]})
    assert str(found) == "column 'new': it was not there in training; not used"


def test_what_was_left_out_may_be_there_or_not() -> None:
    found = TableEncoding.fit({"a": [1, 2], "y": [0, 1]}, leave_out=["y"])
    assert found.unlike({"a": [1], "y": [1]}) == found.unlike({"a": [1]}) == ()


@pytest.mark.parametrize(
    ("values", "new", "message"),
    [
        ([1, 2], ["many"], "column 'a': expected a number, found 'many' in row 0"),
        ([1, 2], pd.to_datetime(["2024-01-01"]), "expected numbers as in training, found dates"),
        (["2024-01-01", "2024-01-03"], [3], "expected dates as in training, found numbers"),
        (["2024-01-01", "2024-01-03"], ["soon"], "expected a date such as 2024-12-31, found 'soon' in row 0"),
    ],
)
def test_a_column_of_another_type_is_refused(values: Any, new: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        column(values, dates="split").encode({"a": new})


def test_numbers_that_come_as_texts_are_read() -> None:
    assert encoded([1, 2, 3], ["2"]) == [[0]]


@pytest.mark.parametrize(
    ("values", "new", "note"),
    [
        ([1, 2], [None], "1 row without a number, where training had one in every row; the median 1.5"),
        ([1, 2], [np.inf] * 2, "2 rows with an infinite number; it counts as very large"),
        (["x", "y"], ["z", "z", "x"], "2 rows with a value that training never showed, 'z'; unknown"),
        (["x", "y"], [None], "1 row without a value, where training had one in every row; unknown"),
        (["2024-01-01", "2024-01-03"], [None], "1 row without a date"),
    ],
)
def test_what_training_never_showed_is_said(values: Any, new: Any, note: str) -> None:
    (found,) = column(values, dates="split").unlike({"a": new})
    assert str(found).startswith(f"column 'a': {note}")
    assert column(values, dates="split").unlike({"a": values}) == ()


def test_what_is_unlike_in_parts_of_a_table_is_said_of_all_of_it() -> None:
    found = column(["x", "y"])
    parts = [found.unlike({"a": part}) for part in (["z", "x"], ["w", "z"], ["x"])]
    assert together(each for part in parts for each in part) == found.unlike({"a": ["z", "x", "w", "z"]})


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "expected columns of different names, found 'a' more"),
        ({"a": [1, 2], "b": [1]}, r"expected columns of one length, found \[1, 2\]"),
        ({}, "expected at least one column, found none"),
        ({"a": []}, "expected at least one row, found none"),
        ([[1, 2]], "expected a frame, a mapping from names to columns, or the path of a file, found list"),
        (pl.DataFrame({"a": [1]}).lazy(), r"found LazyFrame; collect\(\) it first"),
        ({"a": [[1], [2]]}, r"column 'a': expected one value for each row, found the shape \(2, 1\)"),
        ({"a": [1j, 2]}, "column 'a': expected numbers, texts, booleans or dates, found complex numbers"),
        (pd.DataFrame({"a": [[1], [2, 3]]}), "column 'a': expected numbers, texts"),
    ],
)
def test_what_is_no_table_is_refused(table: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        TableEncoding.fit(table)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"dates": "keep"}, ConfigError, "dates: expected one of 'refuse', 'split', found 'keep'"),
        ({"decimal": ";"}, ConfigError, "decimal: expected one of None, ',', '.', found ';'"),
        ({"kinds": {"a": "colour"}}, ConfigError, "kinds: 'a': expected one of 'number', "),
        ({"kinds": {"b": "number"}}, DataError, "kinds: expected a column 'b', found none"),
        ({"leave_out": ["b"]}, DataError, "leave_out: expected a column 'b', found none"),
        ({"kinds": {"a": "date"}}, DataError, "column 'a': expected dates as in training, found numbers"),
    ],
)
def test_settings_that_cannot_be_are_named(settings: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        column([1, 2], **settings)


def test_a_block_of_rows_is_encoded_as_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {"n": np.arange(10.0), "c": list("abcabcabca")}
    found = TableEncoding.fit(table)
    whole = found.encode(table)
    monkeypatch.setattr("gradwright.data.table.encoding.BLOCK", 3)
    np.testing.assert_array_equal(found.encode(table), whole)


def test_a_value_called_missing_is_not_a_gap() -> None:
    found = CategoryColumn.fit("a", np.array(["missing", "x", None], object), most=9)
    assert found.encode(np.array(["missing", None], object)).tolist() == [[1, 0, 0], [0, 0, 1]]


def test_inputs_stand_for_the_values_that_they_were_made_of() -> None:
    table = {
        "n": [0.5, None, 7.0, 2.0],
        "two": ["x", "y", "y", "x"],
        "three": ["p", "q", None, "p"],
        "many": ["k", "l", "m", "n"],
        "day": ["2024-01-01", "2024-01-02", None, "2024-02-01"],
    }
    found = TableEncoding.fit(table, dates="split", one_hot_up_to=3)
    assert found.decode(found.encode(table)) == {
        "n": ["0.5", "missing", "7", "2"],
        "two": ["x", "y", "y", "x"],
        "three": ["p", "q", "missing", "p"],
        "many": ["k", "l", "m", "n"],
        "day": ["days 1.972e+04", "days 1.972e+04", "missing", "days 1.975e+04"],
    }
    new = {"n": [np.inf], "two": ["z"], "three": ["z"], "many": ["z"], "day": ["2024-01-01"]}
    said = found.decode(found.encode(new))
    assert said["two"] == said["three"] == said["many"] == ["unknown"]
    assert float(said["n"][0]) > 1000


def test_a_zero_is_told_as_one() -> None:
    found = NumberColumn.fit("floor", np.array([3.0, 1, 5, 0, 7]))
    assert found.decode(found.encode(np.array([0.0])).astype(np.float32)) == ["0"]


def test_bins_hold_how_much_of_them_lies_below_a_number() -> None:
    found = NumberColumn.fit("a", np.array([0.0, 1, 2, 4, 8]), bins=2)
    assert found.edges == (0, 2, 8)
    assert found.names == ("a", "a: bin 1", "a: bin 2")
    bins = found.encode(np.array([-9.0, 1, 2, 5, 99, np.inf, -np.inf, np.nan]))[:, 1:]
    below = [[0, 0], [0.5, 0], [1, 0], [1, 0.5], [1, 1], [1, 1], [0, 0], [1, 0]]  # a gap is the median, 2
    assert bins.tolist() == below


def test_any_piecewise_linear_function_is_a_linear_map_of_bins() -> None:
    """With corners at the edges; its slope in a bin of width w is weight / w."""
    x = np.random.default_rng(0).normal(size=400)
    found = NumberColumn.fit("a", x, bins=5)
    bins = found.encode(x)[:, 1:]
    heights = np.array([3.0, -1.0, 2.0, 2.0, 0.0, 5.0])
    expected = np.interp(x, found.edges, heights)
    np.testing.assert_allclose(heights[0] + bins @ np.diff(heights), expected, atol=1e-12)


@pytest.mark.parametrize("values", [[0, 1, 0, 1, 1], [0, 0, 0, 0, 0, 0, 5.0]])
def test_numbers_of_no_two_bins_have_none(values: list[float]) -> None:
    assert NumberColumn.fit("a", np.array(values, float), bins=8).edges == ()


def test_bins_stand_beside_a_gap_and_are_kept() -> None:
    table = {"a": [1.0, None, 3.0, 4.0, 9.0], "b": ["x", "y", "z", "x", "y"], "c": [0, 1, 1, 0, 1]}
    found = TableEncoding.fit(table, bins=2)
    assert found.names[:4] == ("a", "a is missing", "a: bin 1", "a: bin 2")
    assert found.roles[:4] == ("number", "indicator", "number", "number")
    assert found.words()["a"].endswith("and 1 in a column of its own; and in 2 bins")
    again = TableEncoding.from_dict(json.loads(json.dumps(found.to_dict())))
    assert again == found
    assert found.decode(found.encode(table))["a"] == ["1", "missing", "3", "4", "9"]
    with pytest.raises(ConfigError, match="bins: expected a whole number >= 1, found 0"):
        TableEncoding.fit(table, bins=0)
