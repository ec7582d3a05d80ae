"""What is found in a layer as its parameters, and how they are given other numbers."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from gradwright.check.conventions.parameters import parameters_of


def test_only_floats_are_parameters() -> None:
    layer = SimpleNamespace(W=np.ones(2), rate=0.5, size=3, name="a", mask=np.ones(2, bool), x=None)
    assert set(parameters_of(layer)) == {"W", "rate"}


def test_an_object_without_attributes_of_its_own_has_none() -> None:
    assert parameters_of(object()) == {}


def test_layers_that_hold_each_other_are_looked_through_once() -> None:
    outer = SimpleNamespace(W=np.ones(2), backward=None)
    outer.inner = SimpleNamespace(W=np.ones(3), backward=None, parent=outer)
    outer.again = [outer.inner]
    assert set(parameters_of(outer)) == {"W", "inner.W"}


def test_what_has_no_backward_is_not_looked_into() -> None:
    assert set(parameters_of(SimpleNamespace(optimizer=SimpleNamespace(rate=0.1)))) == set()


def test_the_same_attribute_and_entry_of_a_table_are_two_parameters() -> None:
    layer = SimpleNamespace(W=np.ones(2), params={"W": np.ones(3)})
    assert set(parameters_of(layer)) == {"W", "params.W"}


def test_an_array_under_two_names_has_the_gradients_of_both() -> None:
    array = np.ones(2)
    layer = SimpleNamespace(W=array, params=[array], grads=[np.full(2, 3.0)])
    (parameter,) = parameters_of(layer).values()
    assert parameter.name == "W"
    assert parameter.gradient is layer.grads[0]


def test_numbers_are_put_in_place_for_all_who_know_the_array() -> None:
    layer = SimpleNamespace(W=np.ones(2))
    other_name = layer.W
    parameter = parameters_of(layer)["W"]
    parameter.put(np.array([3.0, 4.0]))
    assert other_name.tolist() == [3, 4]
    assert parameter.is_kept


def test_complex_numbers_leave_no_trace() -> None:
    layer = SimpleNamespace(W=np.ones(2))
    array = layer.W
    parameter = parameters_of(layer)["W"]
    parameter.put(np.array([1j, 2j]))
    assert layer.W.tolist() == [1j, 2j]
    parameter.put(np.array([3.0, 4.0]))
    assert layer.W is array
    assert array.tolist() == [3, 4]


def test_a_gradient_that_is_not_stored_is_none() -> None:
    layer = SimpleNamespace(W=np.ones(2), dW=None, grads={"W": "later"})
    parameter = parameters_of(layer)["W"]
    assert parameter.gradient is None
    layer.grads = {"d_W": np.zeros(2)}
    assert parameter.gradient is layer.grads["d_W"]
