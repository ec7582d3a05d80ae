"""A learning rate found by short trainings: the middle of those that learn fastest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.errors import ConfigError
from gradwright.show import found_rate
from gradwright.training.find_rate import NEARLY, FoundRate

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 2))
DATA = gw.Dataset.from_arrays(X, (X[:, 0] > 0).astype(int))
CLOSE = 1e-9


def test_it_is_the_middle_of_the_rates_that_are_nearly_best() -> None:
    found = gw.find_rate(gw.mlp(2, 8, 2), DATA)
    good = found.falls >= NEARLY * found.falls.max()
    near = (found.rates >= found.lowest) & (found.rates <= found.highest)
    assert good[near].all()
    assert near[found.falls.argmax()]
    outside = np.flatnonzero(near)[[0, -1]] + [-1, 1]
    assert not any(good[k] for k in outside if 0 <= k < len(good))
    assert found.rate == pytest.approx(np.sqrt(found.lowest * found.highest), rel=CLOSE)


def test_equal_seeds_find_the_same_and_the_settings_count() -> None:
    again, first = (gw.find_rate(gw.mlp(2, 8, 2), DATA, seed=3) for _ in range(2))
    assert again.falls.tolist() == first.falls.tolist()
    adam = gw.find_rate(gw.mlp(2, 8, 2), DATA, seed=3, optimizer="Adam")
    assert adam.rate < first.rate / 3  # its steps are of the size of the rate, whatever the gradient's


def test_targets_a_hundred_times_as_large_ask_for_another_rate_of_descent() -> None:
    x = X
    y = 2 * x[:, 0] + x[:, 1]
    small, large = (gw.find_rate(gw.Linear(2, 1), (s * x, y)) for s in (1.0, 10.0))
    assert small.rate / large.rate == pytest.approx(100, rel=0.8)  # the curvature is that of the squares


def test_where_no_rate_helps_that_is_said() -> None:
    x = np.ones((20, 1))
    with pytest.raises(ConfigError, match="find_rate: expected a rate from 1e-05 to 10 at which 100 steps"):
        gw.find_rate(gw.Linear(1, 1, bias=False, weight_init=gw.nn.initializers.Zeros()), (x, 0.0 * x[:, 0]))


@pytest.mark.parametrize("settings", [{"learning_rte": 1}, {"batch_size": 0}])
def test_settings_that_cannot_be_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=next(iter(settings))):
        gw.find_rate(gw.mlp(2, 2), DATA, **settings)


def test_the_figure_has_the_rate_and_what_broke_is_at_its_foot() -> None:
    pytest.importorskip("matplotlib", reason="needs Matplotlib")
    falls = np.array([0.1, 0.5, 0.5, -np.inf])
    (axes,) = found_rate(FoundRate(0.03, 0.01, 0.1, np.array([1e-3, 0.01, 0.1, 1.0]), falls, 100)).axes
    assert "found: 0.03" in axes.get_legend_handles_labels()[1]
    drawn = np.asarray(axes.lines[0].get_ydata())
    assert np.isfinite(drawn).all()
    assert drawn.argmin() == 3
