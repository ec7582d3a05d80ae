"""The way back through a plan: which steps, in which order, and where each delta lies."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gradwright.engine.backward import with_backward
from gradwright.engine.describe import describe
from gradwright.engine.lower import lower
from gradwright.engine.plan import (
    BatchNormStep,
    ColumnsStep,
    DropoutStep,
    InputProduct,
    LayerNormStep,
    LinearStep,
    MixStep,
    ParameterProduct,
    PassOn,
    Plan,
    ScaleStep,
    StepBack,
)
from gradwright.nn import GELU, Layer, Linear, MeanSquaredError, Objective, Residual, Sequential, Sum, Tanh


def plan_of(*layers: Layer) -> Plan:
    return lower(Objective(Sequential(*layers), MeanSquaredError()))


def back(plan: Plan) -> list[str]:
    """The lines of the description that go back, after the one of the loss."""
    return describe(plan).splitlines()[len(plan.steps) + 2 :]


TANH_OR_NOT = Sum(Sequential(Linear(3, 4), Tanh()), Linear(3, 4))


def test_the_first_to_reach_a_delta_sets_it_and_the_others_add_to_it() -> None:
    plan = plan_of(Linear(2, 3), Residual(Sequential(Linear(3, 3), GELU())), Linear(3, 1))
    assert back(plan) == [
        "d4 = d5 W'",
        "dW = y4' d5, db = sum d5",
        "d3 = d4",
        "d1 = d4",
        "d2 = d3 gelu'(y2)",
        "d1 += d2 W'",
        "dW = y1' d2, db = sum d2",
        "dW = y0' d1, db = sum d1",
    ]


def test_nothing_goes_back_to_where_no_parameter_lies() -> None:
    plan = plan_of(Residual(Tanh()), Linear(2, 3), Residual(Linear(3, 3)))
    assert back(plan) == [
        "d3 = d4",
        "d3 += d4 W'",
        "dW = y3' d4, db = sum d4",
        "dW = y2' d3, db = sum d3",
    ]
    assert plan.deltas[:3] == (None, None, None)


def test_a_delta_that_is_all_copied_is_multiplied_on_the_way() -> None:
    assert back(plan_of(TANH_OR_NOT)) == [
        "d1 = d2 tanh'(y1)",
        "dW = y0' d2, db = sum d2",
        "dW = y0' d1, db = sum d1",
    ]


def test_linear_steps_of_one_source_go_back_together_where_they_are_narrow_enough() -> None:
    plan = plan_of(Linear(3, 3), Sequential(TANH_OR_NOT, Linear(4, 1)))
    together, apart = with_backward(plan, 8), with_backward(plan, 7)
    assert apart == plan
    assert back(together) == [
        "d3 = d4 W'",
        "dW = y3' d4, db = sum d4",
        "d2 = d3 tanh'(y2)",
        "d1 = [d2 d3] W'",
        "dW = y1' [d2 d3], db = sum [d2 d3]",
        "dW = y0' d1, db = sum d1",
    ]
    places = [(None if p is None else (p.block, p.column)) for p in together.deltas]
    assert places == [None, (0, 0), (1, 0), (1, 4), (2, 0)]
    mixed = plan_of(Sum(Linear(3, 4), Linear(3, 4, bias=False)))
    assert with_backward(mixed, 8) == mixed


@settings(max_examples=100, deadline=None)
@given(data=st.data(), most_columns=st.integers(0, 12))
def test_a_delta_is_set_once_and_complete_before_it_is_read(
    data: st.DataObject, problems: Any, most_columns: int
) -> None:
    plan = with_backward(lower(data.draw(problems).objective), most_columns)
    reached, complete, learnt = {plan.output}, set[int](), set[int]()  # deltas, those of them read; steps
    for step in plan.backward:
        match step:
            case PassOn():
                read, written = {step.source}, step.target
            case InputProduct() | ParameterProduct():
                layer = [s for s in plan.steps[step.first : step.last] if isinstance(s, LinearStep)]
                read, written = {s.target for s in layer}, layer[0].source
                assert len(layer) == step.last - step.first
                assert not learnt & set(range(step.first, step.last))
            case StepBack():
                undone = plan.steps[step.first]
                assert isinstance(
                    undone, LayerNormStep | BatchNormStep | ScaleStep | MixStep | ColumnsStep | DropoutStep
                )
                read, written = {undone.target}, undone.source
        assert read <= reached
        if isinstance(step, ParameterProduct):
            learnt |= set(range(step.first, step.last))
        elif (
            isinstance(step, StepBack) and plan.deltas[written] is None
        ):  # a step that learns, and nothing before it does
            complete |= read
        elif read != {written}:  # not in place
            complete |= read
            assert step.accumulate == (written in reached)
            assert written not in complete
            reached.add(written)
    assert learnt == {k for k, step in enumerate(plan.steps) if isinstance(step, LinearStep)}
    assert reached == {b for b, place in enumerate(plan.deltas) if place is not None}
