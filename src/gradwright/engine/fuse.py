"""Fewer steps for the same values: what a step makes of the one before it alone is drawn into that one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from gradwright.engine.plan import NONE, ActivationStep, AddStep, DropoutStep, LinearStep, MixStep, Step
from gradwright.engine.vocabulary import Activation


def fuse(steps: Sequence[Step], output: int) -> list[Step]:
    """The same program in fewer steps; each rule is applied until it has nothing left to do.

    A linear step whose target is read once, by an activation or by an addition, takes the reader's place and
    does its work too::

        z = x W + b;  y = tanh(z)    becomes    y = tanh(x W + b)
        z = x W + b;  y = z + a      becomes    y = x W + b + a

    and a mix the work of a dropout. Moving it to its reader is sound: all that it reads is filled long
    before, and whatever is added is filled before the addition. The buffer z is gone, which is why nobody
    else may read it, not even the loss; nor backward, which has to get the activation's derivative from its
    output.
    """
    steps = list(steps)
    while (shorter := _fuse_one(steps, output)) is not None:
        steps = shorter
    return steps


def _fuse_one(steps: list[Step], output: int) -> list[Step] | None:
    """The program after the first fusion that is possible; None where there is none."""
    uses = count_uses(steps, output)
    first = {s.target: s for s in steps if isinstance(s, LinearStep | MixStep) and uses[s.target] == 1}
    for step in steps:
        for source in _inner(step):
            if source in first and (fused := _fused(first[source], step)):
                others = (fused if s is step else s for s in steps if s is not first[source])
                return list(others)
    return None


def count_uses(steps: Sequence[Step], output: int) -> Counter[int]:
    """How often each buffer is read, by steps and by the loss."""
    uses = Counter([output])
    for step in steps:
        uses.update(reads(step))
    return uses


def reads(step: Step) -> tuple[int, ...]:
    """The buffers that a step reads."""
    match step:
        case AddStep() | LinearStep() if step.addend != NONE:
            return step.source, step.addend
    return (step.source,)


def renumber(step: Step, number: Mapping[int, int]) -> Step:
    """The step on buffers of other numbers, which ``number`` gives."""
    source, target = number[step.source], number[step.target]
    if not isinstance(step, LinearStep | AddStep):
        return replace(step, source=source, target=target)
    addend = NONE if step.addend == NONE else number[step.addend]
    return replace(step, source=source, target=target, addend=addend)


def _inner(step: Step) -> tuple[int, ...]:
    """The buffers whose step might take this one's place: of an addition the later one first."""
    match step:
        case ActivationStep() | DropoutStep():
            return (step.source,)
        case AddStep():
            return step.addend, step.source
    return ()


def _fused(first: LinearStep | MixStep, reader: Step) -> LinearStep | MixStep | None:
    """The one step that does the work of both; None where there is no such step."""
    if isinstance(first, LinearStep):
        return _fused_linear(first, reader)
    if isinstance(reader, DropoutStep) and first.rate == 0 < reader.rate:
        return replace(first, target=reader.target, rate=reader.rate)
    return None


def _fused_linear(linear: LinearStep, reader: Step) -> LinearStep | None:
    match reader:
        case ActivationStep() if linear.activation is Activation.NONE and reader.activation.from_output:
            return replace(linear, target=reader.target, activation=reader.activation, slope=reader.slope)
        case AddStep() if linear.activation is Activation.NONE and linear.addend == NONE:
            addend = reader.source if reader.addend == linear.target else reader.addend
            return replace(linear, target=reader.target, addend=addend)
    return None
