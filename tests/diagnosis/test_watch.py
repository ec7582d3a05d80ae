"""Watching a network changes nothing in it, and sees every layer by its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import gradwright as gw
from gradwright.diagnosis.watch import watch
from gradwright.nn.layer import EVAL, Array, Mode, ParameterTree, Params

BRANCHES = gw.Sum(gw.Linear(6, 6), gw.Sequential(gw.Linear(6, 6), gw.Tanh()))
NETWORKS = {
    "one layer": gw.Linear(4, 3),
    "a chain": gw.mlp(4, 8, 8, 3),
    "blocks of S1": gw.residual_mlp(4, 6, 6, 3),
    "an identity skip": gw.Sequential(
        gw.Linear(4, 6), gw.Residual(gw.Sequential(BRANCHES, gw.ReLU())), gw.Linear(6, 3)
    ),
    "a skip over one layer": gw.Sequential(gw.Residual(gw.Linear(4, 4)), gw.Linear(4, 3)),
    "dropout": gw.Sequential(gw.Linear(4, 6), gw.Dropout(0.5), gw.Linear(6, 3)),
}
every_network = pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)


def rows(network: Any) -> tuple[gw.Objective, Array, Array, Array]:
    rng = np.random.default_rng(0)
    objective = gw.Objective(network, gw.SoftmaxCrossEntropy())
    return objective, objective.layout.initialize(rng), rng.normal(size=(10, 4)), rng.integers(3, size=10)


@every_network
def test_value_and_gradient_are_those_of_the_objective_to_the_last_bit(network: Any) -> None:
    objective, theta, x, y = rows(network)
    seen = watch(objective, theta, x, y)
    value, gradient = objective.value_and_grad(theta, x, y)
    assert seen.loss == value
    np.testing.assert_array_equal(seen.gradient, gradient)
    np.testing.assert_array_equal(seen.output, objective.predict(theta, x))


@every_network
def test_layers_have_the_names_and_kinds_of_the_summary(network: Any) -> None:
    seen = watch(*rows(network))
    named = [(each.name, type(each.layer).__name__, each.output.shape[1]) for each in seen.layers]
    assert named == [(row.name, row.kind, row.features) for row in gw.summarize(network, 4).rows]


@every_network
def test_the_signal_is_what_makes_the_gradient_of_a_bias(network: Any) -> None:
    """db = sum_n dy, so a signal that was caught at another place would not sum to it."""
    objective, theta, x, y = rows(network)
    seen = watch(objective, theta, x, y)
    slopes = objective.layout.named(seen.gradient)
    linear = [each for each in seen.layers if isinstance(each.layer, gw.Linear)]
    assert linear
    for each in linear:
        np.testing.assert_array_equal(slopes[f"{each.name}.bias".lstrip(".")], each.signal.sum(axis=0))


@dataclass(frozen=True)
class Doubled(gw.Sequential):
    """A user's container, which does not do what its base class does."""

    def forward(self, params: Params, x: Array, mode: Mode = EVAL) -> tuple[Array, Any]:
        y, cache = super().forward(params, x, mode)
        return 2 * y, cache

    def backward(self, params: Params, cache: Any, dy: Array) -> tuple[Array, dict[str, Any]]:
        return super().backward(params, cache, 2 * dy)

    def parameters(self) -> ParameterTree:
        return super().parameters()


def test_what_a_user_made_of_a_container_is_watched_from_outside() -> None:
    objective, theta, x, y = rows(
        gw.Sequential(Doubled(layers=(gw.Linear(4, 5), gw.Tanh())), gw.Linear(5, 3))
    )
    seen = watch(objective, theta, x, y)
    assert [(each.name, type(each.layer)) for each in seen.layers] == [("0", Doubled), ("1", gw.Linear)]
    assert seen.loss == objective.value(theta, x, y)


def test_a_penalty_is_not_part_of_it() -> None:
    objective, theta, x, y = rows(gw.mlp(4, 5, 3))
    penalized = gw.Objective(objective.network, objective.loss, gw.L2(1.0))
    np.testing.assert_array_equal(
        watch(penalized, theta, x, y).gradient, watch(objective, theta, x, y).gradient
    )


@pytest.mark.filterwarnings("error")
def test_overflow_is_seen_and_not_warned_of() -> None:
    objective, theta, x, y = rows(gw.Sequential(gw.Linear(4, 5), gw.ReLU(), gw.Linear(5, 3)))
    seen = watch(objective, theta * 1e200, x, y)
    assert not np.isfinite(seen.output).all()
