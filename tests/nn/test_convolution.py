"""The convolution: windows along a row, worked by hand, and the rows that it takes."""

from __future__ import annotations

import numpy as np
import pytest

from gradwright.errors import ConfigError, ShapeError
from gradwright.nn import Conv1d

ROUNDING = 1e-12


def test_zeros_stand_beyond_the_border() -> None:
    params = {"weight": np.ones((3, 1)), "bias": np.array([0.5])}
    y, _ = Conv1d(1, 1, kernel_size=3, padding=1).forward(params, np.array([[1.0, 2, 4]]))
    assert y.tolist() == [[3.5, 7.5, 6.5]]


def test_the_channels_of_a_step_stand_side_by_side() -> None:
    x = np.array([[1.0, 10, 2, 20, 3, 30]])  # three steps of two channels
    # the first channel of a step beside the second of the next one
    weight = np.array([[1.0, 0], [0, 0], [0, 0], [0, 1]])
    y, _ = Conv1d(2, 2, kernel_size=2).forward({"weight": weight, "bias": np.zeros(2)}, x)
    assert y.tolist() == [[1, 20, 2, 30]]


def test_the_derivatives_worked_by_hand() -> None:
    layer, params = Conv1d(1, 1, kernel_size=2), {"weight": np.array([[2.0], [3]]), "bias": np.zeros(1)}
    x = np.array([[1.0, 4, 9]])
    dx, dparams = layer.backward(params, layer.forward(params, x)[1], np.array([[1.0, 10]]))
    assert dx.tolist() == [[2, 3 + 20, 30]]
    assert dparams["weight"].tolist() == [[1 * 1 + 10 * 4], [1 * 4 + 10 * 9]]
    assert dparams["bias"].tolist() == [11]


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 1), (3, 2)])
def test_it_is_the_sum_over_the_window_written_out(stride: int, padding: int) -> None:
    rng = np.random.default_rng(0)
    layer = Conv1d(2, 3, kernel_size=3, stride=stride, padding=padding)
    x, weight = rng.standard_normal((4, 7, 2)), rng.standard_normal((3, 2, 3))
    y, _ = layer.forward({"weight": weight.reshape(6, 3), "bias": np.zeros(3)}, x.reshape(4, 14))
    steps = range(-padding, 7 + padding - 2, stride)
    for n in range(4):
        expected = [
            sum(x[n, t + k] @ weight[k] for k in range(3) if 0 <= t + k < 7) + np.zeros(3) for t in steps
        ]
        np.testing.assert_allclose(y[n], np.concatenate(expected), rtol=0, atol=ROUNDING)
    assert y.shape[1] == layer.output_features(14)


def test_rows_that_do_not_fit_are_refused() -> None:
    layer = Conv1d(2, 3, kernel_size=3)
    assert layer.output_features(None) is None
    with pytest.raises(ShapeError, match=r"Conv1d\(2, 3\) takes steps of 2 features side by side, found 7"):
        layer.output_features(7)
    with pytest.raises(ShapeError, match=r"Conv1d\(2, 3\) takes 3 steps or more, found 2 with padding"):
        layer.output_features(4)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"Conv1d.stride: expected a whole number >= 1, found 0"):
        Conv1d(1, 1, kernel_size=3, stride=0)
    with pytest.raises(ConfigError, match=r"Conv1d.padding: expected a whole number >= 0, found -1"):
        Conv1d(1, 1, kernel_size=3, padding=-1)
