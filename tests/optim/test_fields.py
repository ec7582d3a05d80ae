"""Every value that an optimizer or a schedule cannot have is refused, with its name and what was found."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradwright.errors import ConfigError
from gradwright.optim import (
    LBFGS,
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

FRACTION = "a number in [0, 1)"
INNER_FRACTION = "a number in (0, 1)"
POSITIVE = "a finite number > 0"
NON_NEGATIVE = "a finite number >= 0"
AT_LEAST_ONE = "a finite number >= 1"
COUNT = "a whole number >= 1"
CLOCK = "'epoch' or 'step'"

NOT_NUMBERS: list[object] = [math.nan, math.inf, -math.inf, 10**400, True, None, "0.1", [0.1], 1j]
BAD: dict[str, list[object]] = {
    FRACTION: [-0.1, 1, 1.5, *NOT_NUMBERS],
    INNER_FRACTION: [0, 1.0, *NOT_NUMBERS],
    POSITIVE: [0.0, -1e-9, *NOT_NUMBERS],
    NON_NEGATIVE: [-1e-9, *NOT_NUMBERS],
    AT_LEAST_ONE: [0.99, *NOT_NUMBERS],
    COUNT: [0, -1, 1.0, 2.5, True, None, "3", math.nan],
    CLOCK: ["Epoch", "batch", "", 1, None, True, ["epoch"]],
}

# a good value, with which of its fields must be what
FIELDS: list[tuple[Callable[..., Any], dict[str, Any], dict[str, str]]] = [
    (SGD, {}, {"momentum": FRACTION}),
    (Adam, {}, {"beta1": FRACTION, "beta2": FRACTION, "epsilon": POSITIVE}),
    (AdamW, {}, {"beta1": FRACTION, "beta2": FRACTION, "epsilon": POSITIVE, "weight_decay": NON_NEGATIVE}),
    (RMSProp, {}, {"decay": FRACTION, "epsilon": POSITIVE}),
    (LBFGS, {}, {"memory": COUNT, "curvature": INNER_FRACTION}),
    (Constant, {}, {"value": NON_NEGATIVE}),
    (ExponentialDecay, {"start": 0.1, "factor": 0.9}, {"start": POSITIVE, "factor": POSITIVE, "per": CLOCK}),
    (StepDecay, {"start": 0.1, "factor": 0.9, "every": 3},
     {"start": POSITIVE, "factor": POSITIVE, "every": COUNT, "per": CLOCK}),
    (PolynomialDecay, {"start": 0.1, "end": 0.0, "duration": 3},
     {"start": NON_NEGATIVE, "end": NON_NEGATIVE, "duration": COUNT, "power": POSITIVE, "per": CLOCK}),
    (CosineDecay, {"start": 0.1, "end": 0.0, "duration": 3},
     {"start": NON_NEGATIVE, "end": NON_NEGATIVE, "duration": COUNT, "per": CLOCK}),
    (LinearWarmup, {"duration": 3, "then": Constant(0.1)}, {"duration": COUNT, "per": CLOCK}),
    (OneCycle, {"peak": 0.1, "duration": 3},
     {"peak": POSITIVE, "duration": COUNT, "divisor": AT_LEAST_ONE, "tail": INNER_FRACTION, "per": CLOCK}),
    (TriangularCycle, {"low": 0.0, "high": 0.1, "step_size": 3},
     {"low": NON_NEGATIVE, "high": NON_NEGATIVE, "step_size": COUNT}),
    (CosLog, {"peak": 0.1, "duration": 3},
     {"peak": POSITIVE, "duration": COUNT, "waves": COUNT, "per": CLOCK}),
    (TriangularCycle, {"low": 0.0, "high": 0.1, "step_size": 3, "cycles": 1}, {"cycles": COUNT}),
]  # fmt: skip
CASES = [
    (kind, good, field, expected, bad)
    for kind, good, fields in FIELDS
    for field, expected in fields.items()
    for bad in BAD[expected]
    if not (field == "cycles" and bad is None)  # no end to the cycles
]


@pytest.mark.parametrize(("kind", "good", "field", "expected", "bad"), CASES)
def test_a_bad_value_is_named(
    kind: Callable[..., Any], good: dict[str, Any], field: str, expected: str, bad: object
) -> None:
    with pytest.raises(ConfigError) as caught:
        kind(**(good | {field: bad}))
    assert str(caught.value) == f"{kind.__name__}.{field}: expected {expected}, found {bad!r}"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: TriangularCycle(0.2, 0.1, step_size=5),
            "TriangularCycle.high: expected at least low 0.2, found 0.1",
        ),
        (lambda: LBFGS(curvature=1e-4), "LBFGS.curvature: expected a number > 0.0001, found 0.0001"),
        (
            lambda: LinearWarmup(5, 0.1),  # type: ignore[arg-type]
            "LinearWarmup.then: expected a schedule, found 0.1",
        ),
    ],
)
def test_fields_that_do_not_go_together_are_named(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        make()
    assert str(caught.value) == message


def test_limits_that_are_allowed_are_allowed() -> None:
    SGD(momentum=0.0)
    Adam(beta1=0.0, beta2=0.0)
    AdamW(weight_decay=0.0)
    TriangularCycle(0.1, 0.1, step_size=1)
    OneCycle(0.1, duration=1, divisor=1)


def test_numpy_scalars_become_plain_numbers() -> None:
    cycle = TriangularCycle(np.float32(0.25), np.float64(0.5), step_size=np.int64(3))  # type: ignore[arg-type]
    assert [type(x) for x in (cycle.low, cycle.high, cycle.step_size)] == [float, float, int]
    assert cycle == TriangularCycle(0.25, 0.5, step_size=3)
