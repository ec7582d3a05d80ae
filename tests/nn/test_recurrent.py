"""The LSTM: its cell written out, what it remembers, and the rows that it takes."""

from __future__ import annotations

import numpy as np
import pytest

from gradwright.errors import ConfigError, ShapeError
from gradwright.nn import LSTM, ParameterLayout

ROUNDING = 1e-12


def sigmoid(z: float) -> float:
    return float(1 / (1 + np.exp(-z)))


def test_one_unit_over_two_steps_is_the_cell_written_out() -> None:
    W, U, b = (0.5, -0.4, 0.3, 1.2), (0.1, 0.7, -0.6, 0.8), (0.0, 1.0, -0.2, 0.3)
    params = {
        "input": {"weight": np.array([W]), "bias": np.array(b)},
        "hidden": {"weight": np.array([U])},
    }
    h = c = 0.0
    expected = []
    for x in (2.0, -1.0):
        i, f, o = (sigmoid(x * W[k] + h * U[k] + b[k]) for k in range(3))
        c = f * c + i * float(np.tanh(x * W[3] + h * U[3] + b[3]))
        h = o * float(np.tanh(c))
        expected.append(h)
    row = np.array([[2.0, -1.0]])
    last, _ = LSTM(1, 1).forward(params, row)
    every, _ = LSTM(1, 1, every_step=True).forward(params, row)
    np.testing.assert_allclose(every, [expected], rtol=ROUNDING)
    assert last.tolist() == every[:, 1:].tolist()


def test_with_the_gates_open_to_the_past_alone_it_forgets_nothing_and_hears_nothing() -> None:
    layer = LSTM(1, 1)
    layout = ParameterLayout.of(layer)
    params = layout.tree(layout.initialize(np.random.default_rng(0)))
    shut = {"weight": np.array([[0.0, 0, 0, 1]]), "bias": np.array([-50.0, 50, 50, 0])}
    y, cache = layer.forward({**params, "input": shut}, np.array([[3.0, 1, 2]]))
    assert np.abs(y).max() < ROUNDING
    assert np.abs(layer.backward({**params, "input": shut}, cache, np.ones((1, 1)))[0]).max() < ROUNDING


def test_the_derivative_of_the_last_step_is_that_of_every_step_with_errors_there_alone() -> None:
    last, every = LSTM(2, 3), LSTM(2, 3, every_step=True)
    rng, layout = np.random.default_rng(1), ParameterLayout.of(last)
    params, x, dy = layout.tree(layout.initialize(rng)), rng.standard_normal((4, 8)), np.ones((4, 3))
    dx, dparams = last.backward(params, last.forward(params, x)[1], dy)
    alone = np.hstack([np.zeros((4, 9)), dy])
    dx_every, dparams_every = every.backward(params, every.forward(params, x)[1], alone)
    assert dx.tolist() == dx_every.tolist()
    assert layout.pack(dparams).tolist() == layout.pack(dparams_every).tolist()


def test_it_says_what_it_takes_and_gives() -> None:
    assert LSTM(2, 3).output_features(8) == LSTM(2, 3).output_features(None) == 3
    assert LSTM(2, 3, every_step=True).output_features(8) == 12
    assert LSTM(2, 3, every_step=True).output_features(None) is None
    with pytest.raises(ShapeError, match=r"LSTM\(2, 3\) takes steps of 2 features side by side, found 7"):
        LSTM(2, 3).output_features(7)
    with pytest.raises(ConfigError, match=r"LSTM.every_step: expected true or false, found 1"):
        LSTM(2, 3, every_step=1)  # type: ignore[arg-type]
