"""A point in any form is one vector, and goes back into its form."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest

from gradwright.check.points import Tree
from gradwright.errors import CheckError, ConfigError


class Pair(NamedTuple):
    a: Any
    b: Any


FORMS: list[Any] = [
    np.arange(3.0),
    np.array(2.0),
    {"W": np.ones((2, 3)), "b": np.zeros(3)},
    [np.ones(2), (np.zeros(1), np.ones((1, 2)))],
    {"layers": [{"W": np.ones((2, 2), np.float32)}, {"W": np.zeros((2, 1), np.float32)}]},
    Pair(np.ones(2), {"c": np.zeros(1)}),
]


@pytest.mark.parametrize("form", FORMS, ids=range(len(FORMS)))
def test_a_point_comes_back_in_its_own_form(form: Any) -> None:
    tree = Tree.of(form)
    vector = tree.pack(form) + 0.25
    back, held = tree.unpack(vector)
    assert type(back) is type(form)
    assert np.array_equal(held, vector)  # quarters fit every dtype
    assert np.array_equal(tree.pack(back), vector)
    assert [leaf.dtype for leaf in Tree.of(back).leaves] == [leaf.dtype for leaf in tree.leaves]


def test_entries_have_names() -> None:
    tree = Tree.of({"W": np.ones((2, 3)), "rest": [np.zeros(2), np.array(1.0)]})
    assert [tree.locate(i) for i in (0, 5, 6, 8)] == ["W[0, 0]", "W[1, 2]", "rest[0][0]", "rest[1]"]
    assert Tree.of(np.ones(3)).locate(2) == "x[2]"


def test_what_a_dtype_makes_of_a_move_is_told() -> None:
    tree = Tree.of(np.ones(1, np.float32))
    _, held = tree.unpack(np.array([1 + 1e-9]))
    assert held.tolist() == [1.0]


def test_points_are_fresh_copies() -> None:
    x = np.ones(2)
    tree = Tree.of(x)
    point, _ = tree.unpack(tree.pack(x))
    point += 1
    assert x.tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("point", "message"),
    [
        (np.arange(3), "x: expected an array of float64 or float32, found int64"),
        ({"W": np.ones(2, complex)}, "W: expected an array of float64 or float32, found complex128"),
        ({"W": "text"}, "W: expected an array, found str"),
        ([np.array([1.0, np.nan])], r"x\[0\]: expected finite numbers, found nan at \[1\]"),
        ({}, "expected at least one number, found none"),
        (np.zeros((0, 3)), "expected at least one number, found none"),
    ],
)
def test_points_that_cannot_be_checked_are_refused(point: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Tree.of(point)


@pytest.mark.parametrize(
    ("gradient", "message"),
    [
        (
            {"W": np.ones((3, 2)), "b": np.ones(3)},
            r"gradient of W: expected the shape \(2, 3\), found \(3, 2\)",
        ),
        ({"W": np.ones((2, 3))}, r"the gradient has no b"),
        ({"W": np.ones((2, 3)), "b": np.ones(3), "c": np.ones(1)}, "the gradient has c, which x has not"),
        ({"W": np.ones((2, 3)), "b": np.full(3, np.inf)}, r"gradient of b: expected finite.*inf at \[0\]"),
        ({"W": np.ones((2, 3)), "b": np.ones(3, complex)}, "gradient of b: expected real numbers"),
        (None, "the gradient has no W"),
    ],
)
def test_gradients_of_another_form_are_named(gradient: Any, message: str) -> None:
    tree = Tree.of({"W": np.ones((2, 3)), "b": np.ones(3)})
    with pytest.raises(CheckError, match=message):
        tree.pack_gradient(gradient)
