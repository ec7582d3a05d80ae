"""Jacobians by covectors, by directions and as a whole: right ones pass, a planted fault is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradwright.check.jacobian import (
    check_jacobian,
    check_jacobian_matrix,
    check_jvp,
)
from gradwright.check.points import Array
from gradwright.errors import CheckError, ConfigError
from gradwright.nn import Layer, Linear, ParameterLayout, Sequential, Tanh, residual_block

Point = dict[str, Any]
RNG = np.random.default_rng(3)
LAYERS: tuple[Layer, ...] = (Sequential(Linear(3, 4), Tanh()), residual_block(3, 4))
W = RNG.standard_normal((3, 3))
X = RNG.standard_normal(3)

# Both matrices are sums of a few products, right to some units in the last place.
ROUNDING = 1e-12


def maps_of(layer: Layer) -> tuple[Callable[[Point], Array], Callable[[Point, Array], Point], Point]:
    """A layer as a map of its input and parameters together, its J' u, and where to look at it."""
    layout = ParameterLayout.of(layer)
    theta = layout.initialize(np.random.default_rng(1))
    theta += 0.1 * np.random.default_rng(2).standard_normal(theta.shape)  # biases begin at 0
    point = {"x": RNG.standard_normal((5, 3)), **layout.named(theta)}

    def tree(p: Point) -> Any:
        return layout.tree(np.concatenate([p[slot.name].ravel() for slot in layout.slots]))

    def forward(p: Point) -> Array:
        return layer.forward(tree(p), p["x"])[0]

    def vjp(p: Point, u: Array) -> Point:
        dx, dparams = layer.backward(tree(p), layer.forward(tree(p), p["x"])[1], u)
        return {"x": dx, **layout.named(layout.pack(dparams))}

    return forward, vjp, point


def tanh_layer(p: Point) -> Array:
    return np.asarray(np.tanh(p["x"] @ p["W"] + p["b"]))


def tanh_vjp(p: Point, u: Array) -> Point:
    dz = u * (1 - tanh_layer(p) ** 2)
    return {"x": dz @ p["W"].T, "W": p["x"].T @ dz, "b": dz.sum(axis=0)}


def tanh_jvp(p: Point, v: Point) -> Array:
    slope = 1 - tanh_layer(p) ** 2
    return np.asarray(slope * (v["x"] @ p["W"] + p["x"] @ v["W"] + v["b"]))


POINT = {
    "x": RNG.standard_normal((4, 3)),
    "W": RNG.standard_normal((3, 2)),
    "b": RNG.standard_normal(2),
}


def matrix_layer(x: Array) -> Array:
    return np.asarray(np.tanh(x @ W))


def matrix(x: Array) -> Array:
    return np.asarray(((1 - np.tanh(x @ W) ** 2) * W).T)


# -- J' u -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layer", LAYERS, ids=["tanh", "residual"])
def test_the_jacobian_of_a_layer_is_right_for_input_weights_and_biases(layer: Layer) -> None:
    forward, vjp, point = maps_of(layer)
    report = check_jacobian(forward, vjp, point)
    report.assert_correct()
    assert [row.name for row in report.parameters] == list(point)


@pytest.mark.parametrize("name", ["x", "W", "b"])
def test_a_wrong_part_of_the_jacobian_is_named(name: str) -> None:
    def wrong(p: Point, u: Array) -> Point:
        products = tanh_vjp(p, u)
        return {**products, name: 2 * products[name]}

    report = check_jacobian(tanh_layer, wrong, POINT)
    assert report.verdict == "wrong"
    assert report.cause == "a factor of 2 too many"
    assert str(report.location).startswith(name)


def test_a_jacobian_in_single_precision_is_right() -> None:
    point = {name: array.astype(np.float32) for name, array in POINT.items()}
    check_jacobian(tanh_layer, tanh_vjp, point).assert_correct()


def test_a_jacobian_that_is_only_a_diagonal_is_wrong() -> None:
    def softmax(z: Array) -> Array:
        e = np.exp(z - z.real.max())
        return np.asarray(e / e.sum())

    def diagonal(z: Array, u: Array) -> Array:
        p = softmax(z)
        return np.asarray(p * (1 - p) * u)

    def whole(z: Array, u: Array) -> Array:
        p = softmax(z)
        return np.asarray(p * (u - p @ u))

    assert check_jacobian(softmax, diagonal, X).verdict == "wrong"
    assert check_jacobian(softmax, whole, X).verdict == "correct"


def test_a_vjp_that_spoils_its_covector_does_not_spoil_the_check() -> None:
    def spoiling(p: Point, u: Array) -> Point:
        u *= 1 - tanh_layer(p) ** 2
        return {"x": u @ p["W"].T, "W": p["x"].T @ u, "b": u.sum(axis=0)}

    assert check_jacobian(tanh_layer, spoiling, POINT).verdict == "correct"


def test_an_output_that_is_no_array_of_numbers_is_told() -> None:
    with pytest.raises(CheckError, match="forward\\(x\\): expected an array of real numbers, found <U4"):
        check_jacobian(lambda _: "none", lambda x, _: x, X)


# -- J v --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_derivatives_along_directions_are_right(dtype: type[np.floating]) -> None:
    point = {name: array.astype(dtype) for name, array in POINT.items()}
    for seed in range(10):
        check_jvp(tanh_layer, tanh_jvp, point, seed=seed).assert_correct()


def test_a_term_that_is_missing_along_directions_is_wrong() -> None:
    def without_bias(p: Point, v: Point) -> Array:
        return tanh_jvp(p, {**v, "b": np.zeros(2)})

    report = check_jvp(tanh_layer, without_bias, POINT)
    assert report.verdict == "wrong"
    assert str(report.location).startswith("direction")


def test_directions_carry_complex_numbers_where_the_layer_does() -> None:
    few = check_jvp(tanh_layer, tanh_jvp, POINT).evaluations
    many = check_jvp(lambda p: tanh_layer({k: np.real(a) for k, a in p.items()}), tanh_jvp, POINT).evaluations
    assert few < many


def test_a_product_of_another_shape_is_told() -> None:
    with pytest.raises(
        CheckError, match=r"jvp\(x, v\): expected the shape \(4, 2\) of forward\(x\), found \(4,\)"
    ):
        check_jvp(tanh_layer, lambda p, v: tanh_jvp(p, v)[:, 0], POINT)


# -- the whole matrix -------------------------------------------------------------------------------------


def test_a_whole_jacobian_is_right() -> None:
    check_jacobian_matrix(matrix_layer, matrix, X).assert_correct()
    check_jacobian_matrix(matrix_layer, matrix, X.astype(np.float32)).assert_correct()


def test_a_jacobian_of_arrays_with_axes_is_right() -> None:
    x = RNG.standard_normal((2, 2))
    report = check_jacobian_matrix(
        lambda x: x @ x.T,
        lambda x: np.einsum("ac,bd->abcd", np.eye(2), x) + np.einsum("bc,ad->abcd", np.eye(2), x),
        x,
    )
    report.assert_correct()


def test_a_transposed_jacobian_is_wrong() -> None:
    """Each output has a copy of x of its own, so that f alone tells no order: the text does."""
    report = check_jacobian_matrix(matrix_layer, lambda x: matrix(x).T, X)
    assert report.verdict == "wrong"
    assert str(report.location).startswith("J")


@pytest.mark.parametrize("place", [(0, 0), (2, 1)])
def test_one_wrong_entry_is_found(place: tuple[int, int]) -> None:
    def wrong(x: Array) -> Array:
        jacobian = matrix(x)
        jacobian[place] *= 1.01
        return jacobian

    report = check_jacobian_matrix(matrix_layer, wrong, X)
    assert report.location == f"J[{place[0]}, {place[1]}]"
    assert report.cause == "one entry is wrong"


def test_a_jacobian_of_another_shape_is_told() -> None:
    with pytest.raises(CheckError, match=r"jacobian\(x\): expected the shape \(2, 3\), found \(3, 2\)"):
        check_jacobian_matrix(lambda x: x @ W[:, :2], lambda _: W[:, :2], X)
    with pytest.raises(ConfigError, match="x: expected an array, found dict"):
        check_jacobian_matrix(tanh_layer, lambda _: W, POINT)  # type: ignore[arg-type]


@pytest.mark.parametrize(("tolerance", "verdict"), [(0.0, "wrong"), (1e-3, "correct")])
def test_a_difference_that_is_tolerated_is_so_at_every_door(tolerance: float, verdict: str) -> None:
    def forward(x: Array) -> Array:
        return np.tanh(x @ W)

    def jacobian(x: Array) -> Array:
        return (1 + 1e-4) * (1 - np.tanh(x @ W) ** 2)[:, None] * W.T

    reports = (
        check_jacobian(forward, lambda x, u: u @ jacobian(x), X, tolerance=tolerance),
        check_jvp(forward, lambda x, v: jacobian(x) @ v, X, tolerance=tolerance),
        check_jacobian_matrix(forward, jacobian, X, tolerance=tolerance),
    )
    assert [report.verdict for report in reports] == 3 * [verdict]
