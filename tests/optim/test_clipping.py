"""Clipping by the norm: a bound on the length, the direction kept, and every odd gradient decided."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from gradwright.errors import ConfigError
from gradwright.optim import clip_by_norm
from gradwright.optim.optimizer import Array

ROUNDING = 1e-14  # a handful of float64 operations near 1
GRADIENTS = arrays(np.float64, array_shapes(max_dims=2), elements=st.floats(-1e3, 1e3))
every_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def test_a_gradient_that_is_too_long_is_shortened_along_itself() -> None:
    np.testing.assert_allclose(clip_by_norm(np.array([6.0, -8.0]), 5.0), [3, -4], rtol=ROUNDING)


@pytest.mark.parametrize("grad", [[0.0, 0.0], [3.0, 4.0], [0.1, -0.2], []])
def test_a_gradient_within_the_bound_is_returned_as_it_is(grad: list[float]) -> None:
    given_grad = np.array(grad)
    assert clip_by_norm(given_grad, 5.0) is given_grad


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_gradient_that_is_not_finite_is_returned_as_it_is(bad: float) -> None:
    grad = np.array([1.0, bad])
    assert clip_by_norm(grad, 0.5) is grad


@given(GRADIENTS, st.floats(1e-3, 1e4))
def test_the_length_is_the_smaller_of_the_two_and_the_direction_stays(
    grad: np.ndarray, max_norm: float
) -> None:
    clipped = clip_by_norm(grad, max_norm)
    norm = math.sqrt(math.fsum(grad.ravel() ** 2))
    found = math.sqrt(math.fsum(clipped.ravel() ** 2))
    assert found == pytest.approx(min(norm, max_norm), rel=ROUNDING)
    np.testing.assert_allclose(clipped * norm, grad * found, rtol=0, atol=ROUNDING * norm * max(found, 1))


@every_dtype
def test_the_dtype_is_kept_and_the_gradient_untouched(dtype: type) -> None:
    grad: Array = np.array([3.0, 4.0], dtype)
    grad.flags.writeable = False
    clipped = clip_by_norm(grad, np.float64(1.0))
    assert clipped.dtype == dtype
    assert not np.shares_memory(clipped, grad)


@every_dtype
def test_entries_whose_squares_overflow_are_clipped_all_the_same(dtype: type) -> None:
    huge, epsilon = float(np.finfo(dtype).max) / 2, float(np.finfo(dtype).eps)
    clipped = clip_by_norm(np.array([huge, -huge], dtype), math.sqrt(2))
    np.testing.assert_allclose(clipped, [1, -1], rtol=4 * epsilon)


@every_dtype
def test_entries_whose_squares_vanish_are_within_the_bound(dtype: type) -> None:
    tiny: Array = np.full(3, np.finfo(dtype).tiny, dtype)
    assert clip_by_norm(tiny, 1.0) is tiny


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
def test_a_bound_that_is_not_positive_and_finite_is_refused(bad: float) -> None:
    message = f"max_norm: expected a finite number > 0, found {bad}"
    with pytest.raises(ConfigError, match=f"^{re.escape(message)}$"):
        clip_by_norm(np.ones(2), bad)
