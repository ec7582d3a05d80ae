"""The third witness: a plan, and NumPy alone, against the layers and against the complex step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gradwright as gw
from gradwright.engine.backward import with_backward
from gradwright.engine.lower import lower
from gradwright.engine.plan import (
    NONE,
    ActivationStep,
    AddStep,
    LinearStep,
    Plan,
)
from gradwright.engine.vocabulary import Activation, LossKind, PenaltyKind
from gradwright.errors import ShapeError
from gradwright.nn import (
    ELU,
    GELU,
    SELU,
    BinaryCrossEntropy,
    Huber,
    Layer,
    LeakyReLU,
    Linear,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
    Mish,
    Objective,
    Poisson,
    Quantile,
    ReLU,
    Residual,
    Sequential,
    Sigmoid,
    SiLU,
    SoftmaxCrossEntropy,
    Softplus,
    Tanh,
    residual_mlp,
)
from gradwright.nn.layer import Array
from tests.engine.interpreter import predict, value_and_grad

ROUNDING = 1e-12  # float64, sums of at most some hundred terms in another order
SINGLE = 2e-5  # the same in float32
TINY = 1e-30  # the complex step: its square vanishes beside 1


def assert_agrees(
    objective: Objective, plan: Plan, theta: Array, x: Array, target: Array, rtol: float
) -> None:
    """The plan has the objective's value, prediction and gradient, each named array beside its own size."""
    value, grad = value_and_grad(plan, theta, x, target)
    expected_value, expected_grad = objective.value_and_grad(theta, x, target)
    assert value == pytest.approx(expected_value, rel=rtol)
    np.testing.assert_allclose(predict(plan, theta, x), objective.predict(theta, x), rtol=rtol, atol=rtol)
    found = objective.layout.named(grad)
    for name, expected in objective.layout.named(expected_grad).items():
        size = np.abs(expected).max()
        np.testing.assert_allclose(found[name], expected, rtol=0, atol=rtol * size, err_msg=name)


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_a_plan_has_the_values_and_gradients_of_its_tree(data: st.DataObject, problems: Any) -> None:
    p = data.draw(problems)
    plan = with_backward(lower(p.objective), data.draw(st.integers(0, 12)))
    assert_agrees(p.objective, plan, p.theta, p.x, p.target, ROUNDING)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_single_precision_agrees_to_single_precision(data: st.DataObject, problems: Any) -> None:
    p = data.draw(problems)
    theta, x = p.theta.astype(np.float32), p.x.astype(np.float32)
    value, grad = value_and_grad(lower(p.objective), theta, x, p.target)
    assert value.dtype == grad.dtype == np.float32
    expected_value, expected = p.objective.value_and_grad(theta.astype(float), x.astype(float), p.target)
    assert value == pytest.approx(expected_value, rel=SINGLE, abs=SINGLE)
    np.testing.assert_allclose(grad, expected, rtol=0, atol=SINGLE * max(1, np.abs(expected).max()))


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_the_gradient_is_that_of_the_plans_own_value(data: st.DataObject, problems: Any) -> None:
    """By the complex step along a random direction: no layer and no loss of ``nn`` takes part."""
    p = data.draw(problems)
    plan = lower(p.objective)
    v = np.random.default_rng(0).standard_normal(p.theta.size)
    slope = value_and_grad(plan, p.theta + 1j * TINY * v, p.x, p.target)[0].imag / TINY
    grad = value_and_grad(plan, p.theta, p.x, p.target)[1]
    assert grad @ v == pytest.approx(slope, rel=ROUNDING, abs=ROUNDING * np.abs(grad * v).sum())


def test_the_gradient_checker_calls_it_correct() -> None:
    objective = Objective(residual_mlp(3, 6, 4), SoftmaxCrossEntropy(), gw.L2(0.01))
    plan, rng = lower(objective), np.random.default_rng(0)
    x, labels = rng.normal(size=(8, 3)), rng.integers(4, size=8)
    theta = objective.layout.initialize(rng)
    report = gw.check_gradient(
        lambda t: value_and_grad(plan, t, x, labels)[0],
        lambda t: value_and_grad(plan, t, x, labels)[1],
        theta,
    )
    assert report.verdict == "correct", str(report)


@pytest.mark.parametrize(
    "loss", [BinaryCrossEntropy(), MeanSquaredError(), MeanAbsoluteError(), Huber(0.5), Quantile(), Poisson()]
)
def test_a_vector_of_targets_meets_one_output(loss: Loss) -> None:
    objective = Objective(gw.mlp(2, 3, 1), loss)
    rng = np.random.default_rng(0)
    theta, x, target = objective.layout.initialize(rng), rng.normal(size=(4, 2)), rng.random(4)
    assert_agrees(objective, lower(objective), theta, x, target, ROUNDING)


def test_far_inputs_neither_overflow_nor_lose_their_gradient() -> None:
    for activation in (Sigmoid(), Softplus(), Tanh(), GELU(), ELU(), SELU(), SiLU(), Mish()):
        for loss in (SoftmaxCrossEntropy(), BinaryCrossEntropy()):
            objective = Objective(Sequential(Linear(1, 2), activation, Linear(2, 2)), loss)
            theta = np.linspace(-3, 3, objective.layout.size)
            x, target = np.array([[-1e3], [1e3]]), np.array([[0.0, 1.0], [1.0, 0.0]])
            assert_agrees(objective, lower(objective), theta, x, target, ROUNDING)


def test_at_the_bend_the_derivative_is_that_of_the_layers() -> None:
    for activation in (ReLU(), LeakyReLU(0.1), LeakyReLU(0.0), ELU(0.5), SELU()):
        objective = Objective(Sequential(Linear(1, 2), activation), MeanSquaredError(), gw.L1(0.1))
        theta = np.zeros(objective.layout.size)
        x, target = np.ones((3, 1)), np.ones((3, 2))
        assert_agrees(objective, lower(objective), theta, x, target, ROUNDING)


def test_what_is_handed_in_may_be_read_only_and_sizes_are_checked() -> None:
    plan = lower(Objective(residual_mlp(2, 3, 1), MeanSquaredError(), gw.L2(0.1)))
    theta, x, target = np.ones(plan.size), np.ones((4, 2)), np.ones(4)
    for array in (theta, x, target):
        array.flags.writeable = False
    value_and_grad(plan, theta, x, target)
    for wrong, message in (
        ((theta[1:], x, target), r"theta: expected the shape \(22,\), found \(21,\)"),
        ((theta, x[:, :1], target), r"x: expected the shape \(N, 2\), found \(4, 1\)"),
        ((theta, x, target[1:]), r"target: expected the shape \(4, 1\), found \(3,\)"),
    ):
        with pytest.raises(ShapeError, match=message):
            value_and_grad(plan, *wrong)


# Planted faults: what the witness says to a plan that is wrong


def assert_caught(objective: Objective, fault: Callable[[Plan], Plan]) -> None:
    """The sound plan agrees, and the same plan with the fault in it does not."""
    rng = np.random.default_rng(0)
    plan, theta, x = lower(objective), rng.normal(size=objective.layout.size), rng.normal(size=(5, 3))
    target = np.eye(plan.widths[plan.output])[rng.integers(plan.widths[plan.output], size=5)]
    assert_agrees(objective, plan, theta, x, target, ROUNDING)
    with pytest.raises(AssertionError):
        assert_agrees(objective, fault(plan), theta, x, target, ROUNDING)


def test_a_buffer_that_is_read_twice_and_fused_away_is_seen() -> None:
    def fused_away(plan: Plan) -> Plan:  # tanh(z) + tanh(z) in place of z + tanh(z)
        linear, tanh, add = plan.steps
        assert isinstance(linear, LinearStep)
        assert isinstance(tanh, ActivationStep)
        assert isinstance(add, AddStep)
        steps = (replace(linear, activation=tanh.activation), replace(add, source=1, addend=1, target=2))
        return with_backward(replace(plan, widths=plan.widths[:3], steps=steps, output=2))

    assert_caught(Objective(Sequential(Linear(3, 3), Residual(Tanh())), MeanSquaredError()), fused_away)


@pytest.mark.parametrize("activation", [GELU(), Softplus(), SiLU(), Mish()])
def test_an_activation_fused_although_its_output_does_not_tell_its_derivative_is_seen(
    activation: Layer, monkeypatch: pytest.MonkeyPatch
) -> None:
    objective = Objective(Sequential(Linear(3, 4), activation, Linear(4, 2)), SoftmaxCrossEntropy())

    def fused_all(plan: Plan) -> Plan:
        for word in Activation:
            monkeypatch.setattr(word, "from_output", True)
        found = lower(objective)
        assert len(found.steps) < len(plan.steps)
        return found

    assert_caught(objective, fused_all)


def first_linear(plan: Plan, **changes: Any) -> Plan:
    step, *others = plan.steps
    assert isinstance(step, LinearStep)
    return replace(plan, steps=(replace(step, **changes), *others))


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(lambda plan: first_linear(plan, activation=Activation.SIGMOID), id="other activation"),
        pytest.param(lambda plan: first_linear(plan, activation=Activation.NONE), id="no activation"),
        pytest.param(lambda plan: first_linear(plan, weight=plan.steps[0].weight + 1), id="weight moved"),
        pytest.param(lambda plan: first_linear(plan, bias=plan.steps[0].bias - 1), id="bias moved"),
        pytest.param(lambda plan: first_linear(plan, bias=NONE), id="bias lost"),
        pytest.param(lambda plan: first_linear(plan, addend=0), id="addend gained"),
        pytest.param(lambda plan: replace(plan, penalty_factor=plan.penalty_factor / 2), id="penalty halved"),
        pytest.param(lambda plan: replace(plan, penalty=PenaltyKind.L1), id="other penalty"),
        pytest.param(lambda plan: replace(plan, arrays=plan.arrays[:-2]), id="array not penalized"),
        pytest.param(lambda plan: replace(plan, loss=LossKind.BINARY_CROSS_ENTROPY), id="other loss"),
    ],
)
def test_a_wrong_number_in_the_plan_is_seen(fault: Callable[[Plan], Plan]) -> None:
    assert_caught(Objective(residual_mlp(3, 3, 2), SoftmaxCrossEntropy(), gw.L2(0.1)), fault)


def with_step_back(plan: Plan, place: int, **changes: Any) -> Plan:
    step: Any = plan.backward[place]
    changed = replace(step, **changes)
    return replace(plan, backward=(*plan.backward[:place], changed, *plan.backward[place + 1 :]))


def without_step_back(plan: Plan, place: int) -> Plan:
    return replace(plan, backward=plan.backward[:place] + plan.backward[place + 1 :])


@pytest.mark.parametrize(
    "fault",
    [
        *(pytest.param(lambda plan, k=k: without_step_back(plan, k), id=f"step {k} lost") for k in range(8)),
        pytest.param(lambda plan: with_step_back(plan, 0, accumulate=True), id="added to nothing"),
        pytest.param(lambda plan: with_step_back(plan, 5, accumulate=False), id="set again"),
        pytest.param(lambda plan: with_step_back(plan, 2, activation=Activation.SIGMOID), id="other slope"),
        pytest.param(lambda plan: with_step_back(plan, 2, known=3), id="other values"),
        pytest.param(lambda plan: with_step_back(plan, 3, source=4), id="other delta"),
    ],
)
def test_a_fault_on_the_way_back_is_seen(fault: Callable[[Plan], Plan]) -> None:
    network = Sequential(Linear(3, 3), Residual(Sequential(Linear(3, 3), Tanh())), Tanh(), Linear(3, 3))
    assert_caught(Objective(network, SoftmaxCrossEntropy()), fault)
