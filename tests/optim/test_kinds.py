"""Optimizers and schedules as plain data: written, read back, nested, and wrong."""

from __future__ import annotations

import json

import pytest

from gradwright.errors import ConfigError
from gradwright.optim import (
    LBFGS,
    OPTIMIZER_KINDS,
    SCHEDULE_KINDS,
    SGD,
    Adam,
    AdamW,
    Constant,
    CosineDecay,
    CosLog,
    ExponentialDecay,
    LinearWarmup,
    OneCycle,
    PolynomialDecay,
    RMSProp,
    StepDecay,
    TriangularCycle,
)
from gradwright.specs import Kinds, from_spec, to_spec

OPTIMIZERS = (
    SGD(momentum=0.9, nesterov=True),
    Adam(beta1=0.8, beta2=0.99, epsilon=1e-6),
    AdamW(weight_decay=0.1),
    RMSProp(decay=0.99, epsilon=1e-6),
    LBFGS(memory=5, curvature=0.5),
)
SCHEDULES = (
    Constant(0.1),
    ExponentialDecay(0.1, 0.99, per="step"),
    StepDecay(0.1, 0.5, every=30),
    PolynomialDecay(0.1, end=0.0, duration=100, power=2.0, per="step"),
    CosineDecay(0.1, end=0.001, duration=100),
    LinearWarmup(100, LinearWarmup(5, CosineDecay(0.1, end=0.0, duration=50), per="epoch")),
    OneCycle(0.1, duration=1000, divisor=25.0, tail=0.2),
    TriangularCycle(1e-5, 1e-1, step_size=500),
    TriangularCycle(1e-5, 1e-1, step_size=500, cycles=3),
    CosLog(0.04, duration=2560, waves=3, per="epoch"),
)
BOTH = [(o, OPTIMIZER_KINDS) for o in OPTIMIZERS] + [(s, SCHEDULE_KINDS) for s in SCHEDULES]


@pytest.mark.parametrize(("value", "kinds"), BOTH, ids=lambda v: type(v).__name__)
def test_a_value_survives_json(value: object, kinds: Kinds) -> None:
    assert from_spec(json.loads(json.dumps(to_spec(value))), kinds, "here") == value


def test_every_kind_is_among_them() -> None:
    assert {type(o) for o in OPTIMIZERS} == set(OPTIMIZER_KINDS.values())
    assert {type(s) for s in SCHEDULES} == set(SCHEDULE_KINDS.values())


@pytest.mark.parametrize("kind", list(OPTIMIZER_KINDS))
def test_the_name_of_an_optimizer_alone_means_its_defaults(kind: str) -> None:
    assert from_spec(kind, OPTIMIZER_KINDS, "optimizer") == OPTIMIZER_KINDS[kind]()


def test_a_nested_mistake_is_named_by_its_path() -> None:
    spec = {"kind": "LinearWarmup", "duration": 5, "then": {"kind": "Constant", "value": -1}}
    message = "learning_rate.then.value: expected a finite number >= 0, found -1"
    with pytest.raises(ConfigError) as caught:
        from_spec(spec, SCHEDULE_KINDS, "learning_rate")
    assert str(caught.value) == message
