"""The affine map: its values, its derivatives worked by hand, and the sizes that it takes."""

from __future__ import annotations

import numpy as np
import pytest

from gradwright.errors import ConfigError, ShapeError
from gradwright.nn import Linear

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


@pytest.mark.parametrize("sizes", [(0, 3), (2, 0), (-1, 3)])
def test_sizes_below_one_are_refused(sizes: tuple[int, int]) -> None:
    message = f"expected in_features and out_features of at least 1, found {sizes[0]} and {sizes[1]}"
    with pytest.raises(ConfigError, match=message):
        Linear(*sizes)
