"""Shares of units that are saturated, dead or equal: known by construction, and counted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.diagnosis.activations import LayerRow, layer_rows
from gradwright.diagnosis.watch import watch
from gradwright.nn.layer import Array

X = np.linspace(-1, 1, 10)[:, None]  # ten rows, one feature: -1, -7/9, ..., 1
Y = np.arange(10) % 2


def statistics(network: Any, x: Array = X, y: Array = Y, **arrays: Any) -> list[LayerRow]:
    """The rows of a network of two outputs, at parameters that are set by name (dots as underscores)."""
    objective = gw.Objective(network, gw.SoftmaxCrossEntropy())
    theta = objective.layout.initialize(np.random.default_rng(0))
    for name, values in arrays.items():
        objective.layout.named(theta)[name.lstrip("_").replace("_", ".")][...] = values
    return list(layer_rows(watch(objective, theta, x, y), theta, objective.layout))


@pytest.mark.parametrize(
    ("activation", "bound"),
    [(gw.Tanh(), np.arctanh(0.99)), (gw.Sigmoid(), np.log(99.0))],
    ids=["tanh", "sigmoid"],
)
def test_saturated_is_what_lies_within_a_hundredth_of_a_bound(activation: Any, bound: float) -> None:
    """Units z = w x for w = 1.1, 2 and 10^6 times the bound: 2, 6 and all 10 of the 10 rows lie beyond it."""
    network = gw.Sequential(gw.Linear(1, 3), activation, gw.Linear(3, 2))
    weights = [[1.1 * bound, 2 * bound, 1e6 * bound]]
    assert statistics(network, _0_weight=weights)[1].saturated == pytest.approx((2 + 6 + 10) / 30, abs=1e-12)
    assert statistics(network, _0_weight=[[0.9 * bound] * 3])[1].saturated == 0


def test_only_a_bounded_activation_can_be_saturated() -> None:
    network = gw.Sequential(gw.Linear(1, 3), gw.ReLU(), gw.Linear(3, 2))
    assert [row.saturated for row in statistics(network, _0_bias=100.0)] == [None, None, None]


def test_dead_is_a_unit_of_relu_that_is_off_on_every_row() -> None:
    """Of four units z = x + b one is off on all rows, one on all but the last, one on half, one on none."""
    network = gw.Sequential(gw.Linear(1, 4), gw.ReLU(), gw.Linear(4, 2))
    rows = statistics(network, _0_weight=1.0, _0_bias=[-1.5, -0.9, 0.0, 2.0])
    assert [row.dead for row in rows] == [None, 0.25, None]


def test_level_and_spread_are_over_rows_and_units() -> None:
    network = gw.Sequential(gw.Linear(1, 2), gw.Tanh(), gw.Linear(2, 2))
    first = statistics(network, _0_weight=[[0.0, 0.0]], _0_bias=[1.0, 3.0])[0]
    assert (first.mean, first.sd, first.units) == (2.0, 1.0, 2)


def test_equal_units_are_those_that_no_step_parts() -> None:
    network = gw.Sequential(gw.Linear(1, 4), gw.Tanh(), gw.Linear(4, 2))
    twins = [[0.5, 0.5, 0.5, -1.0]]
    same, other = [[1.0, -1.0]] * 4, [[1.0, -1.0], [1.0, -1.0], [2.0, -2.0], [1.0, -1.0]]
    assert statistics(network, _0_weight=twins, _2_weight=same)[0].equal == 0.75
    # the third is treated differently by the next layer, so its gradient parts it from the first two
    assert statistics(network, _0_weight=twins, _2_weight=other)[0].equal == 0.5
    assert statistics(network)[0].equal == 0.0


def test_a_last_layer_of_zeros_is_no_symmetry() -> None:
    """Softmax regression from zero, and a random network under a head of zeros, both learn."""
    assert statistics(gw.Linear(1, 2, weight_init=gw.initializers.Zeros()))[0].equal == 0.0
    head = gw.Sequential(gw.Linear(1, 4), gw.Tanh(), gw.Linear(4, 2, weight_init=gw.initializers.Zeros()))
    assert [row.equal for row in statistics(head)] == [0.0, None, 0.0]


def test_equal_units_are_found_inside_residual_blocks() -> None:
    network = gw.residual_mlp(1, 4, 2, weight_init=gw.initializers.Zeros())
    equal = {row.name: row.equal for row in statistics(network) if row.kind == "Linear"}
    assert equal["0.0.0"] == equal["0.0.1.0"] == 1.0


def test_what_is_not_finite_is_not_called_equal() -> None:
    network = gw.Sequential(gw.Linear(1, 4), gw.ReLU(), gw.Linear(4, 2))
    rows = statistics(network, _0_weight=1e308, _2_weight=1e308)
    assert rows[0].equal is None
    assert not np.isfinite(rows[2].sd)
