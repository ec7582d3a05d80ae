"""Activations: their values, their slopes, and what happens far away, at zero and at NaN."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gradwright.errors import ConfigError
from gradwright.nn import ELU, GELU, SELU, Layer, LeakyReLU, Mish, ReLU, Sigmoid, SiLU, Softplus, Tanh
from gradwright.nn.layer import Array

ROUNDING = 1e-14  # a handful of float64 operations near 1
NEGLIGIBLE = 1e-300  # softplus(-745) is the smallest denormal number, not 0
TINY = 1e-30  # the complex step: its square vanishes beside 1, so nothing is cancelled
S, A = 1.0507009873554805, 1.6732632423543772  # of SELU
SELU_KINKED = 5e-3  # of a quadrature for polynomials, at a function with a kink at 0
GELU_FORMS_DIFFER_BY = 5e-4  # the tanh form against x Phi(x), as its docstring says

SMOOTH: tuple[Layer, ...] = (ELU(), Tanh(), Sigmoid(), Softplus(), GELU(), SiLU(), Mish())
EVERY: tuple[Layer, ...] = (ReLU(), LeakyReLU(0.1), ELU(0.5), SELU(), *SMOOTH)


def name(value: object) -> str | None:
    return None if isinstance(value, float | list) else type(value).__name__


def slope(layer: Layer, x: Array) -> Array:
    _, cache = layer.forward({}, x)
    return layer.backward({}, cache, np.ones_like(x))[0]


@pytest.mark.parametrize(
    ("layer", "x", "y", "dydx"),
    [
        (ReLU(), -2.0, 0.0, 0.0),
        (ReLU(), 3.0, 3.0, 1.0),
        (LeakyReLU(0.1), -2.0, -0.2, 0.1),
        (LeakyReLU(0.1), 3.0, 3.0, 1.0),
        (ELU(), -math.log(2), -1 / 2, 1 / 2),
        (ELU(3), -math.log(2), -3 / 2, 3 / 2),
        (ELU(3), 2.0, 2.0, 1.0),
        (SELU(), -math.log(2), -S * A / 2, S * A / 2),
        (SELU(), 2.0, 2 * S, S),
        (Tanh(), math.log(2), 3 / 5, 16 / 25),
        (Sigmoid(), math.log(3), 3 / 4, 3 / 16),
        (Softplus(), 0.0, math.log(2), 1 / 2),
        (Softplus(), math.log(3), math.log(4), 3 / 4),
        (GELU(), 0.0, 0.0, 1 / 2),
        (SiLU(), math.log(3), math.log(3) * 3 / 4, 3 / 4 * (1 + math.log(3) / 4)),
        (Mish(), 0.0, 0.0, 3 / 5),
        (Mish(), math.log(2), math.log(2) * 4 / 5, 4 / 5 + math.log(2) * 9 / 25 * 2 / 3),
    ],
    ids=name,
)
def test_values_and_slopes_worked_by_hand(layer: Layer, x: float, y: float, dydx: float) -> None:
    at = np.array([[x]])
    assert layer.forward({}, at)[0].item() == pytest.approx(y, abs=ROUNDING)
    assert slope(layer, at).item() == pytest.approx(dydx, abs=ROUNDING)


def test_gelu_stays_close_to_x_times_the_normal_distribution() -> None:
    x = np.linspace(-6, 6, 241).reshape(-1, 1)
    exact = x * [[0.5 * (1 + math.erf(v / math.sqrt(2)))] for v in x.ravel()]
    assert np.abs(GELU().forward({}, x)[0] - exact).max() < GELU_FORMS_DIFFER_BY


def test_selu_keeps_mean_0_and_variance_1_of_the_normal_distribution() -> None:
    x, weights = np.polynomial.hermite_e.hermegauss(100)
    y = SELU().forward({}, x.reshape(-1, 1))[0].ravel()
    mean, square = (weights @ y**k / weights.sum() for k in (1, 2))
    assert (mean, square) == pytest.approx((0, 1), abs=SELU_KINKED)


def test_selu_goes_to_the_limits_of_its_formula() -> None:
    x = np.array([[-1e4, 1e4]])
    np.testing.assert_allclose(SELU().forward({}, x)[0], [[-S * A, 1e4 * S]], rtol=ROUNDING)
    np.testing.assert_allclose(slope(SELU(), x), [[0, S]], rtol=ROUNDING)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("layer", "limits", "slopes"),
    [
        (ReLU(), [0, 0, 745, 1e4], [0, 0, 1, 1]),
        (LeakyReLU(0.5), [-5e3, -372.5, 745, 1e4], [0.5, 0.5, 1, 1]),
        (ELU(3), [-3, -3, 745, 1e4], [0, 0, 1, 1]),
        (Tanh(), [-1, -1, 1, 1], [0, 0, 0, 0]),
        (Sigmoid(), [0, 0, 1, 1], [0, 0, 0, 0]),
        (Softplus(), [0, 0, 745, 1e4], [0, 0, 1, 1]),
        (GELU(), [0, 0, 745, 1e4], [0, 0, 1, 1]),
        (SiLU(), [0, 0, 745, 1e4], [0, 0, 1, 1]),
        (Mish(), [0, 0, 745, 1e4], [0, 0, 1, 1]),
    ],
    ids=name,
)
def test_far_inputs_reach_the_limits_without_a_warning(
    layer: Layer, limits: list[float], slopes: list[float], dtype: type[np.floating]
) -> None:
    x = np.array([[-1e4, -745.0, 745.0, 1e4]], dtype)  # e^745 overflows even in float64
    y, dx = layer.forward({}, x)[0], slope(layer, x)
    np.testing.assert_allclose(y, [limits], rtol=0, atol=NEGLIGIBLE)
    np.testing.assert_allclose(dx, [slopes], rtol=0, atol=NEGLIGIBLE)
    assert y.dtype == dx.dtype == dtype


@pytest.mark.parametrize("layer", EVERY, ids=name)
def test_nan_is_not_hidden_and_does_not_spread(layer: Layer) -> None:
    y, _ = layer.forward({}, np.array([[1.0, np.nan, -1.0]]))
    assert np.isnan(y).tolist() == [[False, True, False]]


def test_relu_of_infinity_is_not_nan() -> None:
    assert ReLU().forward({}, np.array([[-np.inf, np.inf]]))[0].tolist() == [[0, np.inf]]


@pytest.mark.parametrize(
    ("layer", "dydx"), [(ReLU(), 0.0), (LeakyReLU(0.1), 0.1), (ELU(3), 3.0), (SELU(), S * A)], ids=name
)
def test_at_the_kink_the_slope_is_that_of_the_left(layer: Layer, dydx: float) -> None:
    assert slope(layer, np.array([[0.0, -0.0]])).tolist() == [[dydx, dydx]]


@pytest.mark.parametrize("step", [TINY, -TINY])
@pytest.mark.parametrize("layer", EVERY, ids=name)
def test_the_slope_is_that_of_the_value_at_zero_too(layer: Layer, step: float) -> None:
    x = np.array([[-2.5, -0.3, 0.0, 0.4, 3.0]])
    complex_step = layer.forward({}, x + 1j * step)[0].imag / step
    np.testing.assert_allclose(slope(layer, x), complex_step, rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("layer", EVERY, ids=name)
def test_an_activation_fits_any_width_and_learns_nothing(layer: Layer) -> None:
    assert layer.output_features(7) == 7
    assert layer.output_features(None) is None
    assert layer.parameters() == {}


@pytest.mark.parametrize("bad", [-0.1, 1.0, math.nan])
def test_a_leak_outside_0_to_1_is_refused(bad: float) -> None:
    with pytest.raises(ConfigError, match=r"LeakyReLU\.slope: expected a number in \[0, 1\), found"):
        LeakyReLU(bad)


@pytest.mark.parametrize("bad", [-0.1, 0.0, math.inf])
def test_an_alpha_that_is_not_positive_is_refused(bad: float) -> None:
    with pytest.raises(ConfigError, match=r"ELU\.alpha: expected a finite number > 0, found"):
        ELU(bad)
