"""The affine map: its values, its derivatives worked by hand, and the sizes that it takes."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from gradwright.errors import ConfigError, ShapeError
from gradwright.nn import Linear
from gradwright.nn.initializers import HeNormal

WEIGHT = np.array([[1.0, 2, 3], [4, 5, 6]])
BIAS = np.array([10.0, 20, 30])
X = np.array([[1.0, 0], [2, -1]])
DY = np.array([[1.0, 0, 0], [0, 1, -1]])


def test_rows_are_samples() -> None:
    y, _ = Linear(2, 3).forward({"weight": WEIGHT, "bias": BIAS}, X)
    assert y.tolist() == [[11, 22, 33], [8, 19, 30]]


def test_the_derivatives_worked_by_hand() -> None:
    layer, params = Linear(2, 3), {"weight": WEIGHT, "bias": BIAS}
    dx, dparams = layer.backward(params, layer.forward(params, X)[1], DY)
    assert dx.tolist() == [[1, 4], [-1, -1]]
    assert dparams["weight"].tolist() == [[1, 2, -2], [0, -1, 1]]
    assert dparams["bias"].tolist() == [1, 1, -1]


def test_without_bias_there_is_none_anywhere() -> None:
    layer = Linear(2, 3, bias=False)
    assert list(layer.parameters()) == ["weight"]
    y, cache = layer.forward({"weight": WEIGHT}, X)
    assert y.tolist() == [[1, 2, 3], [-2, -1, 0]]
    assert list(layer.backward({"weight": WEIGHT}, cache, DY)[1]) == ["weight"]


def test_it_says_how_many_features_it_takes_and_gives() -> None:
    assert Linear(2, 3).output_features(2) == Linear(2, 3).output_features(None) == 3
    with pytest.raises(ShapeError, match=r"Linear\(2, 3\) takes 2 features, found 4"):
        Linear(2, 3).output_features(4)


@pytest.mark.parametrize(
    ("sizes", "field"),
    [
        ((0, 3), "in"),
        ((2, 0), "out"),
        ((-1, 3), "in"),
        ((2.5, 3), "in"),
        ((True, 3), "in"),
        ((2, "3"), "out"),
    ],
)
def test_sizes_that_are_no_whole_numbers_from_one_are_refused(sizes: tuple[Any, Any], field: str) -> None:
    found = repr(sizes[field == "out"])
    message = f"Linear.{field}_features: expected a whole number >= 1, found {found}"
    with pytest.raises(ConfigError, match=re.escape(message)):
        Linear(*sizes)


def test_sizes_may_be_numbers_of_numpy_and_are_kept_as_plain_ones() -> None:
    layer = Linear(np.int64(2), np.int32(3))  # type: ignore[arg-type]
    assert layer == Linear(2, 3)
    assert type(layer.in_features) is type(layer.out_features) is int


def test_an_initialiser_may_be_given_by_its_name_and_not_as_a_class() -> None:
    assert Linear(2, 3, weight_init="HeNormal") == Linear(2, 3, weight_init=HeNormal())  # type: ignore[arg-type]
    with pytest.raises(
        ConfigError, match=r"Linear.weight_init: .* found the class HeNormal; write HeNormal\(\)"
    ):
        Linear(2, 3, weight_init=HeNormal)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"did you mean 'HeNormal'\?"):
        Linear(2, 3, weight_init="HeNorml")  # type: ignore[arg-type]
