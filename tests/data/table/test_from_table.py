"""A data set of a table: its target, the rows aside, what was decided, and what is refused."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-untyped]
import pytest

from gradwright.data import Dataset
from gradwright.errors import ConfigError, DataError, DataWarning

ROWS = 100
from_table: Any = Dataset.from_table  # whose parts are all there, here


def table(**columns: Any) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    return {
        "a": rng.normal(size=ROWS),
        "c": rng.choice(list("xyz"), ROWS),
        "y": np.arange(ROWS) / 7,
    } | columns


def read(target: Any, **settings: Any) -> Any:
    return from_table(table(y=target), "y", **settings)


@pytest.mark.parametrize(
    ("target", "classes", "note"),
    [
        (["no", "yes"] * 50, ("no", "yes"), "labels of 2 classes, for it holds texts"),
        ([True, False] * 50, ("False", "True"), "labels of 2 classes, for it holds booleans"),
        (
            [3, 7, 9, 4] * 25,
            ("3", "4", "7", "9"),
            "labels of 4 classes, for it has 4 different whole numbers",
        ),
        ([3.0, 7.0] * 50, ("3", "7"), "labels of 2 classes, for it has 2 different whole numbers"),
        (["3", "7"] * 50, ("3", "7"), "labels of 2 classes, for it has 2 different whole numbers"),
        (list(range(ROWS)), (), "numbers"),
        ([0.5, 1.5] * 50, (), "numbers, though only 2 differ; task='classification' takes them as labels"),
        (["1,5", "2,5"] * 50, (), "numbers, though only 2 differ"),
    ],
)
def test_a_target_is_what_it_looks_like_and_that_is_said(target: Any, classes: Any, note: str) -> None:
    found = read(target)
    assert found.classes == classes
    assert found.notes[0].startswith(f"target 'y': {note}")


def test_whole_numbers_are_labels_where_each_has_five_rows_on_average() -> None:
    for copies, classes in ((4, 0), (5, 20)):
        values = [*range(20)] * copies
        assert from_table({"a": np.arange(len(values)) / 3, "y": values}, "y").num_classes == classes


def test_the_task_decides() -> None:
    assert read([3, 7] * 50, task="regression").train.y.dtype.kind == "f"
    assert read(list(range(ROWS // 2)) * 2, task="classification").num_classes == 50
    assert read([0.5, 1.5] * 50, task="classification").labels.values == ("0.5", "1.5")


def test_labels_keep_their_type() -> None:
    assert read([3, 7] * 50).labels.values == (3, 7)
    assert read([True, False] * 50).labels.values == (False, True)


def test_categories_of_a_frame_are_categories_and_as_a_target_labels() -> None:
    frame = pd.DataFrame(table(a=pd.Categorical([3, 1] * 50), y=pd.Categorical([*range(50)] * 2)))
    found = from_table(frame, "y", validation=None)
    assert found.feature_names[0] == "a: 3"
    assert found.labels.values == tuple(range(50))


def test_the_target_is_no_feature() -> None:
    found = read([0, 1] * 50)
    assert found.encoding.left_out == {"y": "the target"}
    assert found.feature_names == ("a", "c: x", "c: y", "c: z")


def test_the_encoding_knows_the_training_rows_alone() -> None:
    values = table()
    found = from_table(values, "y", validation=30, seed=3)
    aside = {float(y) for y in found.validation.y}
    trained = [row for row in range(ROWS) if values["y"][row] not in aside]
    assert len(trained) == 70
    assert found.encoding.columns[0].center == np.median(values["a"][trained])


def test_each_class_has_its_share_of_the_rows_aside() -> None:
    found = read(["rare"] * 10 + ["often"] * 90)
    assert np.bincount(found.validation.y).tolist() == [18, 2]


def test_groups_stay_whole() -> None:
    patients = np.repeat(np.arange(20), 5)
    found = from_table(table(who=patients, y=patients + 0.5), "y", group="who")
    assert set(found.train.y) & set(found.validation.y) == set()
    assert len(found.validation) == 20
    assert "who: " not in "".join(found.feature_names)
    assert found.encoding.left_out["who"] == "the group"
    assert "by groups of 'who'" in found.source


def test_the_last_in_time_are_set_aside() -> None:
    days = pd.date_range("2024-01-01", periods=ROWS)[::-1]
    found = from_table(table(day=days), "y", time="day")
    np.testing.assert_array_equal(found.validation.y, np.arange(20) / 7)
    assert found.source.endswith("the last by 'day'")


def test_rows_of_one_moment_are_not_parted() -> None:
    found = from_table(table(year=[2020] * 70 + [2021] * 30), "y", time="year", validation=5)
    assert len(found.validation) == 30


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"group": "a", "time": "c"}, "group, time: expected one of them, found both"),
        ({"group": "y"}, "group: 'y' is the target already"),
        ({"group": "who"}, "group: expected a column 'who', found none"),
        ({"group": "c", "validation": None}, "they say which rows are set aside"),
        ({"validation": 100}, "validation: expected 1 to 99 of the 100 training rows of table"),
        ({"rows": 81}, "rows: expected 1 to 80 training rows of table, found 81"),
        ({"time": "one"}, "expected rows that are earlier than the last 20"),
        ({"group": "one"}, "group 'one': expected at least two groups"),
        ({"group": "gaps"}, "group 'gaps': expected a value in every row, found none in row 3"),
    ],
)
def test_rows_that_cannot_be_set_aside_are_refused(settings: Any, message: str) -> None:
    values = table(one=[1] * ROWS, gaps=["p", "q", "p", None] * 25)
    with pytest.raises((ConfigError, DataError), match=message):
        from_table(values, "y", **settings)


def test_tables_of_their_own_are_encoded_as_the_training_rows() -> None:
    more = table(y=np.ones(ROWS))
    found = from_table(table(), "y", validation=more, test=pd.DataFrame(more))
    assert (len(found.train), len(found.validation), len(found.test)) == (100, 100, 100)
    np.testing.assert_array_equal(found.validation.x, found.encoding.encode(more))


def test_what_training_never_showed_in_further_rows_is_said() -> None:
    with pytest.warns(
        DataWarning, match="test: column 'c': 100 rows with a value that training never showed, 'w'"
    ):
        from_table(table(), "y", test=table(c=["w"] * ROWS))


def test_a_label_that_training_never_showed_is_refused_in_further_rows() -> None:
    with pytest.raises(DataError, match="test: target 'y': expected one of 'p', 'q', found 'r'"):
        from_table(table(y=["p", "q"] * 50), "y", test=table(y=["p", "r"] * 50))


def test_weights_are_a_column() -> None:
    found = from_table(table(w=np.arange(ROWS) + 1.0), "y", weights="w", validation=1)
    assert found.train.weights is not None
    np.testing.assert_allclose(found.train.weights, found.train.y * 7 + 1)
    assert found.encoding.left_out["w"] == "the weights"


def test_standard_targets_are_put_back() -> None:
    found = from_table(table(), "y", standardize_targets=True)
    assert found.train.y.mean() == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(
        np.sort(found.targets.undo(np.concatenate([found.train.y, found.validation.y])) * 7),
        np.arange(ROWS),
        atol=1e-9,
    )


def test_fewer_rows_train_beside_the_same_rows_aside() -> None:
    few, all_rows = (from_table(table(), "y", rows=rows) for rows in (10, None))
    assert len(few.train) == 10
    assert set(few.train.y) <= set(all_rows.train.y)
    np.testing.assert_array_equal(few.validation.y, all_rows.validation.y)
    assert few.encoding != all_rows.encoding


def test_a_target_typed_wrong_has_the_nearest_name() -> None:
    with pytest.raises(
        DataError, match=r"table: target: expected a column 'prise', .* did you mean 'price'\?"
    ):
        from_table(table(price=np.ones(ROWS)), "prise")


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (["one"] * ROWS, "target 'y': expected values that differ, found one in every row"),
        ([1.5] * ROWS, "target 'y': expected values that differ, found 1.5 in every row"),
        ([1.5, np.inf] * 50, "target 'y': expected finite numbers, found inf in row 1"),
        ([None] * ROWS, "target 'y': expected a value in some row, found none"),
        ([f"name {k}" for k in range(ROWS)], "target 'y': expected labels that occur again"),
        (["2024-01-01", "2024-01-02"] * 50, "target 'y': expected labels or numbers, found dates"),
        (["1,234", "2,345"] * 50, "target 'y': '1,234' may have a decimal comma"),
    ],
)
def test_a_target_that_cannot_be_learned_is_refused(target: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(target)


def test_texts_are_no_numbers() -> None:
    with pytest.raises(DataError, match="expected numbers, found 'no'; task='classification' takes labels"):
        read(["no", "yes"] * 50, task="regression")


@pytest.mark.parametrize(
    ("columns", "warning"),
    [
        ({"y": [1.5, None, 2.5, 3.5] * 25}, "target 'y': 25 of 100 rows have none and are left out"),
        ({"y": ["p", "q"] * 49 + ["p", "r"]}, "classes of one row: 'r'"),
        ({"id": range(ROWS)}, "column 'id': it counts the rows, which says nothing of other rows"),
        ({"share": [f"{k % 60}%" for k in range(ROWS)]}, r"column 'share': \d+ different values in 80 rows"),
        ({"same": [1] * ROWS}, "column 'same' is left out: '1' in every row"),
        ({"name": [f"n{k}" for k in range(ROWS)]}, "column 'name' is left out: a text of its own"),
        ({"many": [f"n{k}" for k in range(500)] * 2, "a": range(0, 2000, 2), "c": range(0, 2000, 2),
          "y": np.arange(1000) / 7}, r"column 'many': its \d+ rarest values count as one"),
    ],
)  # fmt: skip
def test_what_was_hardly_meant_is_a_warning_and_a_note(columns: Any, warning: str) -> None:
    with pytest.warns(DataWarning, match=warning) as caught:
        found = from_table(table(**columns), "y")
    assert any(re.match(warning, note) for note in found.notes)
    assert caught[0].filename == __file__


def test_what_was_asked_for_is_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        from_table(table(same=[1] * ROWS), "y", leave_out=["same"])


def test_classes_that_no_training_row_has_are_said() -> None:
    with pytest.warns(DataWarning, match="classes without a training row: 'late'; they are never learned"):
        from_table(table(y=["p", "q"] * 45 + ["late"] * 10, t=range(ROWS)), "y", time="t")


def test_a_file_is_the_frame_that_was_written(tmp_path: Path) -> None:
    frame = pd.DataFrame(table(y=["no", "yes"] * 50))
    expected = from_table(frame, "y")
    frame.to_csv(tmp_path / "some rows.csv", index=False)
    found = from_table(tmp_path / "some rows.csv", "y")
    assert (found.name, found.source) == ("some rows", "some rows.csv, validation = 0.2 drawn by seed 0")
    np.testing.assert_allclose(found.train.x, expected.train.x, rtol=1e-6)
    np.testing.assert_array_equal(found.train.y, expected.train.y)
    assert found.encoding.words() == expected.encoding.words()


def test_its_summary_is_plain_and_holds_the_encoding() -> None:
    found = from_table(table(), "y")
    assert found.summary()["encoding"] == found.encoding.to_dict()
    assert found.summary()["notes"] == list(found.notes)
