"""The affine map from stored features to inputs, and the two ways to choose it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradwright.data import Affine, Dataset, Split, affine, standardize, unit_scale
from gradwright.errors import DataError

ROUNDING = 1e-12  # means and variances of a few hundred float64 numbers of order 1


def dataset(x: np.ndarray[tuple[int, int], np.dtype[np.generic]]) -> Dataset:
    return Dataset("d", "here", Split(x, np.zeros(len(x), int)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_map_answers_in_the_dtype_that_was_asked_for(dtype: type[np.floating]) -> None:
    out = Affine(shift=np.array([1.0, 2.0]), scale=0.1)(np.array([[1, 3]], np.uint8), dtype)
    assert out.dtype == dtype
    assert out.tolist() == [[0.0, float(dtype(1) * dtype(0.1))]]


def test_the_result_is_a_new_contiguous_array_even_for_the_identity() -> None:
    x = np.asfortranarray(np.ones((3, 2)))
    out = Affine()(x, np.float64)
    assert out.flags.c_contiguous
    assert out.flags.writeable
    assert not np.shares_memory(out, x)


@pytest.mark.parametrize("name", ["shift", "scale"])
def test_a_map_that_is_not_finite_is_refused(name: str) -> None:
    with pytest.raises(DataError, match=f"the features' {name}: expected finite numbers"):
        Affine(**{name: float("nan")})


def test_unit_scale_brings_bytes_to_0_and_1() -> None:
    scaled = unit_scale(dataset(np.array([[0, 255]], np.uint8)))
    assert scaled.inputs("train", np.float64).tolist() == [[0.0, 1.0]]
    assert scaled.train.x.dtype == np.uint8


def test_unit_scale_refuses_features_whose_range_it_cannot_know() -> None:
    with pytest.raises(DataError, match="expects features of uint8, found float64"):
        unit_scale(dataset(np.ones((2, 2))))


@given(n=st.integers(2, 50), block=st.integers(1, 60), seed=st.integers(0, 99))
def test_standardized_training_rows_have_mean_0_and_deviation_1(n: int, block: int, seed: int) -> None:
    x = 3 + 2 * np.random.default_rng(seed).standard_normal((n, 3))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(affine, "ROWS_AT_ONCE", block)  # the blocks must not show in the result
        z = standardize(dataset(x)).inputs("train", np.float64)
    np.testing.assert_allclose(z.mean(axis=0), 0, atol=ROUNDING)
    np.testing.assert_allclose(z.std(axis=0), 1, atol=ROUNDING)


def test_standardization_is_fitted_on_the_training_rows_alone() -> None:
    train = Split(np.array([[0.0], [2.0]]), np.zeros(2, int))
    other = Split(np.array([[100.0]]), np.zeros(1, int))
    data = standardize(Dataset("d", "here", train, validation=other, test=other))
    assert data.inputs("train", np.float64).tolist() == [[-1.0], [1.0]]
    assert data.inputs("validation", np.float64).tolist() == [[99.0]]
    assert data.inputs("test", np.float64).tolist() == [[99.0]]


def test_a_constant_feature_keeps_scale_1_although_its_variance_rounds_to_more_than_0() -> None:
    x = np.full((7, 1), 0.1, np.float32)
    data = standardize(dataset(x))
    assert np.asarray(data.features.scale).tolist() == [1.0]
    np.testing.assert_allclose(data.inputs("train", np.float64), 0, atol=ROUNDING)
