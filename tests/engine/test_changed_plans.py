"""A valid plan with a number changed: the compiled engine refuses it, or does what the interpreter does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradwright as gw
from gradwright.engine import native, variants
from gradwright.engine.interpret import predict, value_and_grad
from gradwright.engine.plan import (
    NONE,
    Activation,
    ActivationStep,
    AddStep,
    LinearStep,
    LossKind,
    PenaltyKind,
    Plan,
    PlanArray,
    Step,
)
from gradwright.nn import Objective
from gradwright.nn.layer import Array

pytestmark = pytest.mark.skipif(not variants.supported(), reason="the compiled engine was not built")

CLOSE = 1e-9  # of each result's norm: both sum in their own order, over a few steps
PLANS = 150
FEWEST = 0.2  # of all: of the thirteen changes below, five can give a plan as good as the first
RATE = 0.01
WIDE = [  # for the kernels of wide layers
    Objective(gw.mlp(130, 150, 3, activation=gw.ReLU()), gw.SoftmaxCrossEntropy()),
    Objective(gw.residual_mlp(4, 140, 140, 3), gw.MeanSquaredError(), gw.L2(0.01)),
]


@dataclass(frozen=True)
class Numbers:
    """A plan as the compiled engine is handed it."""

    widths: list[int]
    steps: list[list[int]]
    slopes: list[float]
    output: int
    size: int
    loss: int
    loss_parameter: float
    penalty: int
    penalty_factor: float
    batch: int

    def model(self) -> Any:
        """The compiled model; ValueError or TypeError where the door refuses it."""
        return variants.module().Model64(*vars(self).values(), 1, 0)

    def plan(self) -> Plan:
        """The plan that these numbers stand for."""
        linear = [s for s in self.steps if s[0] == 0]
        arrays = [PlanArray(s[7], s[4], s[5], penalized=True) for s in linear]
        arrays += [PlanArray(s[8], 1, s[5], penalized=False) for s in linear if s[8] != NONE]
        return Plan(
            tuple(self.widths),
            tuple(map(step_of, self.steps, self.slopes)),
            self.output,
            self.size,
            tuple(arrays),
            LossKind(self.loss),
            self.loss_parameter,
            PenaltyKind(self.penalty),
            self.penalty_factor,
        )


def step_of(numbers: list[int], slope: float) -> Step:
    kind, source, addend, target, inputs, outputs, activation, weight, bias = numbers
    if kind == 0:
        return LinearStep(
            source, target, addend, weight, bias, inputs, outputs, Activation(activation), slope
        )
    if kind == 1:
        return ActivationStep(source, target, Activation(activation), slope, outputs)
    return AddStep(source, addend, target, outputs)


def with_step(field: int, values: st.SearchStrategy[int]) -> Callable[[st.DrawFn, Numbers], Numbers]:
    def change(draw: st.DrawFn, numbers: Numbers) -> Numbers:
        steps = [list(step) for step in numbers.steps]
        draw(st.sampled_from(steps))[field] = draw(values)
        return replace(numbers, steps=steps)

    return change


def with_one(name: str, values: st.SearchStrategy[Any]) -> Callable[[st.DrawFn, Numbers], Numbers]:
    return lambda draw, numbers: replace(numbers, **{name: draw(values)})


def another_width(draw: st.DrawFn, numbers: Numbers) -> Numbers:
    widths = list(numbers.widths)
    widths[draw(st.integers(0, len(widths) - 1))] = draw(st.integers(-1, 9))
    return replace(numbers, widths=widths)


def another_slope(draw: st.DrawFn, numbers: Numbers) -> Numbers:
    slopes = list(numbers.slopes)
    slopes[draw(st.integers(0, len(slopes) - 1))] = draw(st.sampled_from([0.0, 0.3, 1.0, -0.1, np.nan]))
    return replace(numbers, slopes=slopes)


BUFFERS, OFFSETS = st.integers(-2, 6), st.integers(-2, 40) | st.sampled_from([2**40, 2**63 - 1])
CHANGES: list[Callable[[st.DrawFn, Numbers], Numbers]] = [
    with_step(0, st.integers(-1, 3)),  # the kind
    with_step(1, BUFFERS),  # the source
    with_step(2, BUFFERS),  # the addend
    with_step(3, BUFFERS),  # the target
    with_step(6, st.integers(-1, 7)),  # the activation
    with_step(7, OFFSETS),  # the weight
    with_step(8, OFFSETS),  # the bias
    with_one("output", BUFFERS),
    with_one("loss", st.integers(-1, 4)),
    with_one("penalty", st.integers(-1, 3)),
    with_one("batch", st.integers(-1, 12)),
    another_width,
    another_slope,
]


@st.composite
def changed(draw: st.DrawFn, objectives: st.SearchStrategy[Objective]) -> Numbers:
    """The plan of an objective with one or two numbers changed."""
    widths, steps, *rest = native._plan_numbers(draw(objectives))
    whole = [list(map(int, step)) for step in steps]
    fields: tuple[Any, ...] = (widths, whole, *rest, draw(st.integers(1, 12)))
    numbers = Numbers(*fields)
    for change in draw(st.lists(st.sampled_from(CHANGES), min_size=1, max_size=2)):
        numbers = change(draw, numbers)
    return numbers


def assert_close(found: Array, expected: Array, what: str) -> None:
    assert np.linalg.norm(found - expected) <= CLOSE * (1 + np.linalg.norm(expected)), what


def assert_does_what_the_interpreter_does(numbers: Numbers, made: Any, rng: np.random.Generator) -> None:
    plan, rows = numbers.plan(), int(rng.integers(1, 10))
    scale = max(plan.widths) ** -0.5  # so that no step diverges
    theta, x = rng.normal(scale=scale, size=plan.size), rng.normal(size=(rows, plan.widths[0]))
    target = rng.random((rows, plan.widths[plan.output]))
    data, grad, output = (x, None, None, None, target), np.empty(plan.size), np.empty_like(target)
    value = made.value_and_grad(theta, *data, grad)
    made.predict(theta, x, None, None, output)
    wanted, wanted_grad = value_and_grad(plan, theta, x, target)
    assert_close(np.array(value), np.array(wanted), "value")
    assert_close(grad, wanted_grad, "gradient")
    assert_close(output, predict(plan, theta, x), "output")
    trained, order = theta.copy(), np.arange(rows)
    starts = range(0, rows, numbers.batch)
    objectives = np.empty(len(starts))
    epoch = variants.module().Epoch64(
        made, trained, None, None, 0, *data, None, order, np.array([RATE]), 0, [0.0] * 6, objectives
    )
    variants.module().train([epoch], 1, None)
    for at in (order[start : start + numbers.batch] for start in starts):
        theta = theta - RATE * value_and_grad(plan, theta, x[at], target[at])[1]
    assert_close(trained, theta, "theta after an epoch")


def test_a_changed_plan_is_refused_or_is_the_interpreters(problems: st.SearchStrategy[Any]) -> None:
    objectives = problems.map(lambda problem: problem.objective) | st.sampled_from(WIDE)
    taken: list[bool] = []

    @settings(deadline=None, max_examples=PLANS, derandomize=True, database=None)
    @given(numbers=changed(objectives), seed=st.integers(0, 2**32))
    def each(numbers: Numbers, seed: int) -> None:
        try:
            made = numbers.model()
        except (ValueError, TypeError):
            taken.append(False)
            return
        taken.append(True)
        assert_does_what_the_interpreter_does(numbers, made, np.random.default_rng(seed))

    each()
    share = sum(taken) / len(taken)
    assert FEWEST < share < 1 - FEWEST, f"{share:.0%} of {len(taken)} plans were taken"
