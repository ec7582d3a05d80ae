"""A plan as text: what is computed, line by line, forward and back."""

from __future__ import annotations

from gradwright.engine.plan import (
    NONE,
    ActivationStep,
    AddStep,
    BackwardStep,
    BatchNormStep,
    ColumnsStep,
    DropoutStep,
    InputProduct,
    LayerNormStep,
    LinearStep,
    MixStep,
    PassOn,
    Plan,
    ScaleStep,
    Step,
    StepBack,
)
from gradwright.engine.vocabulary import Activation, PenaltyKind


def describe(plan: Plan) -> str:
    """The input, one line for each step, what is made small, and one line for each step back.

    ``d3`` is the delta of ``y3``, and ``[d1 d2]`` are two deltas side by side.

    >>> from gradwright.engine.lower import lower
    >>> from gradwright.nn import L2, Objective, SoftmaxCrossEntropy, residual_mlp
    >>> print(describe(lower(Objective(residual_mlp(5, 20, 3), SoftmaxCrossEntropy(), L2(0.01)))))
    y0 (N, 5) = input
    y1 (N, 20) = tanh(y0 W + b)         W 5x20 at theta[120], b at theta[220]
    y2 (N, 20) = relu(y0 W + b + y1)    W 5x20 at theta[0], b at theta[100]
    y3 (N, 3) = y2 W + b                W 20x3 at theta[240], b at theta[300]
    softmax_cross_entropy(y3) + l2(0.01), theta (303,)
    d2 = d3 W'
    d2 = d2 relu'(y2)
    dW = y2' d3, db = sum d3
    d1 = d2 tanh'(y1)
    dW = y0' d2, db = sum d2
    dW = y0' d1, db = sum d1
    """
    formulas = [f"y{step.target} (N, {plan.widths[step.target]}) = {_formula(step)}" for step in plan.steps]
    column = max((len(formula) for formula in formulas), default=0) + 4
    places = [_places(step) for step in plan.steps]
    forward = [f"{f:<{column}}{p}".rstrip() for f, p in zip(formulas, places, strict=True)]
    backward = [_backward_formula(step, plan) for step in plan.backward]
    return "\n".join([f"y0 (N, {plan.widths[0]}) = input", *forward, _objective(plan), *backward])


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
        case DropoutStep():
            return f"dropout(y{step.source}; {step.rate:g})"
        case LayerNormStep():
            return f"layer_norm(y{step.source}) gamma + beta"
        case BatchNormStep():
            return f"batch_norm(y{step.source}) gamma + beta"
        case ColumnsStep():
            named = (f"{part.kind.name.lower()} {' '.join(map(str, part.columns))}" for part in step.parts)
            return f"columns(y{step.source}; {', '.join(named)})"
        case ScaleStep():
            return f"scale(y{step.source}; gamma)"
        case MixStep():
            f = _applied(step.activation, step.slope, f"y{step.source}")
            left_out = f", dropout {step.rate:g}" if step.rate else ""
            return f"mix(y{step.source}, {f}; gamma{left_out})"


def _backward_formula(step: BackwardStep, plan: Plan) -> str:
    if isinstance(step, PassOn):
        slope = (
            "" if step.known == NONE else " " + _applied(step.activation, step.slope, f"y{step.known}", "'")
        )
        return f"d{step.target} {'+=' if step.accumulate else '='} d{step.source}{slope}"
    if isinstance(step, StepBack):
        return ", ".join(_back_through(plan.steps[step.first], step.accumulate, plan))
    layer = [s for s in plan.steps[step.first : step.last] if isinstance(s, LinearStep)]
    dz = " ".join(f"d{s.target}" for s in layer)
    dz = f"[{dz}]" if len(layer) > 1 else dz
    if isinstance(step, InputProduct):
        return f"d{layer[0].source} {'+=' if step.accumulate else '='} {dz} W'"
    return f"dW = y{layer[0].source}' {dz}" + f", db = sum {dz}" * (layer[0].bias != NONE)


def _back_through(step: Step, accumulate: bool, plan: Plan) -> list[str]:
    """What goes back through a dropout, or a step that learns by column, with its own gradient."""
    name = _formula(step).split("(")[0]
    known = plan.deltas[step.source] is not None
    passed = [f"d{step.source} {'+=' if accumulate else '='} {name}'(d{step.target})"] if known else []
    match step:
        case LayerNormStep() | BatchNormStep():
            passed.append(f"dgamma, dbeta of d{step.target}")
        case ScaleStep() | MixStep():
            passed.append(f"dgamma of d{step.target}")
        case ColumnsStep():
            passed.append(f"dcolumns of d{step.target}")
    return passed


def _applied(activation: Activation, slope: float, argument: str, mark: str = "") -> str:
    match activation:
        case Activation.NONE:
            return argument
        case Activation.LEAKY_RELU | Activation.ELU:
            return f"{activation.name.lower()}{mark}({argument}; {slope:g})"
    return f"{activation.name.lower()}{mark}({argument})"


def _places(step: Step) -> str:
    """Where the parameters of a step lie; nothing where it has none."""
    match step:
        case ColumnsStep():
            named = (f"{part.kind.name.lower()} at theta[{part.weight}]" for part in step.parts)
            return ", ".join(text for text in named if "[-1]" not in text)
        case ScaleStep() | MixStep():
            return f"gamma at theta[{step.gamma}]"
        case LayerNormStep():
            return f"gamma at theta[{step.gamma}], beta at theta[{step.beta}]"
        case BatchNormStep():
            learnt = f"gamma at theta[{step.gamma}], beta at theta[{step.beta}]"
            return f"{learnt}, mean at theta[{step.mean}], variance at theta[{step.variance}]"
    if not isinstance(step, LinearStep):
        return ""
    weight = f"W {step.inputs}x{step.outputs} at theta[{step.weight}]"
    return weight if step.bias == NONE else f"{weight}, b at theta[{step.bias}]"


def _objective(plan: Plan) -> str:
    parameter = f"; {plan.loss_parameter:g}" if plan.loss_parameter else ""
    loss = f"{plan.loss.name.lower()}(y{plan.output}{parameter})"
    if plan.penalty is PenaltyKind.NONE:
        return f"{loss}, theta ({plan.size},)"
    return f"{loss} + {plan.penalty.name.lower()}({plan.penalty_factor:g}), theta ({plan.size},)"
