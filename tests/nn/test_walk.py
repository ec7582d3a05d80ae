"""Through a network: every layer once, with its name and the columns that it takes."""

from __future__ import annotations

import numpy as np

from gradwright.nn import (
    Linear,
    Objective,
    ParameterLayout,
    Residual,
    Sequential,
    SoftmaxCrossEntropy,
    Tanh,
    residual_block,
)
from gradwright.nn.walk import parts, walk
from gradwright.nn.watch import watched

NETWORK = Sequential(residual_block(5, 20), Residual(Sequential(Linear(20, 20), Tanh())))


def test_layers_inside_others_come_first_with_the_columns_that_they_take() -> None:
    assert [(name, type(layer).__name__, features) for name, layer, features in walk(NETWORK, 5)] == [
        ("0.0.0", "Linear", 5),
        ("0.0.1.0", "Linear", 5),
        ("0.0.1.1", "Tanh", 20),
        ("0.0.1", "Sequential", 5),
        ("0.0", "Sum", 5),
        ("0.1", "ReLU", 20),
        ("0", "Sequential", 5),
        ("1.0", "Linear", 20),
        ("1.1", "Tanh", 20),
        ("1", "Sequential", 20),
        ("1", "Residual", 20),
        ("", "Sequential", 5),
    ]


def test_the_names_are_those_of_the_parameters() -> None:
    linear = {name for name, layer, _ in walk(NETWORK) if isinstance(layer, Linear)}
    assert {slot.name.rpartition(".")[0] for slot in ParameterLayout.of(NETWORK).slots} == linear


def test_a_watched_network_computes_the_same_and_tells_what_passed() -> None:
    objective = Objective(NETWORK, SoftmaxCrossEntropy())
    same, seen = watched(NETWORK)
    rng = np.random.default_rng(1)
    theta, x = objective.layout.initialize(rng, "float64"), rng.standard_normal((3, 5))
    target = np.array([0, 1, 2])
    value, gradient = objective.value_and_grad(theta, x, target)
    again, gradient_again = Objective(same, objective.loss).value_and_grad(theta, x, target)
    assert value == again
    assert np.array_equal(gradient, gradient_again)
    assert [each.name for each in seen] == ["0.0.0", "0.0.1.0", "0.0.1.1", "0.0", "0.1", "1.0", "1.1", "1"]
    assert all(len(each.log) == 2 for each in seen)


def test_a_chain_has_no_part_of_its_own_also_where_it_is_a_subclass() -> None:
    class Named(Sequential):
        """A chain with a name of its own."""

    assert [name for name, _, _ in parts(Named(Linear(2, 3), Named(Tanh())))] == ["0", "1.0"]


def test_an_attribute_called_children_makes_no_container() -> None:
    class Swish(Tanh):
        children = 3

    assert [type(layer).__name__ for _, layer, _ in walk(Sequential(Swish()))] == ["Swish", "Sequential"]
