"""A valid plan with something changed: the compiled engine refuses it, or does what the interpreter does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from itertools import permutations
from typing import Any, TypeVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradwright as gw
from gradwright.engine import variants
from gradwright.engine.backward import with_backward
from gradwright.engine.lower import lower
from gradwright.engine.plan import (
    NONE,
    AddStep,
    BackwardStep,
    BatchNormStep,
    ColumnPart,
    ColumnsStep,
    DeltaPlace,
    DropoutStep,
    InputProduct,
    LayerNormStep,
    LinearStep,
    MixStep,
    ParameterProduct,
    PassOn,
    Plan,
    PlanArray,
    ScaleStep,
    Step,
    StepBack,
)
from gradwright.engine.program import Family, program_of
from gradwright.engine.vocabulary import Activation, LossKind, PartKind, PenaltyKind
from gradwright.nn import Objective
from gradwright.nn.layer import Array, Mode
from gradwright.nn.noise import draw_keys
from tests.engine.conftest import problems_of
from tests.engine.interpreter import descend, predict, value_and_grad

pytestmark = pytest.mark.skipif(not variants.supported(), reason="the compiled engine was not built")

CLOSE = 1e-9  # of each result's norm: both sum in their own order, over a few steps
PLANS = 500  # of fewer too few are good ones
FEWEST = 0.1  # of all: about a third of the changes below can give a plan as good as the first
RATE = 0.01
WIDE = [  # for the kernels of wide layers
    Objective(gw.mlp(130, 150, 3, activation=gw.ReLU()), gw.SoftmaxCrossEntropy()),
    Objective(gw.residual_mlp(4, 140, 140, 3), gw.MeanSquaredError(), gw.L2(0.01)),
]


@dataclass(frozen=True)
class Candidate:
    """A plan, and how it is asked to be run."""

    plan: Plan
    family: Family
    batch: int

    def model(self) -> Any:
        """The compiled model; ValueError or TypeError where the door refuses it."""
        engine = variants.module()
        return engine.Model64(
            program=program_of(self.plan, engine),
            family=engine.Family[self.family],
            batch_size=self.batch,
            threads=1,
            precision=engine.Precision.float32,
            variant=variants.variant(),
        )

    def with_arrays(self) -> Plan:
        """The plan with the arrays that its steps name: the penalty acts on all weights."""
        linear = [step for step in self.plan.steps if isinstance(step, LinearStep)]
        arrays = [PlanArray(s.weight, s.inputs, s.outputs, penalized=True) for s in linear]
        arrays += [PlanArray(s.bias, 1, s.outputs, penalized=False) for s in linear if s.bias != NONE]
        for step in self.plan.steps:
            if isinstance(step, LayerNormStep | BatchNormStep):
                starts = [step.gamma, step.beta]
                starts += [step.mean, step.variance] if isinstance(step, BatchNormStep) else []
                arrays += [PlanArray(start, 1, step.width, penalized=False) for start in starts]
            if isinstance(step, ScaleStep | MixStep):
                arrays.append(PlanArray(step.gamma, 1, step.width, penalized=False))
            for part in step.parts if isinstance(step, ColumnsStep) else ():
                arrays += [
                    PlanArray(start, 1, count, start == part.weight)
                    for start, count in arrays_of(part).items()
                ]
        return replace(self.plan, arrays=tuple(arrays))


def arrays_of(part: ColumnPart) -> dict[int, int]:
    """How long each of the arrays of a part is, by where it begins."""
    d, h, m = len(part.columns), part.size, part.each - 1
    match part.kind:
        case PartKind.EMBEDDING:
            return {part.weight: h * part.each}
        case PartKind.WAVES:
            return {part.weight: d * h * m, part.frequency: d * h, part.phase: d * h, part.bias: d * m}
    return {}


Some = TypeVar("Some")
Change = Callable[[st.DrawFn, Plan], Plan]

BUFFERS, STEPS = st.integers(-2, 6), st.integers(-1, 5)
OFFSETS = st.integers(-2, 40) | st.sampled_from([2**40, 2**63 - 1])
SLOPES = st.sampled_from([0.0, 0.3, 1.0, -0.1, np.nan])
VALUES: dict[str, st.SearchStrategy[Any]] = {  # of the fields of steps
    **dict.fromkeys(("source", "target", "addend", "known"), BUFFERS),
    **dict.fromkeys(("weight", "bias", "gamma", "beta", "mean", "variance"), OFFSETS),
    **dict.fromkeys(("inputs", "outputs", "width"), st.integers(-1, 9)),
    **dict.fromkeys(("first", "last"), STEPS),
    "activation": st.sampled_from(Activation),
    **dict.fromkeys(("slope", "rate", "momentum"), SLOPES),
    "epsilon": st.sampled_from([0.1, 0.0, -1.0, np.nan]),
    "accumulate": st.booleans(),
    "parts": st.lists(
        st.builds(
            ColumnPart,
            st.sampled_from(PartKind),
            st.lists(BUFFERS, max_size=2).map(tuple),
            *(st.integers(-1, 5), st.integers(0, 3), st.integers(-1, 3)),
            *(OFFSETS, OFFSETS, OFFSETS, OFFSETS),
        ),
        max_size=2,
    ).map(tuple),
}
WAYS_BACK: st.SearchStrategy[BackwardStep] = (
    st.builds(PassOn, BUFFERS, BUFFERS, st.booleans(), VALUES["activation"], SLOPES, BUFFERS)
    | st.builds(InputProduct, STEPS, STEPS, st.booleans())
    | st.builds(ParameterProduct, STEPS, STEPS)
    | st.builds(StepBack, STEPS, st.booleans())
)


def put(items: tuple[Some, ...], place: int, item: Some) -> tuple[Some, ...]:
    return (*items[:place], item, *items[place + 1 :])


def another_field(draw: st.DrawFn, steps: tuple[Some, ...]) -> tuple[Some, ...]:
    """One field of one step changed."""
    place = draw(st.integers(0, len(steps) - 1))
    step: Any = steps[place]
    name = draw(st.sampled_from([field.name for field in fields(step)]))
    return put(steps, place, replace(step, **{name: draw(VALUES[name])}))


def another_step(draw: st.DrawFn, plan: Plan) -> Plan:
    return replace(plan, steps=another_field(draw, plan.steps))


def another_kind(draw: st.DrawFn, plan: Plan) -> Plan:
    """A sum in the place of a step."""
    place = draw(st.integers(0, len(plan.steps) - 1))
    step: Step = plan.steps[place]
    addend = draw(BUFFERS)
    return replace(
        plan,
        steps=put(plan.steps, place, AddStep(step.source, addend, step.target, plan.widths[step.target])),
    )


def another_step_back(draw: st.DrawFn, plan: Plan) -> Plan:
    return replace(plan, backward=another_field(draw, plan.backward))


def a_step_back_more(draw: st.DrawFn, plan: Plan) -> Plan:
    place = draw(st.integers(0, len(plan.backward)))
    more = draw(WAYS_BACK | st.sampled_from(plan.backward))
    return replace(plan, backward=(*plan.backward[:place], more, *plan.backward[place:]))


def a_step_back_less(draw: st.DrawFn, plan: Plan) -> Plan:
    place = draw(st.integers(0, len(plan.backward) - 1))
    fewer = plan.backward[:place] + plan.backward[place + 1 :]
    return replace(plan, backward=fewer or plan.backward)  # the other changes need one


def steps_back_in_another_order(draw: st.DrawFn, plan: Plan) -> Plan:
    place = draw(st.integers(0, len(plan.backward) - 1))
    here, there = plan.backward[place - 1], plan.backward[place]
    return replace(plan, backward=put(put(plan.backward, place, here), place - 1 if place else -1, there))


def another_place(draw: st.DrawFn, plan: Plan) -> Plan:
    place = st.none() | st.builds(DeltaPlace, st.integers(-2, 6), st.integers(-1, 9))
    return replace(plan, deltas=put(plan.deltas, draw(st.integers(0, len(plan.deltas) - 1)), draw(place)))


def another_width(draw: st.DrawFn, plan: Plan) -> Plan:
    place = draw(st.integers(0, len(plan.widths) - 1))
    return replace(plan, widths=put(plan.widths, place, draw(st.integers(-1, 9))))


def with_one(name: str, values: st.SearchStrategy[Any]) -> Change:
    return lambda draw, plan: replace(plan, **{name: draw(values)})


CHANGES: list[Change] = [
    another_step,
    another_step,
    another_kind,
    another_step_back,
    another_step_back,
    another_step_back,
    a_step_back_more,
    a_step_back_less,
    steps_back_in_another_order,
    another_place,
    another_width,
    with_one("output", BUFFERS),
    with_one("loss", st.sampled_from(LossKind)),
    with_one("penalty", st.sampled_from(PenaltyKind)),
]


@st.composite
def changed(draw: st.DrawFn, objectives: st.SearchStrategy[Objective]) -> Candidate:
    """The plan of an objective with one or two changes."""
    shared_columns = draw(st.sampled_from([0, 4, 12]))
    plan = with_backward(lower(draw(objectives)), shared_columns)
    for change in draw(st.lists(st.sampled_from(CHANGES), min_size=1, max_size=2)):
        plan = change(draw, plan)
    families: tuple[Family, ...] = ("lanes",) if shared_columns else ("lanes", "panels", "plain")
    return Candidate(plan, draw(st.sampled_from(families)), draw(st.integers(0, 12)))


def trained_arrays(plan: Plan) -> int:
    """How many there are: W and maybe b of each linear step, gamma of others that learn, beta of norms."""
    norms = sum(isinstance(step, LayerNormStep | BatchNormStep) for step in plan.steps)
    biases = [step.bias != NONE for step in plan.steps if isinstance(step, LinearStep)]
    factors = sum(isinstance(step, ScaleStep | MixStep) for step in plan.steps)
    columns = [step for step in plan.steps if isinstance(step, ColumnsStep)]
    in_parts = sum(len(arrays_of(part)) for step in columns for part in step.parts)
    return in_parts + factors + 2 * norms + len(biases) + sum(biases)


def assert_close(found: Array, expected: Array, what: str) -> None:
    assert np.linalg.norm(found - expected) <= CLOSE * (1 + np.linalg.norm(expected)), what


def assert_does_what_the_interpreter_does(found: Candidate, made: Any, rng: np.random.Generator) -> None:
    plan, rows, engine = found.with_arrays(), int(rng.integers(1, 10)), variants.module()
    scale = max(plan.widths) ** -0.5  # so that no step diverges
    theta, x = rng.normal(scale=scale, size=plan.size), rng.normal(size=(rows, plan.widths[0]))
    for step in plan.steps:
        for part in step.parts if isinstance(step, ColumnsStep) else ():
            if part.kind is PartKind.EMBEDDING:
                x[:, part.columns] = rng.integers(part.size, size=(rows, len(part.columns)))
        if isinstance(step, BatchNormStep):
            theta[step.variance : step.variance + step.width] = 1.0
    width, of_labels = plan.widths[plan.output], plan.loss in (LossKind.FOCAL, LossKind.HINGE)
    target = rng.integers(width, size=rows) if of_labels else rng.random((rows, width))
    data: dict[str, Any] = dict.fromkeys(("shift", "scale", "labels", "values", "weights")) | {"x": x}
    data["labels" if of_labels else "values"] = target
    grad, output = np.empty(plan.size), np.empty((rows, width))
    value = made.value_and_grad(theta=theta, **data, grad=grad)
    made.predict(theta, x, None, None, output)
    wanted, wanted_grad = value_and_grad(plan, theta, x, target)
    assert_close(np.array(value), np.array(wanted), "value")
    assert_close(grad, wanted_grad, "gradient")
    assert_close(output, predict(plan, theta, x), "output")
    trained, order = theta[np.newaxis].copy(), np.arange(rows)
    starts = range(0, rows, found.batch)
    dropouts = sum(
        isinstance(step, DropoutStep) or (isinstance(step, MixStep) and step.rate > 0) for step in plan.steps
    )
    seed = int(rng.integers(2**32))
    keys = draw_keys(np.random.default_rng(seed), len(starts) * dropouts).reshape(1, len(starts), dropouts)
    made.train(
        theta=trained,
        m=None,
        v=None,
        t=0,
        mean=None,
        step=0,
        **data,
        keys=None,
        order=order,
        noise=keys if dropouts else None,
        rates=np.array([[RATE]]),
        optimizer=engine.Optimizer(kind=engine.OptimizerKind.sgd),
        factors=np.ones((trained_arrays(plan), 2)),
        objectives=np.empty((1, len(starts))),
        ask=None,
    )
    mode = Mode(training=True, rng=np.random.default_rng(seed))
    for at in (order[start : start + found.batch] for start in starts):
        theta = descend(plan, theta, x[at], target[at], RATE, mode)
    assert_close(trained[0], theta, "theta after an epoch")


def share_of_the_taken(plans: int) -> float:
    """How many of so many changed plans the engine takes; each does what the interpreter does."""
    objectives = problems_of().map(lambda problem: problem.objective) | st.sampled_from(WIDE)
    taken: list[bool] = []

    @settings(deadline=None, max_examples=plans, derandomize=True, database=None)
    @given(candidate=changed(objectives), seed=st.integers(0, 2**32))
    def each(candidate: Candidate, seed: int) -> None:
        try:
            made = candidate.model()
        except (ValueError, TypeError):
            taken.append(False)
            return
        taken.append(True)
        assert_does_what_the_interpreter_does(candidate, made, np.random.default_rng(seed))

    each()
    return sum(taken) / len(taken)


def test_a_changed_plan_is_refused_or_is_the_interpreters() -> None:
    assert FEWEST < share_of_the_taken(PLANS) < 1 - FEWEST


@pytest.mark.parametrize("family", ["lanes", "panels", "plain"])
def test_layers_may_learn_in_any_order(family: Family) -> None:
    plan = with_backward(lower(Objective(gw.mlp(3, 40, 30, 2), gw.SoftmaxCrossEntropy())))
    learn = [step for step in plan.backward if isinstance(step, ParameterProduct)]
    others = [step for step in plan.backward if not isinstance(step, ParameterProduct)]
    for order in permutations(learn):
        candidate = Candidate(replace(plan, backward=(*others, *order)), family, batch=20)
        assert_does_what_the_interpreter_does(candidate, candidate.model(), np.random.default_rng(0))
