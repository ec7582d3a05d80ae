"""The embedding: rows of a table by their numbers, each gathering the errors of all its places."""

from __future__ import annotations

import numpy as np
import pytest

from gradwright.check import check_layer
from gradwright.errors import ConfigError, DataError
from gradwright.nn import Embedding
from gradwright.nn.layer import Array

TABLE = {"weight": np.array([[0.0, 1], [10, 11], [20, 21]])}
TOKENS = np.array([[2, 0], [2, 2]])


@pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.float64, np.float32])
def test_the_rows_of_a_sample_stand_side_by_side(dtype: type) -> None:
    y, _ = Embedding(3, 2).forward(TABLE, TOKENS.astype(dtype))
    assert y.tolist() == [[20, 21, 0, 1], [20, 21, 20, 21]]


def test_a_row_that_comes_again_gathers_all_its_errors_and_x_none() -> None:
    layer = Embedding(3, 2)
    _, cache = layer.forward(TABLE, TOKENS)
    dx, dparams = layer.backward(TABLE, cache, np.array([[1.0, 2, 3, 4], [5, 6, 7, 8]]))
    assert dparams["weight"].tolist() == [[3, 4], [0, 0], [1 + 5 + 7, 2 + 6 + 8]]
    assert dx.tolist() == [[0, 0], [0, 0]]


def test_it_widens_each_column() -> None:
    assert Embedding(3, 2).output_features(4) == 8
    assert Embedding(3, 2).output_features(None) is None


@pytest.mark.parametrize(
    ("x", "found"), [([[1.0, 3]], "3"), ([[-1, 0]], "-1"), ([[0.5, 1]], "0.5"), ([[np.nan, 0]], "nan")]
)
def test_what_has_no_row_is_refused(x: list[list[float]], found: str) -> None:
    message = rf"Embedding\(3, 2\): expected whole numbers in 0 .. 2, found {found}"
    with pytest.raises(DataError, match=message):
        Embedding(3, 2).forward(TABLE, np.array(x))


def test_sizes_from_one_are_expected() -> None:
    with pytest.raises(ConfigError, match=r"Embedding.vocabulary: expected a whole number >= 1, found 0"):
        Embedding(0, 2)


@pytest.mark.parametrize("x", [3, np.array([[0, 1, 1], [2, 0, 2]])], ids=["drawn", "given"])
def test_of_whole_numbers_no_derivative_is_asked(x: Array | int) -> None:
    report = check_layer(Embedding(3, 2), x)
    assert report.passed, str(report)
    assert report.gradient is not None
    assert [each.name for each in report.gradient.parameters] == ["weight"]
