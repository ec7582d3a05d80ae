"""Proposals for what the network begins with: how its parameters are drawn."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator

from gradwright.diagnosis import edits
from gradwright.diagnosis.kinds import Kind
from gradwright.diagnosis.proposals.case import Case, Proposal
from gradwright.nn import (
    Layer,
    Linear,
    initializers,
)

DEEP = 4  # hidden layers


def of_start(case: Case) -> Iterator[Proposal]:
    """Parameters drawn as usual, where they are drawn otherwise or something is wrong with the signal."""
    if case.config.start is not None:
        yield Proposal("rate too high", (case.change("start", None),), False)
        return
    redrawn = edits.usual_start(case.network)
    if redrawn == case.network:
        return
    odd = [_oddity(layer, last=layer is case.linears[-1]) for layer in case.linears]
    first = next((each for each in odd if each), None)
    change = case.change("network.weight_init", _drawn(redrawn), _drawn(case.network))
    if first is not None:
        yield Proposal(kind_of_start(first, case.found), (change,), True)
    elif len(case.hidden) >= DEEP or {"vanishing", "exploding", "saturated", "dead"} & case.found:
        yield Proposal(kind_of_start("small", case.found), (change,), False)


def _oddity(layer: Linear, last: bool) -> str | None:
    """What is unusual in how a map is drawn: "equal", "large" or "small"; None where nothing is.

    A last map of zeros is usual: it lets no signal through in the first step alone.
    """
    usual = math.sqrt(2 / (layer.in_features + layer.out_features))
    match layer.weight_init:
        case initializers.Constant() | initializers.Zeros():
            return None if last and layer.weight_init in _ZEROS else "equal"
        case initializers.Normal(std=std, mean=mean):
            size, centre = std, abs(mean)
        case initializers.Uniform(low=low, high=high):
            size, centre = (high - low) / math.sqrt(12), abs(high + low) / 2
        case initializers.Orthogonal(gain=gain):
            size, centre = usual * abs(gain), 0.0
        case _:
            size, centre = usual, 0.0
    if size == 0:
        return "equal"
    if size > 3 * usual or centre > usual or _large(layer):
        return "large"
    return "small" if size < usual / 5 else None


_ZEROS = (initializers.Zeros(), initializers.Constant(0.0))


def _large(layer: Linear) -> bool:
    """Whether biases begin far from 0."""
    match layer.bias_init:
        case initializers.Constant(value=value):
            return abs(value) > 0.5
        case initializers.Normal(std=std, mean=mean):
            return max(std, abs(mean)) > 0.5
        case initializers.Uniform(low=low, high=high):
            return max(abs(low), abs(high)) > 1
    return False


def kind_of_start(oddity: str, found: Collection[str]) -> Kind:
    """What an unusual start is called: by what it does, where that was seen."""
    if oddity == "equal" or "symmetric" in found:
        return "equal units"
    if "dead" in found:
        return "dead units"
    if "saturated" in found:
        return "saturated units"
    if "exploding" in found or "not finite" in found:
        return "exploding gradient"
    if "vanishing" in found:
        return "vanishing gradient"
    return "exploding gradient" if oddity == "large" else "vanishing gradient"


def _drawn(network: Layer) -> tuple[object, ...]:
    """Each initialiser of a network once: those of weights, and of biases that do not begin at 0."""
    maps = edits.linears(network)
    every = [layer.weight_init for layer in maps] + [m.bias_init for m in maps if m.bias_init not in _ZEROS]
    return tuple(each for i, each in enumerate(every) if each not in every[:i])
