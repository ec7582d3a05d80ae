"""What a split and a data set accept, refuse and tell about themselves."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gradwright.data import Affine, Dataset, Split
from gradwright.errors import ConfigError, DataError


def split(n: int = 4, d: int = 2, classes: int = 2) -> Split:
    return Split(np.arange(n * d, dtype=np.float32).reshape(n, d), np.arange(n) % classes)


def test_labels_are_held_as_int64_and_arrays_as_contiguous_read_only_views() -> None:
    x = np.asfortranarray(np.ones((3, 2), np.float32))
    part = Split(x, np.array([0, 1, 1], dtype=np.uint8))
    assert part.y.dtype == np.int64
    assert part.x.flags.c_contiguous
    assert part.x.dtype == np.float32
    with pytest.raises(ValueError, match="read-only"):
        part.x[0, 0] = 5
    assert x.flags.writeable, "the caller's own array stays the caller's"


def test_bytes_stay_bytes_and_contiguous_data_is_not_copied() -> None:
    x = np.zeros((3, 2), np.uint8)
    assert np.shares_memory(Split(x, np.zeros(3, int)).x, x)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (
            np.ones(3),
            np.zeros(3, int),
            r"x: expected numbers of shape \(N, d\), found float64 of shape \(3,\)",
        ),
        (np.array([["a"]]), np.zeros(1, int), r"x: expected numbers .* found <U1"),
        (np.ones((2, 2), complex), np.zeros(2, int), "found complex128"),
        (np.ones((0, 2)), np.zeros(0, int), r"at least one row and one column, found shape \(0, 2\)"),
        (np.ones((2, 0)), np.zeros(2, int), r"at least one row and one column, found shape \(2, 0\)"),
        (np.ones((2, 2)), np.zeros(3, int), "as many rows in each, found 2 and 3"),
        (np.array([[0, 0], [0, np.nan]]), np.zeros(2, int), "x: .* found nan in row 1, column 1"),
        (np.array([[0, np.inf], [0, 0]]), np.zeros(2, int), "x: .* found inf in row 0, column 1"),
        (np.ones((2, 2)), np.array([0.5, np.nan]), "y: .* found nan in row 1"),
        (np.ones((2, 2)), np.array([0, -1]), r"labels 0, 1, \.\.\., found -1 in row 1"),
        (
            np.ones((2, 2)),
            np.zeros((2, 2), int),
            r"y: expected integer labels .* found int64 of shape \(2, 2\)",
        ),
        (np.ones((2, 2)), np.array(["a", "b"]), "y: expected integer labels .* found <U1"),
    ],
)
def test_a_split_names_what_it_expected_and_found(
    x: np.ndarray[Any, Any], y: np.ndarray[Any, Any], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        Split(x, y)


def test_unnamed_classes_are_numbered_up_to_the_largest_label_of_any_split() -> None:
    data = Dataset("d", "here", split(classes=2), validation=split(classes=3))
    assert data.classes == ("0", "1", "2")
    assert data.num_classes == 3


def test_regression_has_no_classes() -> None:
    data = Dataset("d", "here", Split(np.ones((2, 1)), np.ones((2, 1))))
    assert (data.num_classes, data.classes) == (0, ())


def test_a_label_without_a_class_is_named_with_its_row() -> None:
    with pytest.raises(DataError, match=r"here: test: expected labels 0 \.\. 1, found 2 in row 2"):
        Dataset("d", "here", split(), test=split(classes=3), classes=("no", "yes"))


def test_splits_must_have_the_same_columns() -> None:
    with pytest.raises(DataError, match="here: validation: expected 2 features as in train, found 3"):
        Dataset("d", "here", split(d=2), validation=split(d=3))


@pytest.mark.parametrize("targets", [np.ones(4), np.ones((4, 2))])
def test_splits_must_have_the_same_kind_of_target(targets: np.ndarray[Any, Any]) -> None:
    with pytest.raises(DataError, match="here: test: expected targets like train's"):
        Dataset("d", "here", split(), test=Split(np.ones((4, 2)), targets))


def test_features_must_fit_the_columns() -> None:
    with pytest.raises(DataError, match=r"shift and scale .* \(2,\), found shape \(3,\)"):
        Dataset("d", "here", split(), features=Affine(shift=np.ones(3)))


def test_inputs_are_the_split_through_the_features() -> None:
    data = Dataset("d", "here", split(), features=Affine(shift=1.0, scale=2.0))
    np.testing.assert_array_equal(data.inputs("train", np.float64), (data.train.x - 1) * 2)


def test_inputs_of_a_split_that_is_not_there_lists_those_that_are() -> None:
    with pytest.raises(ConfigError, match="no split 'test'; choose from train, validation"):
        Dataset("d", "here", split(), validation=split()).inputs("test", np.float32)


def test_equal_data_has_an_equal_checksum_whatever_its_name() -> None:
    one, other = Dataset("d", "here", split()), Dataset("e", "there", split())
    assert one.checksum() == other.checksum()
    assert len(one.checksum()) == 64


def test_any_change_of_the_data_changes_the_checksum() -> None:
    data = Dataset("d", "here", split(), validation=split())
    x = data.train.x.copy()
    x[0, 0] += 1
    changed = [
        replace(data, train=Split(x, data.train.y)),
        replace(data, train=Split(data.train.x, 1 - data.train.y)),
        replace(data, train=Split(data.train.x.astype(np.float64), data.train.y)),
        replace(data, validation=None),
        replace(data, validation=None, test=data.validation),
        replace(data, train=Split(data.train.x.reshape(2, 4), data.train.y[:2]), validation=None),
    ]
    sums = {data.checksum(), *(each.checksum() for each in changed)}
    assert len(sums) == len(changed) + 1


def test_the_checksum_does_not_depend_on_the_byte_order_in_memory() -> None:
    part = split()
    swapped = Split(part.x.astype(part.x.dtype.newbyteorder(">")), part.y)
    assert Dataset("d", "here", part).checksum() == Dataset("d", "here", swapped).checksum()


def test_the_summary_is_plain_data_that_tells_shapes_ranges_and_counts() -> None:
    data = Dataset("d", "here", split(), test=split(n=3), classes=("no", "yes"))
    summary = json.loads(json.dumps(data.summary()))
    assert summary["splits"]["test"] == {
        "rows": 3,
        "x": {"shape": [3, 2], "dtype": "float32", "min": 0.0, "max": 5.0},
        "y": {"shape": [3], "dtype": "int64", "min": 0, "max": 1},
        "counts": {"no": 2, "yes": 1},
    }
    assert summary["bytes"] == 7 * 2 * 4 + 7 * 8
    assert summary["checksum"] == data.checksum()


def test_the_summary_of_a_regression_counts_no_classes() -> None:
    summary = Dataset("d", "here", Split(np.ones((2, 1)), np.ones(2))).summary()
    assert "counts" not in summary["splits"]["train"]


def test_a_notebook_shows_where_the_rows_are_from_and_how_many_there_are() -> None:
    data = Dataset("<tiny>", "typed in", train=split(n=4), validation=split(n=2))
    html = data._repr_html_()
    for part in ("&lt;tiny&gt;", "typed in: 2 features, 2 classes", ">train<", ">4<", ">validation<", ">2<"):
        assert part in html
    numbers = Dataset("rates", "typed in", train=Split(np.eye(2), np.array([0.5, 1.5])))
    assert "answers are numbers" in numbers._repr_html_()
