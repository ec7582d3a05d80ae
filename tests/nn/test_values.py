"""Layers, losses, penalties and initialisers are values: frozen, equal by content, hashable, picklable."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pickle
import pkgutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradwright import nn
from gradwright.nn import (
    EVAL,
    LOSSES,
    PENALTIES,
    Layer,
    Linear,
    Mode,
    Objective,
    Parameter,
    ParameterLayout,
    Sequential,
    Sum,
    Tanh,
)
from gradwright.nn.initializers import INITIALIZERS, Constant
from gradwright.nn.layer import Initializer
from gradwright.nn.spec import LAYERS

MODULES = [importlib.import_module(f"gradwright.nn.{m.name}") for m in pkgutil.iter_modules(nn.__path__)]
CLASSES = {value for module in MODULES for value in vars(module).values() if inspect.isclass(value)}
DATACLASSES = sorted(filter(dataclasses.is_dataclass, CLASSES), key=lambda kind: kind.__name__)


@given(data=st.data())
def test_a_network_survives_pickling(
    data: st.DataObject, networks: st.SearchStrategy[tuple[Layer, int]]
) -> None:
    network, _ = data.draw(networks)
    copy = pickle.loads(pickle.dumps(network))
    assert copy == network
    assert hash(copy) == hash(network)
    assert ParameterLayout.of(copy) == ParameterLayout.of(network)


def test_networks_differ_where_a_size_an_initialiser_or_the_nesting_does() -> None:
    network = Sequential(Linear(2, 3), Tanh())
    others = [
        Sequential(Linear(2, 4), Tanh()),
        Sequential(Linear(2, 3, weight_init=Constant(0.0)), Tanh()),
        Sequential(Sequential(Linear(2, 3)), Tanh()),
        Sum(Linear(2, 3)),
    ]
    assert all(network != other for other in others)
    assert len({network, *others}) == 1 + len(others)


def test_the_table_of_dataclasses_has_every_kind() -> None:
    assert {*LAYERS, *LOSSES, *PENALTIES, *INITIALIZERS, Mode, Parameter, Objective} <= set(DATACLASSES)


@pytest.mark.parametrize("field", ["in_features", "anything"])
@pytest.mark.parametrize("kind", DATACLASSES, ids=lambda kind: kind.__name__)
def test_nothing_can_be_assigned(kind: type, field: str) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(object.__new__(kind), field, 1)


def test_evaluation_is_the_mode_that_draws_nothing() -> None:
    assert Mode() == EVAL
    assert not EVAL.training
    assert EVAL.rng is None


def test_every_kind_keeps_to_its_protocol() -> None:
    assert all(issubclass(kind, Layer) for kind in LAYERS)
    assert all(issubclass(kind, Initializer) for kind in INITIALIZERS)
    assert not any(issubclass(kind, Layer) for kind in (*LOSSES, *INITIALIZERS, np.ndarray))
