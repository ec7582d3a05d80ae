"""A planted fault changes the backward of the one layer that it is planted in, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from gradwright.bench.checkers.faulty import (
    Faulty,
    FaultyLoss,
    at,
    cache_of,
    replaced,
    unseen,
)
from gradwright.nn import (
    Linear,
    MeanSquaredError,
    Objective,
    ParameterLayout,
    Residual,
    Sequential,
    Sum,
    Tanh,
)

NETWORK = Sequential(Linear(2, 2), Sum(Residual(Sequential(Linear(2, 2), Tanh())), Tanh()), Tanh())
RNG = np.random.default_rng(0)
X, TARGET = RNG.standard_normal((5, 2)), RNG.standard_normal((5, 2))
RIGHT = Objective(NETWORK, MeanSquaredError())
THETA = RIGHT.layout.initialize(RNG)


def test_the_value_stays_and_the_gradient_above_the_fault_as_well() -> None:
    network = Sequential(Linear(2, 2), Tanh(), Linear(2, 2))
    right = Objective(network, MeanSquaredError())
    theta = right.layout.initialize(RNG)
    value, grad = right.value_and_grad(theta, X, TARGET)
    wrong_value, wrong = at((1,), "unseen", unseen).plant(right).value_and_grad(theta, X, TARGET)
    changed = {right.layout.locate(int(k)).split("[")[0] for k in np.flatnonzero(wrong != grad)}
    assert wrong_value == value
    assert changed == {"0.weight", "0.bias"}


@pytest.mark.parametrize("place", [(), (0,), (1,), (1, 0), (1, 0, 1), (2,)])
def test_a_place_counts_children_of_children(place: tuple[int, ...]) -> None:
    changed = replaced(NETWORK, place, unseen)
    assert ParameterLayout.of(changed) == ParameterLayout.of(NETWORK)
    assert repr(changed).count("Faulty") == 1
    assert Objective(changed, MeanSquaredError()).value(THETA, X, TARGET) == RIGHT.value(THETA, X, TARGET)


def test_a_place_that_is_not_there_is_refused() -> None:
    with pytest.raises(IndexError, match=r"Tanh\(\) has no child 0"):
        replaced(NETWORK, (2, 0), unseen)


def test_a_layer_may_work_with_the_cache_of_another() -> None:
    chain = Sequential(Tanh(), Tanh())
    _, caches = chain.forward({}, X)
    dx, _ = Faulty(chain, cache_of(1, 0)).backward({}, caches, np.ones_like(X))
    assert (dx == (1 - caches[0] ** 2) ** 2).all()


def test_a_fault_in_the_loss_leaves_its_value() -> None:
    wrong = Objective(NETWORK, FaultyLoss(MeanSquaredError(), lambda output, _: np.zeros_like(output)))
    value, grad = wrong.value_and_grad(THETA, X, TARGET)
    assert value == RIGHT.value(THETA, X, TARGET)
    assert not grad.any()
