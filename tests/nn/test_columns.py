"""Columns through layers of their own: where each goes and comes back to, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradwright.errors import ConfigError, ShapeError
from gradwright.nn import (
    Columns,
    Embedding,
    Linear,
    Mode,
    ParameterLayout,
    PeriodicEmbedding,
    Scale,
    Sequential,
    Tanh,
    network_from_json,
    network_to_json,
    summarize,
)
from gradwright.nn.dropout import Dropout

X = np.array([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]])
LAYER = Columns((Scale(1), Scale(2)), columns=((2,), (3, 0)), features=4)
PARAMS = {"0": {"scale": np.array([10.0])}, "1": {"scale": np.array([-1.0, 0.5])}}


def test_each_layer_has_its_columns_in_its_order_and_the_rest_passes() -> None:
    y, _ = LAYER.forward(PARAMS, X)
    assert y.tolist() == [[30, -4, 0.5, 2], [70, -8, 2.5, 6]]


def test_what_comes_back_goes_to_the_columns_that_it_came_from() -> None:
    _, caches = LAYER.forward(PARAMS, X)
    dx, dparams = LAYER.backward(PARAMS, caches, np.array([[1.0, 2.0, 3.0, 4.0], [0.0, 0.0, 0.0, 0.0]]))
    assert dx.tolist() == [[1.5, 4, 10, -2], [0, 0, 0, 0]]
    assert {name: own["scale"].tolist() for name, own in dparams.items()} == {"0": [3], "1": [8, 3]}


def test_categories_stand_beside_numbers() -> None:
    layer = Columns((Embedding(3, 2),), columns=((1,),), features=2)
    params = {"0": {"weight": np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 4.0]], np.float32)}}
    y, caches = layer.forward(params, np.array([[0.5, 2.0], [0.25, 1.0]], np.float32))
    assert y.tolist() == [[3, 4, 0.5], [1, 2, 0.25]]
    assert y.dtype == np.float32
    dx, _ = layer.backward(params, caches, np.ones((2, 3), np.float32))
    assert dx.tolist() == [[1, 0], [1, 0]]  # there is nothing between whole numbers


def test_whole_numbers_all_over_keep_the_dtype_of_the_parameters() -> None:
    layer = Columns((PeriodicEmbedding(1),), columns=((0,),), features=2)
    layout = ParameterLayout.of(layer)
    params = layout.tree(layout.initialize(np.random.default_rng(0), np.float32))
    assert layer.forward(params, np.array([[1, 2]]))[0].dtype == np.float32


def test_layers_that_draw_take_the_generator_in_turn() -> None:
    layer = Columns((Dropout(0.5), Dropout(0.5)), columns=((0, 1), (2, 3)), features=4)
    y, _ = layer.forward({}, np.ones((64, 4)), Mode(training=True, rng=np.random.default_rng(0)))
    assert (y[:, :2] != y[:, 2:]).any()


def test_it_is_shown_and_comes_back_from_a_file() -> None:
    network = Sequential(
        Columns((PeriodicEmbedding(2), Embedding(12, 8)), columns=((0, 3), (1,)), features=5), Linear(18, 3)
    )
    assert network_from_json(network_to_json(network)) == network
    assert [row.name for row in summarize(network, 5).rows] == ["0.0", "0.1", "0", "1"]


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        (
            {"columns": ((2,), (3, 4))},
            ConfigError,
            r"columns\[1\]: expected columns of 0 \.\. 3, .* found 4$",
        ),
        ({"columns": ((2,), (3, 2))}, ConfigError, r"columns\[1\]: .* found 2, which is taken"),
        ({"columns": ((2,), (3, 3))}, ConfigError, r"columns\[1\]: .* found 3, which is taken"),
        ({"columns": ((2,), ())}, ConfigError, r"columns\[1\]: expected a list of columns, found \(\)"),
        ({"columns": ((2,), (-1, 0))}, ConfigError, r"columns\[1\]\[0\]: expected a whole number >= 0"),
        ({"columns": ((2,),)}, ConfigError, "expected those of each of 2 layers, found 1"),
        ({"columns": ((2,), (3,))}, ShapeError, r"Columns, layer 1: Scale\(2\) takes 2 features, found 1"),
        ({"features": 3}, ConfigError, r"expected columns of 0 \.\. 2"),
        (
            {"layers": (Scale(1), Sequential(Tanh()))},
            ConfigError,
            "layer 1: expected one that holds no others",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(
    changes: dict[str, Any], error: type[Exception], message: str
) -> None:
    fields: dict[str, Any] = {"layers": LAYER.layers, "columns": LAYER.columns, "features": 4, **changes}
    with pytest.raises(error, match=message):
        Columns(fields.pop("layers"), **fields)


def test_another_number_of_columns_is_refused() -> None:
    with pytest.raises(ShapeError, match="Columns of 4 features takes 4, found 5"):
        LAYER.output_features(5)
