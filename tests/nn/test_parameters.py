"""The layout of theta: round trips, views, masks, places, and arrays that do not belong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradwright.errors import ConfigError, ShapeError
from gradwright.nn import Layer, Linear, ParameterLayout, Residual, Sequential, Sum, Tanh

NETWORK = Sequential(Linear(2, 3), Tanh(), Sum(Linear(3, 3, bias=False), Residual(Tanh()), Linear(3, 3)))
LAYOUT = ParameterLayout.of(Sequential(Linear(2, 3), Tanh(), Linear(3, 1)))


def leaves(tree: dict[str, Any], prefix: str = "") -> dict[str, np.ndarray]:
    """The arrays of a tree by full name, found without the layout's help."""
    found: dict[str, np.ndarray] = {}
    for name, node in tree.items():
        found |= leaves(node, f"{prefix}{name}.") if isinstance(node, dict) else {prefix + name: node}
    return found


# Over random networks


@given(data=st.data())
def test_a_tree_packs_back_to_its_theta(
    data: st.DataObject, networks: st.SearchStrategy[tuple[Layer, int]]
) -> None:
    layout = ParameterLayout.of(data.draw(networks)[0])
    theta = np.arange(layout.size, dtype=float)
    np.testing.assert_array_equal(layout.pack(layout.tree(theta)), theta)


@given(data=st.data())
def test_named_arrays_make_the_same_theta(
    data: st.DataObject, networks: st.SearchStrategy[tuple[Layer, int]]
) -> None:
    layout = ParameterLayout.of(data.draw(networks)[0])
    theta = np.arange(layout.size, dtype=float)
    np.testing.assert_array_equal(layout.from_named(layout.named(theta)), theta)


@given(data=st.data())
def test_the_tree_holds_the_named_arrays_in_the_order_of_the_layers(
    data: st.DataObject, networks: st.SearchStrategy[tuple[Layer, int]]
) -> None:
    layout = ParameterLayout.of(data.draw(networks)[0])
    theta = np.arange(layout.size, dtype=float)
    found, named = leaves(dict(layout.tree(theta))), layout.named(theta)
    assert list(found) == list(named)
    assert all(np.array_equal(found[name], named[name]) for name in named)
    assert sum(array.size for array in named.values()) == layout.size


@given(data=st.data())
def test_backward_returns_a_tree_that_the_layout_packs(
    data: st.DataObject, networks: st.SearchStrategy[tuple[Layer, int]]
) -> None:
    network, features = data.draw(networks)
    layout = ParameterLayout.of(network)
    params = layout.tree(layout.initialize(np.random.default_rng(0)))
    y, cache = network.forward(params, np.ones((2, features)))
    assert y.shape == (2, network.output_features(features))
    dx, dparams = network.backward(params, cache, np.ones_like(y))
    assert dx.shape == (2, features)
    assert leaves(dparams).keys() == leaves(dict(params)).keys()
    assert layout.pack(dparams).shape == (layout.size,)


@given(data=st.data())
def test_each_entry_is_located_in_its_array(
    data: st.DataObject, networks: st.SearchStrategy[tuple[Layer, int]]
) -> None:
    layout = ParameterLayout.of(data.draw(networks)[0])
    named = layout.named(np.arange(layout.size))
    for index in range(layout.size):
        name, _, place = layout.locate(index).rstrip("]").partition("[")
        assert named[name][tuple(int(i) for i in place.split(", "))] == index


# Names


def test_names_are_positions_and_a_residual_adds_none() -> None:
    names = [slot.name for slot in ParameterLayout.of(NETWORK).slots]
    assert names == ["0.weight", "0.bias", "2.0.weight", "2.2.weight", "2.2.bias"]
    assert [slot.name for slot in ParameterLayout.of(Residual(Linear(2, 2))).slots] == ["weight", "bias"]


def test_a_place_is_a_name_with_indices() -> None:
    assert LAYOUT.locate(5) == "0.weight[1, 2]"
    assert LAYOUT.locate(12) == "2.bias[0]"


@pytest.mark.parametrize("index", [-1, 13])
def test_an_index_outside_theta_is_named(index: int) -> None:
    with pytest.raises(IndexError, match=f"theta has 13 entries, found the index {index}"):
        LAYOUT.locate(index)


def test_a_mask_selects_whole_arrays_by_name() -> None:
    mask = LAYOUT.mask(lambda name: name.endswith("bias"))
    assert mask.dtype == bool
    assert np.flatnonzero(mask).tolist() == [6, 7, 8, 12]


# Views


@pytest.mark.parametrize(
    "make", [lambda it: it.initialize(np.random.default_rng(0)), lambda it: it.mask(str.isidentifier)]
)
def test_a_network_that_no_memory_holds_is_refused_before_anything_is_allocated(
    make: Callable[[ParameterLayout], Any],
) -> None:
    with pytest.raises(
        ConfigError, match=r"at most 2,147,483,648 parameters, found one of 1,000,001,000,000"
    ):
        make(ParameterLayout.of(Linear(10**6, 10**6)))


def test_arrays_are_views_of_theta() -> None:
    theta = np.zeros(LAYOUT.size)
    LAYOUT.named(theta)["0.weight"][1, 2] = 7
    LAYOUT.tree(theta)["2"]["bias"][0] = 8
    assert theta[5] == 7
    assert theta[12] == 8


def test_a_packed_vector_is_a_copy() -> None:
    theta = np.zeros(LAYOUT.size)
    assert not np.shares_memory(LAYOUT.pack(LAYOUT.tree(theta)), theta)


def test_a_read_only_theta_has_read_only_views() -> None:
    theta = np.zeros(LAYOUT.size)
    theta.flags.writeable = False
    assert not any(view.flags.writeable for view in LAYOUT.named(theta).values())
    with pytest.raises(ValueError, match="read-only"):
        LAYOUT.tree(theta)["0"]["weight"][0, 0] = 1


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex128])
def test_the_dtype_of_theta_is_kept(dtype: type[np.inexact]) -> None:
    theta = np.ones(LAYOUT.size, dtype)
    assert {view.dtype for view in LAYOUT.named(theta).values()} == {np.dtype(dtype)}
    assert LAYOUT.pack(LAYOUT.tree(theta)).dtype == dtype
    assert LAYOUT.from_named(LAYOUT.named(theta), dtype).dtype == dtype


def test_a_network_without_parameters_has_an_empty_theta() -> None:
    layout = ParameterLayout.of(Tanh())
    theta = layout.initialize(np.random.default_rng(0))
    assert layout.size == 0
    assert theta.shape == layout.pack({}).shape == (0,)
    assert layout.tree(theta) == {}


# Initialisation


def test_arrays_are_drawn_in_the_order_of_the_layers() -> None:
    rng = np.random.default_rng(4)
    drawn = [slot.parameter.initializer.draw(slot.shape, rng).ravel() for slot in LAYOUT.slots]
    np.testing.assert_array_equal(LAYOUT.initialize(np.random.default_rng(4)), np.concatenate(drawn))


def test_layers_of_one_shape_start_differently() -> None:
    """Reseeding in every layer, as report S0 does, would give them the same weights."""
    layout = ParameterLayout.of(Sequential(Linear(3, 3), Tanh(), Linear(3, 3)))
    named = layout.named(layout.initialize(np.random.default_rng(0)))
    assert not np.array_equal(named["0.weight"], named["2.weight"])


# Arrays that do not belong


@pytest.mark.parametrize("shape", [(12,), (14,), (13, 1), ()], ids=str)
def test_a_theta_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=r"theta: expected the shape \(13,\), found \("):
        LAYOUT.named(np.zeros(shape))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"2.bias": None}, r"parameter 2\.bias: expected the shape \(1,\), found no such array"),
        ({"3.bias": np.zeros(1)}, r"parameter 3\.bias: expected no such array, found the shape \(1,\)"),
        (
            {"0.weight": np.zeros((3, 2))},
            r"parameter 0\.weight: expected the shape \(2, 3\), found the shape \(3, 2\)",
        ),
    ],
    ids=["missing", "unknown", "transposed"],
)
def test_an_array_that_does_not_belong_is_named(change: dict[str, np.ndarray | None], message: str) -> None:
    arrays = {**LAYOUT.named(np.zeros(13)), **change}
    with pytest.raises(ShapeError, match=message):
        LAYOUT.from_named({name: array for name, array in arrays.items() if array is not None})
