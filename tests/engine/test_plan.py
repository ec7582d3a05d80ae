"""What a tree of layers is lowered to: which steps, on which buffers, with which numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradwright.engine.describe import describe
from gradwright.engine.fuse import count_uses, fuse, reads
from gradwright.engine.lower import lower
from gradwright.engine.plan import (
    NONE,
    ActivationStep,
    AddStep,
    LinearStep,
    Plan,
    PlanArray,
    Step,
)
from gradwright.engine.vocabulary import Activation, LossKind, PenaltyKind
from gradwright.errors import ConfigError, ShapeError
from gradwright.nn import (
    ELU,
    GELU,
    L1,
    L2,
    LSTM,
    SELU,
    BatchNorm,
    BinaryCrossEntropy,
    Dropout,
    Focal,
    Hinge,
    Huber,
    Layer,
    LayerNorm,
    LeakyReLU,
    Linear,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
    Mish,
    Mixed,
    Objective,
    Poisson,
    Quantile,
    ReLU,
    Residual,
    Scale,
    SelfAttention,
    Sequential,
    Sigmoid,
    SiLU,
    SoftmaxCrossEntropy,
    Softplus,
    Sum,
    Tanh,
    residual_block,
)


def plan_of(*layers: Layer) -> Plan:
    return lower(Objective(Sequential(*layers), MeanSquaredError()))


def kinds(plan: Plan) -> list[str]:
    return [type(step).__name__.removesuffix("Step") for step in plan.steps]


def linear(source: int, target: int, weight: int, bias: int, inputs: int, outputs: int, **rest: Any) -> Step:
    return LinearStep(source, target, rest.pop("addend", NONE), weight, bias, inputs, outputs, **rest)


# What is fused


def test_the_block_of_report_s1_becomes_two_linear_steps() -> None:
    plan = plan_of(residual_block(5, 20))
    assert plan.steps == (
        linear(0, 1, weight=120, bias=220, inputs=5, outputs=20, activation=Activation.TANH),
        linear(0, 2, weight=0, bias=100, inputs=5, outputs=20, activation=Activation.RELU, addend=1),
    )
    assert (plan.widths, plan.output, plan.size) == ((5, 20, 20), 2, 240)


def test_an_identity_skip_over_two_linear_layers_becomes_two_linear_steps() -> None:
    plan = plan_of(Residual(Sequential(Linear(3, 4), Tanh(), Linear(4, 3))))
    assert plan.steps == (
        linear(0, 1, weight=0, bias=12, inputs=3, outputs=4, activation=Activation.TANH),
        linear(1, 2, weight=16, bias=28, inputs=4, outputs=3, addend=0),
    )


@pytest.mark.parametrize(
    ("activation", "number", "slope"),
    [
        (ReLU(), Activation.RELU, 0.0),
        (LeakyReLU(0.2), Activation.LEAKY_RELU, 0.2),
        (LeakyReLU(0.0), Activation.RELU, 0.0),
        (ELU(2.5), Activation.ELU, 2.5),
        (SELU(), Activation.SELU, 0.0),
        (Tanh(), Activation.TANH, 0.0),
        (Sigmoid(), Activation.SIGMOID, 0.0),
    ],
)
def test_an_activation_whose_output_tells_its_derivative_is_fused(
    activation: Layer, number: Activation, slope: float
) -> None:
    (step,) = plan_of(Linear(2, 3), activation).steps
    assert step == linear(0, 1, weight=0, bias=6, inputs=2, outputs=3, activation=number, slope=slope)


@pytest.mark.parametrize(
    ("activation", "number"),
    [
        (Softplus(), Activation.SOFTPLUS),
        (GELU(), Activation.GELU),
        (SiLU(), Activation.SILU),
        (Mish(), Activation.MISH),
    ],
)
def test_an_activation_that_needs_its_input_keeps_a_step_of_its_own(
    activation: Layer, number: Activation
) -> None:
    plan = plan_of(Linear(2, 3), activation)
    assert plan.steps[1:] == (ActivationStep(1, 2, number, 0.0, 3),)


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ((Linear(3, 3), Residual(Tanh())), ["Linear", "Activation", "Add"]),  # z is read twice
        ((Linear(3, 3), Sum(Tanh(), Sigmoid())), ["Linear", "Activation", "Activation", "Add"]),
        ((Linear(3, 3), Tanh(), ReLU()), ["Linear", "Activation"]),  # one activation to a step
        ((Linear(3, 3), Residual(Sequential(Linear(3, 3), Tanh()))), ["Linear", "Linear", "Add"]),
        ((Sum(Linear(3, 3), Linear(3, 3), Linear(3, 3)), Tanh()), ["Linear", "Linear", "Linear"]),
        ((Sum(Linear(3, 3)),), ["Linear"]),
        ((Tanh(), Linear(3, 3)), ["Activation", "Linear"]),  # the input is nobody's target
        ((Sum(Tanh(), ReLU()), Linear(3, 3)), ["Activation", "Activation", "Add", "Linear"]),
    ],
)
def test_only_what_may_be_fused_is_fused(layers: tuple[Layer, ...], expected: list[str]) -> None:
    assert kinds(plan_of(*layers)) == expected


def test_a_target_that_the_loss_reads_stays() -> None:
    steps = [linear(0, 1, 0, 4, 2, 2), ActivationStep(1, 2, Activation.TANH, 0.0, 2)]
    assert len(fuse(steps, output=2)) == 1
    assert fuse(steps, output=1) == steps


def test_a_linear_step_takes_one_addend() -> None:
    plan = plan_of(Residual(Residual(Linear(3, 3))))
    assert plan.steps == (linear(0, 1, 0, 9, 3, 3, addend=0), AddStep(0, 1, 2, 3))


# What holds for every plan


def assert_valid(plan: Plan) -> None:
    """Each buffer is filled once, in order, before it is read, and has the width that its readers expect."""
    assert [step.target for step in plan.steps] == list(range(1, len(plan.widths)))
    for step in plan.steps:
        assert all(buffer < step.target for buffer in reads(step))
        width = plan.widths[step.target]
        match step:
            case LinearStep():
                assert (plan.widths[step.source], width) == (step.inputs, step.outputs)
                assert step.addend == NONE or plan.widths[step.addend] == width
            case ActivationStep() | AddStep():
                assert {plan.widths[buffer] for buffer in reads(step)} == {width} == {step.width}
    assert plan.output == len(plan.widths) - 1
    assert all(count_uses(plan.steps, plan.output)[buffer] for buffer in range(len(plan.widths)))


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_every_plan_is_valid_and_leaves_nothing_to_fuse(data: st.DataObject, problems: Any) -> None:
    objective = data.draw(problems).objective
    plan = lower(objective)
    assert_valid(plan)
    assert fuse(plan.steps, plan.output) == list(plan.steps)
    uses = count_uses(plan.steps, plan.output)
    bare = {
        step.target
        for step in plan.steps
        if isinstance(step, LinearStep) and step.activation is Activation.NONE and uses[step.target] == 1
    }
    for step in plan.steps:
        assert not (isinstance(step, ActivationStep) and step.activation.from_output and step.source in bare)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_the_arrays_cover_theta_once_and_are_the_layouts(data: st.DataObject, problems: Any) -> None:
    objective = data.draw(problems).objective
    plan = lower(objective)
    covered = np.zeros(plan.size, int)
    for array, slot in zip(plan.arrays, objective.layout.slots, strict=True):
        covered[array.offset : array.offset + array.rows * array.columns] += 1
        assert (array.offset, array.columns) == (slot.start, slot.shape[-1])
        assert array.penalized == slot.name.endswith("weight")
    assert (covered == 1).all()
    arrays = ("weight", "bias", "gamma", "beta", "mean", "variance", "frequency", "phase")
    owners = [owner for step in plan.steps for owner in (step, *getattr(step, "parts", ()))]
    used = {getattr(owner, name, NONE) for owner in owners for name in arrays} - {NONE}
    assert used == {array.offset for array in plan.arrays}


def test_a_layer_that_stands_in_two_places_has_parameters_in_both() -> None:
    shared = Linear(3, 3)
    assert [s.weight for s in plan_of(shared, shared).steps if isinstance(s, LinearStep)] == [0, 12]


def test_a_single_linear_layer_without_a_container_is_a_plan() -> None:
    plan = lower(Objective(Linear(2, 3, bias=False), MeanSquaredError()))
    assert plan.steps == (linear(0, 1, weight=0, bias=NONE, inputs=2, outputs=3),)
    assert plan.arrays == (PlanArray(0, 2, 3, penalized=True),)


# The loss and the penalty


@pytest.mark.parametrize(
    ("loss", "kind", "parameter"),
    [
        (SoftmaxCrossEntropy(), LossKind.SOFTMAX_CROSS_ENTROPY, 0.0),
        (SoftmaxCrossEntropy(smoothing=0.1), LossKind.SOFTMAX_CROSS_ENTROPY, 0.1),
        (Focal(1.5), LossKind.FOCAL, 1.5),
        (Hinge(), LossKind.HINGE, 1.0),
        (Hinge(squared=True), LossKind.HINGE, 2.0),
        (BinaryCrossEntropy(), LossKind.BINARY_CROSS_ENTROPY, 0.0),
        (MeanSquaredError(), LossKind.MEAN_SQUARED_ERROR, 0.0),
        (MeanAbsoluteError(), LossKind.MEAN_ABSOLUTE_ERROR, 0.0),
        (Huber(0.3), LossKind.HUBER, 0.3),
        (Quantile(0.9), LossKind.QUANTILE, 0.9),
        (Poisson(), LossKind.POISSON, 0.0),
    ],
)
def test_the_loss_is_a_number_and_its_parameter(loss: Loss, kind: LossKind, parameter: float) -> None:
    plan = lower(Objective(Linear(2, 1), loss))
    assert (plan.loss, plan.loss_parameter) == (kind, parameter)


@pytest.mark.parametrize(
    ("penalty", "kind", "factor"),
    [(None, PenaltyKind.NONE, 0.0), (L2(0.1), PenaltyKind.L2, 0.1), (L1(0.2), PenaltyKind.L1, 0.2)],
)
def test_the_penalty_is_a_number_and_its_factor(penalty: Any, kind: PenaltyKind, factor: float) -> None:
    plan = lower(Objective(Linear(2, 1), MeanSquaredError(), penalty))
    assert (plan.penalty, plan.penalty_factor) == (kind, factor)


# What is refused


class LouderTanh(Tanh):
    """A user's own layer, which is a ``Tanh`` to ``isinstance`` but not to us."""


class OwnContainer(Sequential):
    """A user's own container."""


class ScaledError(MeanSquaredError):
    """A user's own loss."""


class OwnPenalty(L2):
    """A user's own penalty."""


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (Sequential(Linear(2, 2), LSTM(2, 3)), r"layer 1: .*\(Linear, .*\), found LSTM, which the ref"),
        (Sequential(SelfAttention(2), Linear(2, 2)), r"layer 0: .* found SelfAttention"),
        (Sequential(Linear(2, 2), Residual(Sum(Tanh(), LouderTanh()))), r"layer 1\.1: .* found LouderTanh"),
        (OwnContainer(Linear(2, 2)), r"network: .* found OwnContainer, which the reference engine runs"),
        (Tanh(), r"network: expected a Linear, .* found none; the reference engine runs it"),
    ],
)
def test_a_layer_that_a_plan_has_no_step_for_is_named(network: Layer, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        lower(Objective(network, MeanSquaredError()))


def test_a_loss_or_a_penalty_that_a_plan_does_not_know_is_named() -> None:
    with pytest.raises(ConfigError, match=r"loss: .*\(SoftmaxCrossEntropy, .*\), found ScaledError"):
        lower(Objective(Linear(2, 2), ScaledError()))
    with pytest.raises(ConfigError, match=r"penalty: .*\(L2, L1\), found OwnPenalty"):
        lower(Objective(Linear(2, 2), MeanSquaredError(), OwnPenalty(0.1)))


def test_branches_that_take_different_inputs_are_refused() -> None:
    with pytest.raises(ShapeError, match="takes 4 features, found 3"):
        plan_of(Sum(Linear(3, 2), Linear(4, 2)))


# The text


def test_the_description_has_a_line_for_each_step() -> None:
    network = Sequential(Linear(2, 3, bias=False), LeakyReLU(0.1), Residual(GELU()), Linear(3, 1))
    assert describe(lower(Objective(network, Huber(0.5)))).splitlines() == [
        "y0 (N, 2) = input",
        "y1 (N, 3) = leaky_relu(y0 W; 0.1)    W 2x3 at theta[0]",
        "y2 (N, 3) = gelu(y1)",
        "y3 (N, 3) = y1 + y2",
        "y4 (N, 1) = y3 W + b                 W 3x1 at theta[6], b at theta[9]",
        "huber(y4; 0.5), theta (10,)",
        "d3 = d4 W'",
        "dW = y3' d4, db = sum d4",
        "d2 = d3",
        "d1 = d3",
        "d1 += d2 gelu'(y1)",
        "d1 = d1 leaky_relu'(y1; 0.1)",
        "dW = y0' d1",
    ]


def test_a_norm_is_a_step_that_learns_on_the_way_back() -> None:
    network = Sequential(BatchNorm(2), Linear(2, 3), LayerNorm(3), Tanh(), Linear(3, 1))
    assert describe(lower(Objective(network, MeanSquaredError()))).splitlines() == [
        "y0 (N, 2) = input",
        "y1 (N, 2) = batch_norm(y0) gamma + beta    "
        "gamma at theta[0], beta at theta[2], mean at theta[4], variance at theta[6]",
        "y2 (N, 3) = y1 W + b                       W 2x3 at theta[8], b at theta[14]",
        "y3 (N, 3) = layer_norm(y2) gamma + beta    gamma at theta[17], beta at theta[20]",
        "y4 (N, 3) = tanh(y3)",
        "y5 (N, 1) = y4 W + b                       W 3x1 at theta[23], b at theta[26]",
        "mean_squared_error(y5), theta (27,)",
        "d4 = d5 W'",
        "dW = y4' d5, db = sum d5",
        "d3 = d4 tanh'(y4)",
        "d2 = layer_norm'(d3), dgamma, dbeta of d3",
        "d1 = d2 W'",
        "dW = y1' d2, db = sum d2",
        "dgamma, dbeta of d1",
    ]


def test_a_scale_and_a_mix_are_steps_that_learn_on_the_way_back() -> None:
    network = Sequential(Scale(2), Linear(2, 3), Mixed(ELU(0.5), 3), Mixed(LeakyReLU(0.0), 3), Linear(3, 1))
    assert describe(lower(Objective(network, MeanSquaredError()))).splitlines() == [
        "y0 (N, 2) = input",
        "y1 (N, 2) = scale(y0; gamma)                gamma at theta[0]",
        "y2 (N, 3) = y1 W + b                        W 2x3 at theta[2], b at theta[8]",
        "y3 (N, 3) = mix(y2, elu(y2; 0.5); gamma)    gamma at theta[11]",
        "y4 (N, 3) = mix(y3, relu(y3); gamma)        gamma at theta[14]",
        "y5 (N, 1) = y4 W + b                        W 3x1 at theta[17], b at theta[20]",
        "mean_squared_error(y5), theta (21,)",
        "d4 = d5 W'",
        "dW = y4' d5, db = sum d5",
        "d3 = mix'(d4), dgamma of d4",
        "d2 = mix'(d3), dgamma of d3",
        "d1 = d2 W'",
        "dW = y1' d2, db = sum d2",
        "dgamma of d1",
    ]


def test_a_mix_does_the_work_of_a_dropout_that_alone_reads_it() -> None:
    def lines(*behind: Layer) -> list[str]:
        network = Sequential(Linear(2, 3), Mixed(Tanh(), 3), *behind)
        return [
            line.split("    ")[0]
            for line in describe(lower(Objective(network, MeanSquaredError()))).splitlines()
        ]

    both = lines(Dropout(0.5), Linear(3, 1))
    assert both[2:4] == ["y2 (N, 3) = mix(y1, tanh(y1); gamma, dropout 0.5)", "y3 (N, 1) = y2 W + b"]
    assert both[-2:] == ["d1 = mix'(d2), dgamma of d2", "dW = y0' d1, db = sum d1"]
    assert lines(Dropout(0.5), Dropout(0.2), Linear(3, 1))[2:4] == [
        "y2 (N, 3) = mix(y1, tanh(y1); gamma, dropout 0.5)",
        "y3 (N, 3) = dropout(y2; 0.2)",
    ]
    assert lines(Residual(Dropout(0.5)))[2:4] == [
        "y2 (N, 3) = mix(y1, tanh(y1); gamma)",
        "y3 (N, 3) = dropout(y2; 0.5)",
    ]
    assert lines(Dropout(0.0))[3] == "y3 (N, 3) = dropout(y2; 0)"  # whose mask takes a key, too


def test_a_dropout_is_a_step_of_its_own_that_goes_back_by_itself() -> None:
    network = Sequential(Dropout(0.1), Linear(2, 3), Tanh(), Residual(Dropout(0.5)), Linear(3, 1))
    assert describe(lower(Objective(network, MeanSquaredError()))).splitlines() == [
        "y0 (N, 2) = input",
        "y1 (N, 2) = dropout(y0; 0.1)",
        "y2 (N, 3) = tanh(y1 W + b)      W 2x3 at theta[0], b at theta[6]",
        "y3 (N, 3) = dropout(y2; 0.5)",
        "y4 (N, 3) = y2 + y3",
        "y5 (N, 1) = y4 W + b            W 3x1 at theta[9], b at theta[12]",
        "mean_squared_error(y5), theta (13,)",
        "d4 = d5 W'",
        "dW = y4' d5, db = sum d5",
        "d3 = d4",
        "d2 = d4",
        "d2 += dropout'(d3)",
        "d2 = d2 tanh'(y2)",
        "dW = y1' d2, db = sum d2",
    ]
