"""A network as a flat program: numbered buffers, and steps of three kinds that fill them in order.

This is all that the compiled engine knows of a network. Buffer 0 is the input (N, widths[0]); each step reads
buffers that are filled already and fills one of its own, so no buffer is written twice. Weights and biases
are named by their offsets into theta, the vector of all parameters.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

NONE = -1  # no addend, no bias


class Activation(IntEnum):
    """Maps that act on each entry by itself, numbered as the compiled engine numbers them."""

    NONE = 0
    RELU = 1
    LEAKY_RELU = 2
    TANH = 3
    SIGMOID = 4
    SOFTPLUS = 5
    GELU = 6


class LossKind(IntEnum):
    """Losses, numbered as the compiled engine numbers them."""

    SOFTMAX_CROSS_ENTROPY = 0
    BINARY_CROSS_ENTROPY = 1
    MEAN_SQUARED_ERROR = 2
    HUBER = 3


class PenaltyKind(IntEnum):
    """Penalties, numbered as the compiled engine numbers them."""

    NONE = 0
    L2 = 1
    L1 = 2


@dataclass(frozen=True)
class LinearStep:
    """target = activation(source W + b + addend)        source (N, inputs) -> target (N, outputs)

    W (inputs, outputs) lies row by row from ``theta[weight]`` on, b (outputs,) from ``theta[bias]`` on.
    ``bias`` and ``addend`` are -1 where there is none. ``slope`` belongs to ``LEAKY_RELU`` alone.
    """

    source: int
    target: int
    addend: int
    weight: int
    bias: int
    inputs: int
    outputs: int
    activation: Activation = Activation.NONE
    slope: float = 0.0


@dataclass(frozen=True)
class ActivationStep:
    """target = activation(source)        source (N, width) -> target (N, width)"""

    source: int
    target: int
    activation: Activation
    slope: float
    width: int


@dataclass(frozen=True)
class AddStep:
    """target = source + addend        both (N, width) -> target (N, width)"""

    source: int
    addend: int
    target: int
    width: int


Step: TypeAlias = LinearStep | ActivationStep | AddStep


@dataclass(frozen=True)
class PlanArray:
    """One weight (rows, columns) or bias (1, columns) in theta, and whether the penalty acts on it."""

    offset: int
    rows: int
    columns: int
    penalized: bool


@dataclass(frozen=True)
class Plan:
    """An objective as numbers alone: what ``gradwright.engine.lower`` makes of its tree of layers.

    ``widths`` are the columns of each buffer, ``output`` the buffer that the loss reads, ``size`` the number
    of parameters, ``arrays`` what theta holds, in order. ``loss_parameter`` is Huber's delta, else 0.
    """

    widths: tuple[int, ...]
    steps: tuple[Step, ...]
    output: int
    size: int
    arrays: tuple[PlanArray, ...]
    loss: LossKind
    loss_parameter: float
    penalty: PenaltyKind
    penalty_factor: float


def describe(plan: Plan) -> str:
    """The plan as text: the input, one line for each step, and what is made small.

    >>> from gradwright.engine.lower import lower
    >>> from gradwright.nn import L2, Objective, SoftmaxCrossEntropy, residual_mlp
    >>> print(describe(lower(Objective(residual_mlp(5, 20, 3), SoftmaxCrossEntropy(), L2(0.01)))))
    y0 (N, 5) = input
    y1 (N, 20) = tanh(y0 W + b)         W 5x20 at theta[120], b at theta[220]
    y2 (N, 20) = relu(y0 W + b + y1)    W 5x20 at theta[0], b at theta[100]
    y3 (N, 3) = y2 W + b                W 20x3 at theta[240], b at theta[300]
    softmax_cross_entropy(y3) + l2(0.01), theta (303,)
    """
    formulas = [f"y{step.target} (N, {plan.widths[step.target]}) = {_formula(step)}" for step in plan.steps]
    places = [_places(step) for step in plan.steps]
    column = max((len(formula) for formula in formulas), default=0) + 4
    lines = [f"{f:<{column}}{p}".rstrip() for f, p in zip(formulas, places, strict=True)]
    return "\n".join([f"y0 (N, {plan.widths[0]}) = input", *lines, _objective(plan)])


def _formula(step: Step) -> str:
    match step:
        case LinearStep():
            terms = [f"y{step.source} W"]
            terms += ["b"] * (step.bias != NONE) + [f"y{step.addend}"] * (step.addend != NONE)
            return _applied(step.activation, step.slope, " + ".join(terms))
        case ActivationStep():
            return _applied(step.activation, step.slope, f"y{step.source}")
        case AddStep():
            return f"y{step.source} + y{step.addend}"


def _applied(activation: Activation, slope: float, argument: str) -> str:
    match activation:
        case Activation.NONE:
            return argument
        case Activation.LEAKY_RELU:
            return f"leaky_relu({argument}; {slope:g})"
    return f"{activation.name.lower()}({argument})"


def _places(step: Step) -> str:
    """Where the parameters of a step lie; nothing where it has none."""
    if not isinstance(step, LinearStep):
        return ""
    weight = f"W {step.inputs}x{step.outputs} at theta[{step.weight}]"
    return weight if step.bias == NONE else f"{weight}, b at theta[{step.bias}]"


def _objective(plan: Plan) -> str:
    parameter = f"; {plan.loss_parameter:g}" if plan.loss is LossKind.HUBER else ""
    loss = f"{plan.loss.name.lower()}(y{plan.output}{parameter})"
    penalty = f" + {plan.penalty.name.lower()}({plan.penalty_factor:g})" if plan.penalty else ""
    return f"{loss}{penalty}, theta ({plan.size},)"
