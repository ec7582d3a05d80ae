"""What is wrong, in which layer, and what to do: the numbers of a diagnosis held against named thresholds."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from gradwright.diagnosis.activations import LayerRow
from gradwright.diagnosis.baselines import Baselines, Level
from gradwright.diagnosis.finding import Finding, listed
from gradwright.diagnosis.gradients import ArrayRow
from gradwright.diagnosis.rates import RatesUsed
from gradwright.engine import Metrics
from gradwright.nn.parameters import is_weight
from gradwright.training.cure import LARGE_INPUT
from gradwright.training.remarks import LEARNED

LOST = 0.5  # of a layer's units: what is left is a layer of half its width, or less
# Of the norm of the last weight's gradient. A step lowers the loss by rate * norm^2: below a fiftieth a layer
# gives less than a two-thousandth of what the last one gives, and no rate serves both.
VANISHING = 1 / 50
EXPLODING = 30.0  # times the signal at the last layer; Glorot's and He's starts keep it within 4 at any depth
LOUD = 10.0  # times the loss of a guess, at the start: only large logits are that wrong; 1 to 4 is usual
OVERWRITTEN = 1.0  # ||step|| / ||w||: the first step is as long as the weight that was drawn
FROZEN = 0.1  # of the epochs: a decay that ends at 0 spends its last few per cent there, and may
SURE = 2.0  # standard errors of the difference of two accuracies
PASSED = 0.9  # of the way from the best constant to the best linear model, which a penalty may shorten


@dataclass(frozen=True)
class Evidence:
    """What was measured of a network: its layers, its parameter arrays, and the largest input by size."""

    layers: Sequence[LayerRow]
    arrays: Sequence[ArrayRow]
    largest_input: float


def of_structure(seen: Evidence) -> Iterator[Finding]:
    """What no training mends, at any parameters: overflow and equal units."""
    layers = seen.layers
    broken = [row for row in layers if not (math.isfinite(row.mean) and math.isfinite(row.sd))]
    if broken:
        message = f"The output of {_place(broken[0])} is not finite, and so is all that follows."
        yield Finding("not finite", (broken[0].name,), message, "Begin with smaller weights or inputs.")
    equal = [row for row in layers if row.equal]
    if equal:
        message = (
            f"In {_places(equal)}, {_shares(equal, lambda row: row.equal)} of the units have the weights and "
            "the gradient of another one: they stay equal for ever and count as one."
        )
        advice = "Draw the weights at random, as GlorotUniform does."
        yield Finding("symmetric", _names(equal), message, advice)


def of_scale(seen: Evidence) -> Iterator[Finding]:
    """What parameters of the wrong size do: dead and saturated units, a signal that fades or grows."""
    dead = [row for row in seen.layers if (row.dead or 0) >= LOST]
    if dead:
        message = (
            f"In {_places(dead)}, {_shares(dead, lambda row: row.dead)} of the units are 0 on every row: no "
            "gradient reaches what is before them."
        )
        advice = "Begin with biases of 0 and weights by HeNormal; a smaller rate keeps units alive."
        yield Finding("dead", _names(dead), message, advice)
    saturated = [row for row in seen.layers if (row.saturated or 0) >= LOST]
    if saturated:
        message = (
            f"In {_places(saturated)}, {_shares(saturated, lambda row: row.saturated)} of the outputs are at "
            "a bound, where the slope is almost 0."
        )
        yield Finding("saturated", _names(saturated), message, _remedy(seen))
    found = learners(seen)
    if found:
        yield from _of_signal(seen, found[:-1], found[-1])


def _of_signal(seen: Evidence, judged: Sequence[Learner], last: Learner) -> Iterator[Finding]:
    """A gradient that has faded, or a signal that has grown, before it reaches a layer."""
    remedy = _remedy(seen)
    weak = [each for each in judged if each.weight.gradient < VANISHING * last.weight.gradient]
    if weak:
        least = min(weak, key=lambda each: each.weight.gradient)
        share = least.weight.gradient / last.weight.gradient
        message = (
            f"The gradient fades on its way to {_places([each.layer for each in weak])}: that of "
            f"{least.weight.name} has {share:.2g} of the norm of {last.weight.name}'s."
        )
        quarter = "A sigmoid passes a quarter of a gradient at most: take Tanh or ReLU, or add skips."
        advice = quarter if any(row.kind == "Sigmoid" for row in seen.layers) else remedy
        yield Finding("vanishing", _names([each.layer for each in weak]), message, advice)
    strong = [each.layer for each in judged if each.layer.signal > EXPLODING * last.layer.signal]
    if strong:
        most = max(strong, key=lambda row: row.signal)
        message = (
            f"The signal grows on its way back: {_place(most)} gets "
            f"{most.signal / last.layer.signal:.3g} times that of {_place(last.layer)}."
        )
        yield Finding("exploding", _names(strong), message, remedy)


def of_start(seen: Evidence, loss: float, found: Baselines) -> Iterator[Finding]:
    """What shows at the initial parameters alone: a loss far above a guess, a first step that is too long."""
    if found.guess is not None and loss > LOUD * found.guess.loss:
        last = seen.layers[-1]
        message = (
            f"The loss starts at {loss:.4g}, {loss / found.guess.loss:.3g} times that of the {found.guess}: "
            f"the outputs of {_place(last)} have a standard deviation of {last.sd:.3g}."
        )
        yield Finding("exploding", (last.name,), message, _remedy(seen))
    weights = [row for row in seen.arrays if is_weight(row.name)]
    overwritten = [row for row in weights if (row.first_step or 0) > OVERWRITTEN]
    if overwritten and len(weights) > 1:  # a linear model has nothing to lose: it may begin anywhere
        most = max(overwritten, key=lambda row: row.first_step or 0)
        message = (
            f"The first step is {most.first_step:.3g} times as long as {most.name} itself: "
            "it replaces what was drawn."
        )
        advice = "Lower the learning rate, or set clip_norm."
        yield Finding("first step", tuple(row.name for row in overwritten), message, advice)


def of_rates(rates: RatesUsed | None) -> Iterator[Finding]:
    """A learning rate that dies out while the run goes on."""
    if rates is not None and rates.peak == 0:
        yield Finding("frozen", (), "The learning rate is 0 in every step.", "Set a rate above 0.")
    elif rates is not None and rates.frozen > FROZEN:
        message = (
            f"From epoch {rates.frozen_epoch} of {rates.epochs} on the learning rate is below 1/1000 of its "
            f"largest: the run is worth {rates.worth:.1f} epochs at that rate, and its loss is flat because "
            "nothing moves."
        )
        yield Finding("frozen", (), message, "Decay more slowly, or train for fewer epochs.")


def of_outcome(reached: Mapping[str, Metrics], found: Baselines, rows: int) -> Iterator[Finding]:
    """A training loss that a constant answer would have had as well, or answers that lag behind those of the
    best linear model in all that is measured: on the validation rows, or where there are none the training
    rows, ``rows`` of them."""
    constant, linear, loss = found.constant, found.linear, reached["train"]["loss"]
    if not loss < (1 - LEARNED) * constant.loss:
        near = [level for level in (found.guess, constant) if level is not None and _near(loss, level)]
        is_that = f"is that of the {near[0]}" if near else f"is above that of the {constant}"
        message = f"The training loss of {loss:.4g} {is_that}: nothing was learned."
        advice = "Look at what follows, at the learning rate, and at whether rows and labels belong together."
        numbers = {"loss": loss, "constant": constant.loss}
        yield Finding("nothing learned", (), message, advice, numbers)
        return
    split = "validation" if "validation" in reached else "train"
    if linear is None or split not in linear.metrics:
        return
    here, least, best = reached[split], constant.metrics[split], linear.metrics[split]
    gain = {name: best[name] - least[name] for name in ("loss", "accuracy") if name in here and name in best}
    if -gain["loss"] <= LEARNED * least["loss"]:
        return  # what is linear says nothing
    ways = {name: (here[name] - least[name]) / gain[name] for name in gain if abs(gain[name]) > LEARNED}
    behind = best["accuracy"] - here["accuracy"] if "accuracy" in gain else math.inf
    by_chance = SURE * math.sqrt(0.5 / rows)  # of two shares near 1/2; of others less
    if ways and all(way < PASSED for way in ways.values()) and behind > by_chance:
        way = ways.get("loss", min(ways.values()))
        name = "training" if split == "train" else split
        message = (
            f"The {name} loss of {here['loss']:.4g} goes {way:.0%} of the way from that of the "
            f"{constant.name}, {least['loss']:.4g}, to that of the {linear.name}, {best['loss']:.4g}."
        )
        advice = "Train longer or faster, or mend what follows."
        numbers = {"loss": here["loss"], "linear": best["loss"], "way": way}
        yield Finding("behind the linear model", (), message, advice, numbers)


def _near(loss: float, level: Level) -> bool:
    return abs(loss - level.loss) <= LEARNED * abs(level.loss)


@dataclass(frozen=True)
class Learner:
    """A layer with the weight that it learns by."""

    layer: LayerRow
    weight: ArrayRow


def learners(seen: Evidence) -> list[Learner]:
    """The layers with a weight that can be judged by the last one, and that one.

    There are none where the last weight is 0: it lets no signal through in the first step, and then does. Of
    layers with equal or dead units, and of those before them, more is known already, and they are left out.
    """
    weights = {row.name.rpartition(".")[0] or "0": row for row in seen.arrays if is_weight(row.name)}
    plain = [row for row in seen.layers if row.kind not in ("Residual", "Sum")]  # named as their bodies are
    found = [Learner(row, weights[row.name]) for row in plain if row.name in weights]
    if not found or found[-1].weight.norm == 0:
        return []
    known = [i for i, row in enumerate(seen.layers) if row.equal or (row.dead or 0) >= LOST]
    after = {row.name for row in seen.layers[max(known, default=-1) + 1 :]}
    return [each for each in found[:-1] if each.layer.name in after] + found[-1:]


def _remedy(seen: Evidence) -> str:
    if seen.largest_input > LARGE_INPUT:
        return f"The inputs reach {seen.largest_input:.4g}: standardise them, or scale them to 0..1."
    rectified = any(row.kind in ("ReLU", "LeakyReLU") for row in seen.layers)
    return f"Draw the weights by {'HeNormal' if rectified else 'GlorotUniform'}, biases at 0."


def _names(rows: Sequence[LayerRow]) -> tuple[str, ...]:
    return tuple(row.name for row in rows)


def _place(row: LayerRow) -> str:
    return f"layer {row.name} ({row.kind})"


def _places(rows: Sequence[LayerRow]) -> str:
    if len(rows) == 1:
        return _place(rows[0])
    return f"layers {listed([row.name for row in rows])}"


def _shares(rows: Sequence[LayerRow], share: Callable[[LayerRow], float | None]) -> str:
    return listed([f"{share(row) or 0:.1%}" for row in rows])
