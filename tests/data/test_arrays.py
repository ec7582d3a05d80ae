"""A user's own arrays, lists and frames at the door."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from scipy import sparse

from gradwright.data import Dataset, as_dataset
from gradwright.errors import ConfigError, DataError

Frame = Callable[[dict[str, Any]], Any]

X = np.arange(20.0).reshape(10, 2)
WORDS = ["no", "yes"] * 5


@pytest.fixture(params=["pandas", "polars"])
def frame(request: pytest.FixtureRequest) -> Frame:
    """Makes a frame of columns, in either library."""
    library = pytest.importorskip(request.param, reason=f"needs {request.param}")
    make: Frame = library.DataFrame
    return make


# labels and numbers


@pytest.mark.parametrize(
    ("y", "values", "codes"),
    [
        (WORDS, ("no", "yes"), [0, 1] * 5),
        ([7, 3, -1, 3, 7] * 2, (-1, 3, 7), [2, 1, 0, 1, 2] * 2),
        (np.array([True, False] * 5), (False, True), [1, 0] * 5),
        (np.array([200, 0] * 5, np.uint8), (0, 200), [1, 0] * 5),
        (np.array(WORDS, object), ("no", "yes"), [0, 1] * 5),
    ],
)
def test_integers_strings_and_booleans_become_classes_in_ascending_order(
    y: Any, values: tuple[Any, ...], codes: list[int]
) -> None:
    data = Dataset.from_arrays(X, y)
    assert data.labels is not None
    assert data.labels.values == values
    assert [type(value) for value in data.labels.values] == [type(value) for value in values]
    assert data.classes == tuple(map(str, values))
    assert data.train.y.tolist() == codes


@pytest.mark.parametrize("y", [np.arange(10.0), [0.0, 1.0] * 5, np.ones((10, 3))])
def test_floats_stay_numbers_also_where_they_look_like_labels(y: Any) -> None:
    data = Dataset.from_arrays(X, y)
    assert not data.train.has_labels
    assert data.labels is None
    np.testing.assert_array_equal(data.train.y, y)


def test_the_classes_that_are_given_set_the_order_and_may_exceed_those_of_training() -> None:
    data = Dataset.from_arrays(X, WORDS, classes=["yes", "perhaps", "no"])
    assert data.train.y.tolist() == [2, 0] * 5
    assert data.classes == ("yes", "perhaps", "no")


def test_integer_labels_may_be_given_the_names_of_their_classes() -> None:
    data = Dataset.from_arrays(X, [0, 1] * 5, classes=["cat", "dog"])
    assert data.classes == ("cat", "dog")
    assert data.labels is not None
    assert data.labels.values == (0, 1)


def test_labels_of_further_rows_are_those_of_training() -> None:
    data = Dataset.from_arrays(X, WORDS, validation=(X[:2], ["yes", "yes"]), test=(X[:1], ["no"]))
    assert data.validation is not None
    assert data.test is not None
    assert data.validation.y.tolist() == [1, 1]
    assert data.test.y.tolist() == [0]


def test_whole_numbers_among_float_targets_are_numbers() -> None:
    data = Dataset.from_arrays(X, np.arange(10.0), validation=(X[:2], [3, 4]))
    assert data.validation is not None
    assert data.validation.y.dtype.kind == "f"


# rows set aside


def test_a_share_of_sorted_labels_is_drawn_from_each_class() -> None:
    y = np.repeat(["a", "b", "c"], [50, 30, 20])
    data = Dataset.from_arrays(np.arange(100.0)[:, None], y, validation=0.2)
    assert data.validation is not None
    assert np.bincount(data.validation.y).tolist() == [10, 6, 4]
    assert data.source == "arrays, validation = 0.2 drawn by seed 0"
    for part in data.splits.values():
        np.testing.assert_array_equal(np.array(data.classes)[part.y], y[part.x[:, 0].astype(int)])


def test_the_same_seed_draws_the_same_rows() -> None:
    zero, again, one = (Dataset.from_arrays(X, WORDS, validation=4, seed=seed) for seed in (0, 0, 1))
    assert zero.checksum() == again.checksum() != one.checksum()


def test_features_and_targets_are_standardised_on_training_rows_alone() -> None:
    y = 100 + 10 * np.arange(10.0)
    data = Dataset.from_arrays(X, y, validation=4, standardize=True, standardize_targets=True)
    assert data.validation is not None
    inputs = data.inputs("train", np.float64)
    rounding = 1e-12  # a few digits over six rows of float64
    np.testing.assert_allclose(inputs.mean(axis=0), 0, atol=rounding)
    np.testing.assert_allclose(inputs.std(axis=0), 1, atol=rounding)
    np.testing.assert_allclose([data.train.y.mean(), data.train.y.std()], [0, 1], atol=rounding)
    together = np.concatenate([data.targets.undo(data.train.y), data.targets.undo(data.validation.y)])
    np.testing.assert_allclose(np.sort(together), y, rtol=1e-12)  # two roundings


def test_targets_that_are_labels_or_standardised_already_are_refused() -> None:
    from gradwright.data import standardize_targets

    with pytest.raises(ConfigError, match="standardize_targets: expected float targets, found the labels"):
        Dataset.from_arrays(X, WORDS, standardize_targets=True)
    data = Dataset.from_arrays(X, np.arange(10.0), standardize_targets=True)
    with pytest.raises(ConfigError, match="standardised already"):
        standardize_targets(data)


# frames


def test_a_frame_brings_its_names_and_numbers(frame: Frame) -> None:
    x = frame({"age": [31, 45, 27], "height": [1.7, 1.8, 1.6], "smokes": [True, False, False]})
    y = frame({"cured": ["yes", "no", "yes"]})["cured"]
    data = Dataset.from_arrays(x, y)
    assert data.feature_names == ("age", "height", "smokes")
    np.testing.assert_array_equal(data.train.x, [[31, 1.7, 1], [45, 1.8, 0], [27, 1.6, 0]])
    assert data.train.y.tolist() == [1, 0, 1]


def test_columns_of_further_rows_are_found_by_name(frame: Frame) -> None:
    further = frame({"other": ["p", "q"], "b": [3.0, 4.0], "a": [1.0, 2.0]})
    data = Dataset.from_arrays(
        frame({"a": [0.0, 1.0], "b": [0.0, 1.0]}), [0, 1], validation=(further, [1, 0])
    )
    assert data.validation is not None
    np.testing.assert_array_equal(data.validation.x, [[1, 3], [2, 4]])


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            {"a": [1.0], "city": ["Graz"]},
            r"x: column 'city': expected numbers, found text \('Graz'\)",
        ),
        ({"a": [1.0], "day": [datetime(2020, 2, 1)]}, r"x: column 'day': .* found dates"),
        ({"a": [1.0], "b": [float("nan")]}, r"x: column 'b': expected finite numbers, found nan in row 0"),
        ({"a": [1], "b": [None]}, r"x: column 'b': expected "),
        ({}, r"x: expected at least one column, found none"),
    ],
)
def test_a_column_that_holds_no_numbers_is_named(frame: Frame, columns: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        Dataset.from_arrays(frame(columns), [1.0])


def test_a_missing_column_is_named_with_the_nearest(frame: Frame) -> None:
    x = frame({"height": [1.0, 2.0]})
    with pytest.raises(DataError, match=r"x: expected a column 'height', found none; did you mean"):
        Dataset.from_arrays(x, [0, 1], validation=(frame({"heigth": [1.0]}), [0]))


def test_columns_of_one_name_are_refused() -> None:
    pandas = pytest.importorskip("pandas", reason="needs pandas")
    with pytest.raises(DataError, match="x: expected columns of different names, found 'a' more than once"):
        Dataset.from_arrays(pandas.DataFrame(X, columns=["a", "a"]), WORDS)


def test_a_frame_of_categories_and_one_of_missing_labels(frame: Frame) -> None:
    pandas = pytest.importorskip("pandas", reason="needs pandas")
    assert Dataset.from_arrays(X, pandas.Series(WORDS, dtype="category")).classes == ("no", "yes")
    gaps = frame({"y": ["no", None]})["y"]
    with pytest.raises(DataError, match=r"y: expected entries of one type, found 'no' in row 0 and"):
        Dataset.from_arrays(X[:2], gaps)


# what is refused, each with a sentence


class Graph:
    """A tensor that must be taken from its graph first."""

    def __len__(self) -> int:
        return 10

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy()")


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (X[:, 0], r"x: expected the shape \(N, d\), found \(10,\); for one feature give reshape\(-1, 1\)"),
        (np.zeros((10, 2, 2)), r"found \(10, 2, 2\); flatten each sample: reshape\(len\(x\), -1\)"),
        (sparse.csr_array(X), r"x: expected a dense array, found a sparse one; give its toarray\(\)"),
        (
            np.ma.masked_less(X, 3),
            r"x: expected an array, found a masked one; fill its gaps",
        ),
        (X.astype(complex), r"x: expected numbers, found complex numbers; give real and imaginary part"),
        (X.astype("datetime64[D]"), r"x: expected numbers, found dates \(1970-01-01\); make numbers of them"),
        (X.astype("timedelta64[s]"), r"x: expected numbers, found durations \(0 seconds\); make numbers"),
        (X.astype(str), r"x: expected numbers, found text \('0.0'\); make numbers of it"),
        (X.astype(bytes), r"x: expected numbers, found bytes"),
        (np.zeros((10, 1), [("a", float)]), r"x: expected numbers, found records; give an array \(N, d\)"),
        ([[1, None]] * 10, r"x: expected numbers, found NoneType \(None\)"),
        ([[1], [1, 2]] * 5, r"x: expected an array or rows of one length, found list"),
        (np.where(X == 5, np.nan, X), r"x: expected finite numbers, found nan in row 2, column 1"),
        (np.where(X == 4, np.inf, X), r"x: expected finite numbers, found inf in row 2, column 0"),
        (X[:9], r"x and y: expected as many rows in each, found 9 and 10"),
        (Graph(), r"x: expected an array .* found Graph: .*requires grad"),
        ("peaks", r"x: expected an array, a list or a frame, found 'peaks'"),
        ({"a": [1]}, r"x: expected an array, a list or a frame, found {'a': \[1\]}"),
        (None, r"x: expected an array, a list or a frame, found None"),
        (np.array(3.0), r"x: expected numbers of shape \(N, d\), found float64 of shape \(\)"),
    ],
)
def test_features_that_are_no_matrix_of_numbers_are_refused(x: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        Dataset.from_arrays(x, WORDS)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (["a"] * 10, r"y: expected labels of at least two classes, found 'a' in every row"),
        (["a", 1] * 5, r"y: expected entries of one type, found 'a' in row 0 and 1 in row 1"),
        (["a", float("nan")] * 5, r"found 'a' in row 0 and nan in row 1"),
        ([0, True] * 5, r"found 0 in row 0 and True in row 1"),
        ([1.0, None] * 5, r"found 1.0 in row 0 and None in row 1"),
        (np.eye(10, dtype=int), r"y: expected one label for each row, .* with a single 1 argmax\(axis=1\)"),
        (np.array(WORDS)[:, None], r"of shape \(10, 1\); for a single column give its ravel\(\)"),
        (np.array([2**64 - 1] * 10, np.uint64), r"y: expected labels of at most 9223372036854775807"),
        (np.arange(10).astype("datetime64[D]"), r"y: expected labels .* found dates \(1970-01-01\)"),
        ([None] * 10, r"y: expected labels .* found NoneType"),
        (np.array([0.0, np.nan] * 5), r"y: expected finite numbers, found nan in row 1"),
    ],
)
def test_targets_that_are_neither_labels_nor_numbers_are_refused(y: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        Dataset.from_arrays(X, y)


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        (["no", "no"], r"classes: expected each label once"),
        ([0, 1], r"y: expected integers such as 0, found strings such as 'no'"),
        ("no", r"classes: expected a list of labels, found 'no'"),
        (["no", 1], r"classes: expected integers, strings or booleans, found \('no', 1\)"),
        (["no", "maybe"], r"y: expected one of 'no', 'maybe', found 'yes' in row 1"),
    ],
)
def test_classes_that_are_not_the_labels_are_refused(classes: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        Dataset.from_arrays(X, WORDS, classes=classes)


def test_numbers_have_no_classes() -> None:
    with pytest.raises(ConfigError, match="classes: expected labels in y, found float numbers"):
        Dataset.from_arrays(X, X[:, 0], classes=[0, 1])


def test_a_label_that_training_never_shows_is_refused() -> None:
    with pytest.raises(DataError, match=r"validation: y: expected one of .* found 'maybe' in row 1"):
        Dataset.from_arrays(X, WORDS, validation=(X[:2], ["no", "maybe"]))


@pytest.mark.parametrize(
    ("validation", "message"),
    [
        (0.99, r"validation: expected 1 to 9 of the 10 training rows of arrays, or a share .* found 0.99"),
        (float("nan"), r"or a share between 0 and 1, found nan"),
        (True, r"validation: expected arrays \(x, y\), or a count or a share .* found True"),
        ("0.2", r"found '0.2'"),
        ([X, WORDS], r"found list"),
        ((X,), r"validation: expected arrays \(x, y\), found a tuple of 1"),
    ],
)
def test_validation_rows_that_cannot_be_are_refused(validation: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Dataset.from_arrays(X, WORDS, validation=validation)


def test_numpy_s_numbers_count_as_python_s() -> None:
    numbers: tuple[Any, ...] = np.float32(0.5), np.int64(5)
    share, count = (Dataset.from_arrays(X, WORDS, validation=number) for number in numbers)
    assert share.checksum() == count.checksum()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (X, r"data: expected arrays \(x, y\), found ndarray"),
        ((X, WORDS, X), r"data: expected arrays \(x, y\), found a tuple of 3"),
        ("peaks", r"data: .* found 'peaks'; gradwright.data.load finds a data set by its name or path"),
    ],
)
def test_what_is_neither_a_data_set_nor_a_pair_is_refused(data: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        as_dataset(data)


def test_a_data_set_brings_its_own_validation_rows() -> None:
    data = Dataset.from_arrays(X, WORDS)
    assert as_dataset(data) is data
    with pytest.raises(ConfigError, match="validation: the data set 'arrays' brings its own rows or none"):
        as_dataset(data, validation=0.2)
