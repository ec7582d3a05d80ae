"""The complex step is right to rounding, and says so where a function does not let it be."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gradwright.check import complex_step_derivative, complex_step_gradient
from gradwright.errors import CheckError, ConfigError, GradwrightError, ShapeError

Array = NDArray[Any]

ROUNDING = 1e-14  # a few dozen rounding errors of 1.1e-16

FUNCTIONS: dict[str, tuple[Callable[[Array], Any], Callable[[Array], Array]]] = {
    "cubic": (lambda z: (z**3).sum(), lambda x: 3 * x**2),
    "sine": (lambda z: np.sin(z).sum(), np.cos),
    "exponential": (lambda z: np.exp(z).sum(), np.exp),
    "tanh": (lambda z: np.tanh(z).sum(), lambda x: 1 / np.cosh(x) ** 2),
    "reciprocal": (lambda z: (1 / z).sum(), lambda x: -1 / x**2),
    "logarithm of a square": (lambda z: np.log(z * z).sum(), lambda x: 2 / x),
    "product": (np.prod, lambda x: np.prod(x) / x),
}


@pytest.mark.parametrize(("f", "gradient"), FUNCTIONS.values(), ids=FUNCTIONS.keys())
@given(
    sizes=st.lists(st.floats(0.1, 3), min_size=1, max_size=5), negative=st.booleans(), seed=st.integers(0, 99)
)
def test_derivatives_are_right_to_rounding(
    f: Callable[[Array], Any],
    gradient: Callable[[Array], Array],
    sizes: list[float],
    negative: bool,
    seed: int,
) -> None:
    x = np.array(sizes) * (-1 if negative else 1)
    v = np.random.default_rng(seed).standard_normal(x.shape)
    expected = gradient(x)
    np.testing.assert_allclose(complex_step_gradient(f, x), expected, rtol=ROUNDING)
    slope = complex_step_derivative(f, x, v)
    assert abs(slope - expected @ v) <= ROUNDING * (np.abs(expected) @ np.abs(v))


def test_squire_and_trapps_example() -> None:
    """Squire and Trapp differentiate x^(9/2) at 1.5; the derivative is 4.5 x^(7/2)."""
    found = complex_step_derivative(lambda z: z**4.5, np.array(1.5), np.array(1.0))
    assert found == pytest.approx(4.5 * 1.5**3.5, rel=ROUNDING)


@pytest.mark.parametrize("scale", [1e-60, 1e-20, 1.0, 1e20, 1e60])
def test_the_scale_of_x_does_not_matter(scale: float) -> None:
    x = np.array([scale])
    np.testing.assert_allclose(complex_step_gradient(lambda z: (z**3).sum(), x), 3 * x**2, rtol=ROUNDING)


def test_a_function_with_many_outputs_gives_their_derivatives() -> None:
    matrix = np.arange(6.0).reshape(2, 3)
    v = np.array([1.0, -2.0, 0.5])
    np.testing.assert_allclose(complex_step_derivative(lambda z: matrix @ z, np.ones(3), v), matrix @ v)


def test_the_gradient_has_the_shape_of_x() -> None:
    x = np.arange(1.0, 7.0).reshape(2, 3)
    np.testing.assert_allclose(complex_step_gradient(lambda z: (z * z).sum(), x), 2 * x, rtol=ROUNDING)


NOT_COMPLEX_SAFE: dict[str, Callable[[Array], Any]] = {
    "abs": lambda z: np.abs(z).sum(),
    "real part": lambda z: z.real.sum(),
    "float": lambda z: float(z[0]),
    "math": lambda z: math.tanh(z[0]),
    "real buffer": lambda z: _through_a_buffer(z),
    "constant": lambda _: 3.0,
}


def _through_a_buffer(z: Array) -> Any:
    buffer = np.empty(z.shape)
    buffer[...] = z
    return buffer.sum() + 0j


@pytest.mark.parametrize("f", NOT_COMPLEX_SAFE.values(), ids=NOT_COMPLEX_SAFE.keys())
def test_a_function_that_drops_the_imaginary_part_is_refused(f: Callable[[Array], Any]) -> None:
    with pytest.raises(CheckError, match="expected a complex value for a complex x"):
        complex_step_gradient(f, np.array([0.5, 1.0]))


WRONG_POINTS: dict[str, tuple[Any, str]] = {
    "float32": (np.ones(2, np.float32), "found an array of float32"),
    "whole numbers": (np.ones(2, np.int32), "found an array of int32"),
    "a list": ([1.0, 2.0], "found list"),
    "not finite": (np.array([1.0, np.nan]), "found nan"),
}


@pytest.mark.parametrize(("x", "found"), WRONG_POINTS.values(), ids=WRONG_POINTS.keys())
def test_a_point_that_is_not_finite_float64_is_refused(x: Any, found: str) -> None:
    with pytest.raises(ConfigError, match=found):
        complex_step_gradient(lambda z: z.sum(), x)


@pytest.mark.parametrize(
    ("check", "message"),
    [
        (
            lambda: complex_step_derivative(np.sum, np.ones(2), np.ones(3)),
            r"direction: expected the shape \(2,\)",
        ),
        (lambda: complex_step_gradient(np.sin, np.ones(2)), r"f: expected a single number, found the shape"),
    ],
)
def test_shapes_that_do_not_meet_are_named(check: Callable[[], Any], message: str) -> None:
    with pytest.raises(ShapeError, match=message) as caught:
        check()
    assert isinstance(caught.value, GradwrightError)
