"""The way back through a plan's steps: which delta is set or added to, in which order, and where it lies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from gradwright.engine.fuse import reads
from gradwright.engine.plan import (
    NONE,
    ActivationStep,
    AddStep,
    BackwardStep,
    BatchNormStep,
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
    ScaleStep,
    Step,
    StepBack,
)
from gradwright.engine.vocabulary import Activation

LEARNING = LayerNormStep | BatchNormStep | ScaleStep | MixStep | ColumnsStep  # beside linear ones


def with_backward(plan: Plan, most_columns: int = 0) -> Plan:
    """The plan with the steps back through its steps.

    Linear steps that read one source take their products of backward together where they follow each other,
    all or none have a bias, and their columns together are no more than ``most_columns``.
    """
    layers = _layers(plan.steps, most_columns)
    return replace(
        plan,
        backward=tuple(plan_backward(plan.steps, plan.output, layers)),
        deltas=tuple(place_deltas(plan.steps, layers)),
    )


def plan_backward(steps: Sequence[Step], output: int, layers: Sequence[range]) -> list[BackwardStep]:
    """The steps back from the delta of the output to the gradient of all parameters.

    What reaches a delta first sets it, and what comes later adds to it. Once it is complete, it is multiplied
    by the derivative of the activation that is fused into the linear step before it; while it is copied, if
    that is all that reaches it.
    """
    arrivals = list(_contributions(steps, layers))
    needed = _needed(steps)
    targets = [target if (target := _target(arrival, steps)) in needed else NONE for arrival in arrivals]
    complete = {target: i for i, target in enumerate(targets)}  # by the last that reaches it
    backward: list[BackwardStep] = list(_through_activation(steps, output))
    for i, (arrival, target) in enumerate(zip(arrivals, targets, strict=True)):
        if target == NONE or isinstance(arrival, ParameterProduct):
            backward.append(arrival)
            continue
        first = target not in targets[:i]
        settled = _through_activation(steps, target) if complete[target] == i else []
        if first and settled and isinstance(arrival, PassOn) and arrival.activation is Activation.NONE:
            backward.append(replace(settled[0], source=arrival.source))
        else:
            backward += [replace(arrival, accumulate=not first), *settled]
    return backward


def place_deltas(steps: Sequence[Step], layers: Sequence[range]) -> list[DeltaPlace | None]:
    """The place of each buffer's delta, a block for each layer; None where nobody needs it."""
    needed = _needed(steps)
    places: dict[int, DeltaPlace] = {}
    block = 0
    for layer in layers:
        column = 0
        for step in (steps[k] for k in layer if steps[k].target in needed):
            places[step.target] = DeltaPlace(block, column)
            column += step.outputs if isinstance(step, LinearStep | ColumnsStep) else step.width
        block += column > 0
    return [places.get(buffer) for buffer in range(len(steps) + 1)]


def _layers(steps: Sequence[Step], most_columns: int) -> list[range]:
    """The numbers of the steps that go back together: linear ones of one source, or a single other one."""
    layers: list[list[int]] = []
    for k, step in enumerate(steps):
        if layers and _belongs(step, [steps[j] for j in layers[-1]], most_columns):
            layers[-1].append(k)
        else:
            layers.append([k])
    return [range(layer[0], layer[-1] + 1) for layer in layers]


def _belongs(step: Step, layer: Sequence[Step], most_columns: int) -> bool:
    linear = [s for s in (*layer, step) if isinstance(s, LinearStep)]
    return (
        len(linear) == len(layer) + 1
        and len({(s.source, s.bias == NONE) for s in linear}) == 1
        and sum(s.outputs for s in linear) <= most_columns
    )


def _needed(steps: Sequence[Step]) -> set[int]:
    """The buffers whose delta somebody needs: those that a parameter has reached."""
    needed: set[int] = set()
    for step in steps:
        if isinstance(step, LinearStep | LEARNING) or needed.intersection(reads(step)):
            needed.add(step.target)
    return needed


def _contributions(steps: Sequence[Step], layers: Sequence[range]) -> Iterator[BackwardStep]:
    """What each step passes on to the deltas of what it read, and to the gradient, as if it were alone."""
    needed = _needed(steps)
    for layer in reversed(layers):
        for k in reversed(layer):
            yield from (p for p in _passed_on(steps[k]) if {p.source, p.target} <= needed)
        step = steps[layer.start]
        if isinstance(step, LEARNING) or (isinstance(step, DropoutStep) and step.source in needed):
            yield StepBack(layer.start, accumulate=False)
        if isinstance(step, LinearStep):
            if step.source in needed:
                yield InputProduct(layer.start, layer.stop, accumulate=False)
            yield ParameterProduct(layer.start, layer.stop)


def _passed_on(step: Step) -> list[PassOn]:
    """What a step's delta means to those of its addend and, where there is no product, of its source."""
    match step:
        case LinearStep():
            return [] if step.addend == NONE else [PassOn(step.target, step.addend, accumulate=False)]
        case ActivationStep():
            known = step.target if step.activation.from_output else step.source
            return [PassOn(step.target, step.source, False, step.activation, step.slope, known)]
        case AddStep():
            return [PassOn(step.target, buffer, accumulate=False) for buffer in (step.addend, step.source)]
    return []


def _through_activation(steps: Sequence[Step], buffer: int) -> list[PassOn]:
    """delta = delta f', where an activation f is fused into the step that fills a buffer; else nothing"""
    step = steps[buffer - 1]
    if not isinstance(step, LinearStep) or step.activation is Activation.NONE:
        return []
    return [PassOn(buffer, buffer, False, step.activation, step.slope, known=buffer)]


def _target(arrival: BackwardStep, steps: Sequence[Step]) -> int:
    """The buffer whose delta is reached; -1 for a product of the parameters."""
    match arrival:
        case PassOn():
            return arrival.target
        case InputProduct() | StepBack():
            return steps[arrival.first].source
    return NONE
