"""Dropout: the identity in evaluation, and a mask that keeps the mean while training."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gradwright.errors import ConfigError
from gradwright.nn import EVAL, Dropout, Mode

RATE = 0.25
COUNT = 100_000
SIGMAS = 5  # one draw in two million leaves these bounds, and the seed is fixed


def training(seed: int = 0) -> Mode:
    return Mode(training=True, rng=np.random.default_rng(seed))


def test_evaluation_is_the_identity() -> None:
    x = np.array([[1.0, -2.0]])
    y, cache = Dropout(RATE).forward({}, x, EVAL)
    dx, dparams = Dropout(RATE).backward({}, cache, x)
    assert y.tolist() == dx.tolist() == x.tolist()
    assert dparams == {}


def test_training_leaves_out_the_rate_and_scales_the_rest_to_keep_the_mean() -> None:
    y, _ = Dropout(RATE).forward({}, np.ones((COUNT, 1)), training())
    assert set(np.unique(y)) == {0, 1 / (1 - RATE)}
    deviation = math.sqrt(RATE * (1 - RATE) / COUNT)
    assert (y == 0).mean() == pytest.approx(RATE, abs=SIGMAS * deviation)
    assert y.mean() == pytest.approx(1, abs=SIGMAS * deviation / (1 - RATE))


def test_backward_uses_the_mask_of_its_forward() -> None:
    x = np.ones((4, 5))
    y, cache = Dropout(RATE).forward({}, x, training())
    dx, _ = Dropout(RATE).backward({}, cache, 3 * x)
    assert dx.tolist() == (3 * y).tolist()


def test_the_mask_is_drawn_from_the_generator_of_the_mode_and_is_the_same_in_float32() -> None:
    x = np.ones((4, 5))
    first = Dropout(RATE).forward({}, x, training(1))[0]
    assert first.tolist() == Dropout(RATE).forward({}, x, training(1))[0].tolist()
    assert first.tolist() != Dropout(RATE).forward({}, x, training(2))[0].tolist()
    single = Dropout(RATE).forward({}, x.astype(np.float32), training(1))[0]
    assert single.dtype == np.float32
    assert ((single == 0) == (first == 0)).all()


def test_half_is_left_out_unless_another_rate_is_asked_for() -> None:
    assert Dropout() == Dropout(rate=0.5)


def test_rate_zero_leaves_nothing_out() -> None:
    assert Dropout(0.0).forward({}, np.ones((2, 3)), training())[0].tolist() == [[1, 1, 1]] * 2


def test_training_without_a_generator_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"expected a generator in mode\.rng while training, found None"):
        Dropout(RATE).forward({}, np.ones((1, 1)), Mode(training=True))


@pytest.mark.parametrize("bad", [-0.1, 1.0, math.nan])
def test_a_rate_outside_0_to_1_is_refused(bad: float) -> None:
    with pytest.raises(ConfigError, match=r"Dropout\.rate: expected a number in \[0, 1\), found"):
        Dropout(bad)
