"""Layer normalisation: its values, its derivatives worked by hand, and the sizes that it takes."""

from __future__ import annotations

import numpy as np
import pytest

from gradwright.errors import ConfigError, ShapeError
from gradwright.nn import LayerNorm, ParameterLayout

ROUNDING = 1e-12


def test_a_row_has_mean_beta_and_variance_gamma_squared() -> None:
    x = np.random.default_rng(0).normal(50, 7, (4, 6))
    params = {"gamma": np.full(6, 3.0), "beta": np.full(6, 2.0)}
    y, _ = LayerNorm(6, epsilon=1e-12).forward(params, x)
    np.testing.assert_allclose(y.mean(axis=1), 2, rtol=ROUNDING)
    np.testing.assert_allclose(y.var(axis=1), 9, rtol=ROUNDING)


def test_it_begins_as_the_plain_normalisation() -> None:
    layout = ParameterLayout.of(LayerNorm(2))
    assert layout.named(layout.initialize(np.random.default_rng(0)))["gamma"].tolist() == [1, 1]
    assert layout.named(layout.initialize(np.random.default_rng(0)))["beta"].tolist() == [0, 0]


def test_the_derivatives_worked_by_hand() -> None:
    # x = (1, 3, 2): mean 2, variance 2/3, and epsilon 1/3 makes s = 1, so z = (-1, 1, 0)
    layer, params = LayerNorm(3, epsilon=1 / 3), {"gamma": np.array([1.0, 2, 3]), "beta": np.zeros(3)}
    y, cache = layer.forward(params, np.array([[1.0, 3, 2]]))
    np.testing.assert_allclose(y, [[-1, 2, 0]], rtol=ROUNDING)
    dx, dparams = layer.backward(params, cache, np.array([[1.0, 2, 1]]))
    # dz = (1, 4, 3): mean 8/3, mean of dz z is 1; dx = dz - 8/3 - z
    np.testing.assert_allclose(dx, [[-2 / 3, 1 / 3, 1 / 3]], rtol=ROUNDING)
    np.testing.assert_allclose(dparams["gamma"], [-1, 2, 0], atol=ROUNDING)
    assert dparams["beta"].tolist() == [1, 2, 1]


def test_a_row_of_equal_entries_stays_finite() -> None:
    layer, params = LayerNorm(3), {"gamma": np.ones(3), "beta": np.array([1.0, 2, 3])}
    y, cache = layer.forward(params, np.full((1, 3), 4.0))
    assert y.tolist() == [[1, 2, 3]]
    assert np.isfinite(layer.backward(params, cache, np.ones((1, 3)))[0]).all()


def test_it_says_how_many_features_it_takes() -> None:
    assert LayerNorm(3).output_features(3) == LayerNorm(3).output_features(None) == 3
    with pytest.raises(ShapeError, match=r"LayerNorm\(3\) takes 3 features, found 4"):
        LayerNorm(3).output_features(4)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"LayerNorm.features: expected a whole number >= 1, found 0"):
        LayerNorm(0)
    with pytest.raises(ConfigError, match=r"LayerNorm.epsilon: expected a finite number > 0, found 0"):
        LayerNorm(3, epsilon=0)
