"""The rules of published tools, written anew from their papers and code, on the same trainings.

Each is a function of what was recorded of one training (``Trace``); what it says is a tuple of alarms. They
were made for Keras: what asks for the accuracy is not asked in a regression, and whether the output layer is
a softmax is always answered by yes, since the loss here contains it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

import numpy as np

from gradwright.bench.doctor.networks import is_activation
from gradwright.bench.doctor.trace import Look, Trace
from gradwright.diagnosis.kinds import Kind
from gradwright.nn import Dropout, Layer, Linear, Sequential
from gradwright.nn.losses import LOSSES
from gradwright.nn.walk import walk


@dataclass(frozen=True)
class Alarm:
    """What a rule says is wrong, the words that it stands for, and in which layer, if it says so."""

    rule: str
    kinds: tuple[Kind, ...] = ()
    place: str = ""


# AutoTrainer: Zhang, Zhai, Ma and Shen, ICSE 2021, with the thresholds of its code
VANISHED_RATIO, VANISHED_FIRST, EXPLODED_RATIO, DEAD_SHARE = 1e-3, 1e-4, 70.0, 0.7
SWING, SWINGS, GAIN, SATISFIED, LOUD = 0.03, 0.2, 0.01, 0.7, 10.0
LARGE_LOSS, JUDGED_FROM = 1e3, 0.3


def autotrainer(seen: Trace) -> tuple[Alarm, ...]:
    """Its eight: vanishing, exploding, dying ReLU, oscillation, slowness, output activation, loss, data."""
    alarms = dict.fromkeys(alarm for end in _checks(seen) for alarm in _autotrainer_at(seen, end))
    return tuple(alarms)


def _checks(seen: Trace) -> range:
    epochs = len(seen.train_losses)
    return range(max(1, min(epochs, math.ceil(JUDGED_FROM * seen.config.epochs))), epochs + 1)


def _autotrainer_at(seen: Trace, end: int) -> Iterator[Alarm]:
    """What it says after so many epochs."""
    looks = seen.epochs or seen.steps
    look = looks[min(len(looks) - 1, end * len(looks) // max(1, len(seen.train_losses)))]
    train, held = seen.train_accuracies[:end], seen.validation_accuracies[:end]
    losses = (*seen.train_losses[:end], *seen.validation_losses[:end])
    classes = not math.isnan(train[0]) if train else False
    bent = _ends_bent(seen.config.network)
    broken = any(not math.isfinite(loss) or loss > LARGE_LOSS for loss in losses)
    gradients = [g for name, g in look.gradients.items() if name.endswith("weight")]
    first, last = (float(np.linalg.norm(g)) for g in (gradients[0], gradients[-1]))
    ratio = first / last if last else math.inf if first else math.nan
    if not bent and _is_loud(look):
        yield Alarm("abnormal data", ("inputs not scaled", "target not scaled"))
    if any(loss < 0 for loss in losses) or not isinstance(seen.config.loss, LOSSES):
        yield Alarm("wrong loss", ("wrong loss", "wrong sign"))
    if broken and not bent:
        yield Alarm("exploding gradient", ("exploding gradient",))
    missed = classes and max(*train, *(a for a in held if not math.isnan(a)), 0.0) < SATISFIED
    still = classes and max(_gain(train), _gain(held)) < GAIN
    if missed or still:
        zeros = sum(int((g == 0).sum()) for g in look.gradients.values())
        if bent:
            yield Alarm("wrong output activation", ("wrong output activation",))
        elif zeros >= DEAD_SHARE * sum(g.size for g in look.gradients.values()):
            yield Alarm("dying ReLU", ("dead units",))
        elif ratio > EXPLODED_RATIO:
            yield Alarm("exploding gradient", ("exploding gradient",))
        elif ratio < VANISHED_RATIO and first < VANISHED_FIRST:
            yield Alarm("vanishing gradient", ("vanishing gradient",))
        elif missed and still and not _is_loud(look):
            yield Alarm("slow convergence", ("rate too low", "optimizer settings"))
    if classes and _swings(train) >= SWINGS * len(train):
        kinds: tuple[Kind, ...] = ("rate too high", "batch too small", "momentum too high")
        yield Alarm("oscillation", kinds)


def _ends_bent(network: Layer) -> bool:
    """Whether the last layer is an activation."""
    last = network
    while isinstance(last, Sequential):
        last = last.layers[-1]
    return is_activation(last)


def _is_loud(look: Look) -> bool:
    outputs = [each.output for each in look.seen.layers[:-1]]
    return any(not np.abs(y).mean() < LOUD for y in outputs)


def _gain(curve: Sequence[float]) -> float:
    """The largest gain from one epoch to the next."""
    return max((b - a for a, b in pairwise(curve)), default=0.0)


def _swings(curve: Sequence[float]) -> int:
    """How many pairs of a local maximum and a local minimum lie far apart."""
    inner = list(zip(curve, curve[1:], curve[2:], strict=False))
    maxima = [b for a, b, c in inner if b >= a and b >= c]
    minima = [b for a, b, c in inner if b <= a and b <= c]
    return sum(high - low >= SWING for high, low in zip(maxima, minima, strict=False))


# UMLAUT: Schoop, Huang and Hartmann, CHI 2021, with the bounds of its code
BOUND, HIGH_RATE, LOW_RATE, HALF, CONFIDENT, AHEAD, SETTLED = 1.0, 0.01, 1e-7, 0.5, 0.95, 0.05, 3


def umlaut(seen: Trace) -> tuple[Alarm, ...]:
    """Its heuristics, in the order in which it runs them: of the model first, then of each epoch."""
    return tuple(_umlaut(seen))


def _umlaut(seen: Trace) -> Iterator[Alarm]:
    network = seen.config.network
    straight = _straight(network)
    if straight:
        yield Alarm("missing activation", ("activation missing",), straight)
    if _ends_bent(network):
        yield Alarm("nonlinear last layer", ("wrong output activation",))
    if any(isinstance(place.layer, Dropout) and place.layer.rate > HALF for place in walk(network)):
        yield Alarm("high dropout", ("dropout too strong",))
    if np.isnan(seen.inputs).any():
        yield Alarm("NaN in input", ("input not finite",))
    elif np.abs(seen.inputs).max() > BOUND:
        yield Alarm("input not normalised", ("inputs not scaled", "input not finite"))
    rates = [seen.config.learning_rate.rate(0, epoch) for epoch in range(max(1, seen.config.epochs))]
    if max(rates) > HIGH_RATE:
        yield Alarm("high learning rate", ("rate too high",))
    elif min(rates) < LOW_RATE:
        yield Alarm("low learning rate", ("rate too low", "schedule frozen"))
    if any(
        later_held > held and later <= train
        for train, later, held, later_held in zip(
            seen.train_losses,
            seen.train_losses[1:],
            seen.validation_losses,
            seen.validation_losses[1:],
            strict=False,
        )
    ):
        yield Alarm("overfitting", ("overfitting",))
    pairs = list(zip(seen.train_accuracies, seen.validation_accuracies, strict=True))[SETTLED:]
    if any(held > CONFIDENT or held - train > AHEAD for train, held in pairs):
        yield Alarm("high validation accuracy", ("leaking feature", "duplicates across splits"))


def _straight(network: Layer) -> str:
    """The name of the first linear layer that another one follows at once; empty where there is none."""
    before: tuple[str, Layer] | None = None
    for place in walk(network):
        if isinstance(place.layer, Sequential):
            continue
        chained = before is not None and place.name.rpartition(".")[0] == before[0].rpartition(".")[0]
        if (
            before is not None
            and chained
            and isinstance(place.layer, Linear)
            and isinstance(before[1], Linear)
        ):
            return before[0]
        before = place.name, place.layer
    return ""


# DeepLocalize: Wardat, Le and Rajan, ICSE 2021, by its published callback
IN_A_ROW = 5


def deeplocalize(seen: Trace) -> tuple[Alarm, ...]:
    """Its first error, where it ends the training: a layer's mean that is not finite, 0 in half of the steps,
    or the same five times in a row; or a loss or an accuracy that is. It names the layer and no cause.
    """
    return tuple(islice(_deeplocalize(seen), 1))


def _deeplocalize(seen: Trace) -> Iterator[Alarm]:
    """By its order within a step: outputs, weights, loss and accuracy, gradients of weights, of outputs."""
    steps = seen.steps
    if not steps:
        return
    layers = [each.name for each in steps[0].seen.layers]
    outputs = [[each.output.mean() for each in step.seen.layers] for step in steps]
    signals = [[each.signal.mean() for each in step.seen.layers[:-1]] for step in steps]  # the last sums to 0
    weights = [name for name in steps[0].weights if name.endswith("weight")]
    means = [[step.weights[name].mean() for name in weights] for step in steps]
    slopes = [[step.gradients[name].mean() for name in weights] for step in steps]
    series = (
        ("forward", layers, outputs),
        ("weights", [name.removesuffix(".weight") for name in weights], means),
        ("learning", [""], [[step.loss] for step in steps]),
        ("learning", [""], [[step.accuracy] for step in steps if not math.isnan(step.accuracy)]),
        ("delta weights", [name.removesuffix(".weight") for name in weights], slopes),
        ("output gradient", layers[:-1], signals),
    )
    for end in range(1, len(steps) + 1):
        for what, places, values in series:
            for k, place in enumerate(places):
                curve = [row[k] for row in values[:end]]
                if _is_error(curve, end, zero_is_one=what != "learning"):
                    yield Alarm(what, (), place)
    if any(not math.isfinite(loss) for loss in seen.train_losses):
        yield Alarm("learning")


def _is_error(curve: Sequence[float], end: int, zero_is_one: bool) -> bool:
    if not curve or len(curve) < end:
        return False
    if not math.isfinite(curve[-1]):
        return True
    if zero_is_one and curve[-1] == 0 and sum(value == 0 for value in curve) >= end / 2:
        return True
    return end % IN_A_ROW == 0 and len(set(curve[-IN_A_ROW:])) == 1
