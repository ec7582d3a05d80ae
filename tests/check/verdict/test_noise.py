"""The noise of a function is measured, and told from what varies fast."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gradwright.check.verdict.noise import noise_of


@pytest.mark.parametrize("level", [1e-3, 1e-6, 1e-9])
def test_the_noise_of_a_function_is_measured(level: float) -> None:
    rng = np.random.default_rng(0)
    found = noise_of(lambda t: math.sin(t) + level * rng.standard_normal(), 1.0)
    assert level / 3 < found < 3 * level


def test_rounding_is_told_from_fast_variation() -> None:
    assert noise_of(lambda t: math.sin(1e9 * t), 1.0) < 1e-6
    assert noise_of(lambda _: 0.0, 1e10) == pytest.approx(1e10 * 2.0**-53)


def test_a_function_in_single_precision_is_known_by_its_values() -> None:
    value = float(np.float32(0.7))
    found = noise_of(lambda t: float(np.float32(0.7 + 0.3 * t)) - value, value)
    assert found >= 0.7 * 2.0**-24 * 0.9
