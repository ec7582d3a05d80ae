"""What might cure a training: for each setting that is not as usual, and a short list of what often helps.

A proposal names the cause that it would speak for. One that leads *back* to what is usual is the likelier
cause than one that leads away from it: it is tried first, named first among equals, and a smaller gain is
enough for it. Nothing here is believed before it was trained.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from gradwright.data import Dataset
from gradwright.diagnosis import edits
from gradwright.diagnosis.changes import DATA, NETWORK, Change, scaled_rates, stretched
from gradwright.diagnosis.kinds import Kind
from gradwright.diagnosis.rates import rates_used
from gradwright.diagnosis.yardstick import classes_of
from gradwright.engine import steps_per_epoch
from gradwright.nn import (
    L2,
    LOSSES,
    BinaryCrossEntropy,
    Dropout,
    Layer,
    LeakyReLU,
    Linear,
    Loss,
    MeanSquaredError,
    Poisson,
    ReLU,
    Sigmoid,
    SoftmaxCrossEntropy,
    Tanh,
    initializers,
)
from gradwright.nn.layer import Array
from gradwright.optim import SGD, Adam, AdamW, Constant, RMSProp, WholeData
from gradwright.training import EarlyStopping, RunConfig

FAR = 20.0  # times the usual rate, or below it: what people set by experience lies within a decade or so
STEPS = 150  # with fewer a network has hardly begun
ENOUGH = 2000  # steps that a proposal for more epochs aims at
USUAL_BATCH, FEW_ROWS, FEW_STEPS = 32, 4, 8  # rows; a batch this small is noise; steps of an epoch
NARROW = 3  # units of a hidden layer
DEEP, VERY_DEEP = 4, 8  # hidden layers
LARGE, SMALL, APART = 10.0, 0.1, 30.0  # of features: their size beside 1, and one beside another
OFF_CENTRE = 3.0  # standard deviations from 0
RARE = 0.25  # of the share that a class would have if all had the same
FEW_OUTPUTS = 64  # rows of random outputs on which two losses are held against each other
PENALTY = 1e-3  # of L2, where there is none
LONGEST = 64  # times the epochs
SAMPLE = 4096  # rows at even distances, by which scales are told


@dataclass(frozen=True)
class Proposal:
    """Changes that are tried together, the cause that they would speak for, and whether they lead back."""

    kind: Kind
    changes: tuple[Change, ...]
    back: bool

    @property
    def settings(self) -> frozenset[str]:
        """What it changes."""
        return frozenset(change.setting for change in self.changes)


@dataclass(frozen=True, eq=False)
class Case:
    """A config and its data, with the kinds of what was found."""

    config: RunConfig
    data: Dataset
    found: frozenset[str]

    @cached_property
    def steps(self) -> int:
        """The steps of an epoch."""
        return steps_per_epoch(self.data.train, self.config.batch_size)

    @cached_property
    def peak(self) -> float:
        """The largest learning rate that the run uses."""
        used = rates_used(self.config.learning_rate, max(self.config.epochs, 1), self.steps)
        return self.config.learning_rate.rate(0, 0) if used is None else used.peak

    @cached_property
    def inputs(self) -> Array:
        """Some training rows as the network gets them."""
        x = self.data.train.x
        return self.data.features(x[:: 1 + len(x) // SAMPLE], np.float64)

    @property
    def network(self) -> Layer:
        """The network."""
        return self.config.network

    @cached_property
    def linears(self) -> list[Linear]:
        """Its affine maps."""
        return edits.linears(self.network)

    @cached_property
    def hidden(self) -> list[Layer]:
        """Its activations but for one at the output."""
        layers = edits.chain(self.network)
        inner = layers[:-1] if edits.is_activation(layers[-1]) else layers
        return [leaf for layer in inner for leaf in edits.leaves(layer) if edits.is_activation(leaf)]

    def change(self, setting: str, after: object, before: object = None) -> Change:
        """A change of a setting, whose value now is ``before`` where the config does not say it."""
        known = setting not in NETWORK and setting not in DATA
        return Change(setting, getattr(self.config, setting) if known else before, after)


def proposals(config: RunConfig, data: Dataset, found: Collection[str]) -> list[Proposal]:
    """All that is worth a trial, in the order of the trials: what leads back before what leads away."""
    case = Case(config, data, frozenset(found))
    every = [
        *_of_data(case),
        *_of_target(case),
        *_of_start(case),
        *_of_activations(case),
        *_of_descent(case),
        *_of_rates(case),
        *_of_batches(case),
        *_of_regularisation(case),
        *_of_size(case),
        *_of_length(case),
    ]
    # a setting that was found to be odd is one; a curve that turns is ordinary, and says nothing of it
    odd = case.found - {"overfitting"}
    seen = [replace(each, back=each.back or each.kind in odd) for each in every]
    return sorted(seen, key=lambda each: not each.back)  # a stable sort


# Data


def _of_data(case: Case) -> Iterator[Proposal]:
    features = case.data.features
    if case.data.encoding is None and not (np.ndim(features.scale) and not features.is_identity):
        away = _scale_is_off(case.inputs)
        if away is not None:
            yield Proposal("inputs not scaled", (case.change("data.standardize", True, False),), away)
    if "splits scaled differently" in case.found:
        change = case.change("data.validation", "the scale of training", "its own scale")
        yield Proposal("splits scaled differently", (change,), True)
    if case.data.train.has_labels and case.data.train.weights is None:
        shares = np.bincount(case.data.train.y, minlength=case.data.num_classes) / len(case.data.train)
        if shares.min() < RARE / case.data.num_classes:
            yield Proposal("imbalance", (case.change("data.class_weights", "balanced"),), False)


def _scale_is_off(x: Array) -> bool | None:
    """Whether features are far from mean 0 and deviation 1; None where they are near it."""
    mean, spread = x.mean(axis=0), x.std(axis=0)
    moving = spread[spread > 0]
    if not len(moving):
        return None
    size = np.sqrt((x**2).mean(axis=0)).max()
    if size > LARGE or moving.max() < SMALL or (moving.max() > 1 and moving.max() / moving.min() > APART):
        return True
    centred = np.abs(mean[spread > 0]) <= OFF_CENTRE * moving
    return None if centred.all() and 0.3 <= moving.max() <= 3 else False


def _of_target(case: Case) -> Iterator[Proposal]:
    config, data = case.config, case.data
    loss, classes = config.loss, classes_of(data)
    own = not isinstance(loss, LOSSES)
    if own and _goes_uphill(case, classes):
        yield Proposal("wrong sign", _fitting_loss(case, classes), True)
        own = False
    elif classes is not None and not isinstance(loss, SoftmaxCrossEntropy | BinaryCrossEntropy):
        yield Proposal("wrong loss", _fitting_loss(case, classes), own or not data.train.has_labels)
    elif classes is not None and getattr(loss, "smoothing", 0) > 0:
        yield Proposal("wrong loss", (case.change("loss", SoftmaxCrossEntropy()),), loss.smoothing > 0.3)  # type: ignore[union-attr]
    if classes is None and not isinstance(loss, MeanSquaredError) and (own or isinstance(loss, Poisson)):
        yield Proposal("wrong loss", (case.change("loss", MeanSquaredError()),), True)
    if classes is None and data.targets.is_identity and not isinstance(loss, Poisson):
        y = data.train.y.reshape(len(data.train), -1).astype(np.float64)
        spread, centre = y.std(axis=0), np.abs(y.mean(axis=0))
        away = bool((spread > LARGE).any() or (spread < SMALL).any() or (centre > LARGE * spread).any())
        near = bool((spread <= 3).all() and (spread >= 0.3).all() and (centre <= OFF_CENTRE * spread).all())
        if not near and (spread > 0).all():
            yield Proposal("target not scaled", (case.change("data.standardize_targets", True, False),), away)


def _usual_loss(case: Case, classes: int | None) -> Loss:
    """What the targets ask for: cross-entropy of classes, and squared error of numbers."""
    outputs = case.network.output_features(case.data.in_features)
    if classes is None:
        return MeanSquaredError()
    return BinaryCrossEntropy() if outputs == 1 and classes == 2 else SoftmaxCrossEntropy()


def _goes_uphill(case: Case, classes: int | None) -> bool:
    """Whether the gradient of a loss of one's own points away from that of the usual one, on some rows."""
    outputs = case.network.output_features(case.data.in_features)
    target = case.data.train.y[:FEW_OUTPUTS]
    if outputs is None or case.config.loss is None:
        return False
    rows = np.random.default_rng(0).normal(size=(len(target), outputs))
    try:
        slopes = [
            loss.backward(loss.forward(rows, target)[1])
            for loss in (case.config.loss, _usual_loss(case, classes))
        ]
    except Exception:  # it is a user's own, and may ask for more than outputs and targets
        return False
    return bool(np.vdot(*slopes) < 0)


def _fitting_loss(case: Case, classes: int | None) -> tuple[Change, ...]:
    """The loss that the targets ask for, of labels where floats stand for them."""
    loss = _usual_loss(case, classes)
    changes = (
        []
        if case.data.train.has_labels or classes is None
        else [case.change("data.target", "labels", "floats")]
    )
    changes.append(case.change("loss", loss))
    if classes is not None and edits.is_activation(edits.chain(case.network)[-1]):
        changes.append(_last_activation(case))
    return tuple(changes)


# The network at its start


def _of_start(case: Case) -> Iterator[Proposal]:
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
        yield Proposal(_kind_of_start(first, case.found), (change,), True)
    elif len(case.hidden) >= DEEP or {"vanishing", "exploding", "saturated", "dead"} & case.found:
        yield Proposal(_kind_of_start("small", case.found), (change,), False)


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


def _kind_of_start(oddity: str, found: Collection[str]) -> Kind:
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


# Activations


def _of_activations(case: Case) -> Iterator[Proposal]:
    if case.config.start is not None:
        return
    if edits.is_activation(edits.chain(case.network)[-1]) and len(case.linears):
        yield Proposal("wrong output activation", (_last_activation(case),), True)
    between = case.hidden[0] if case.hidden else ReLU()
    for activation in dict.fromkeys((between, Tanh())):
        if edits.with_missing_activations(case.network, activation) != case.network:
            change = case.change("network.missing_activations", activation)
            yield Proposal("activation missing", (change,), True)
    kinds = tuple(dict.fromkeys(case.hidden))
    faded = bool({"vanishing", "saturated"} & case.found)
    bounded = any(isinstance(layer, Sigmoid | Tanh) for layer in kinds)
    if bounded and (len(case.hidden) > DEEP or faded or any(isinstance(layer, Sigmoid) for layer in kinds)):
        change = case.change("network.activation", ReLU(), kinds)
        yield Proposal("vanishing gradient", (change,), len(case.hidden) > DEEP or "vanishing" in case.found)
    if any(isinstance(layer, ReLU) for layer in kinds):
        change = case.change("network.activation", LeakyReLU(), kinds)
        yield Proposal("dead units", (change,), "dead" in case.found)
    signal = {"vanishing", "exploding", "saturated", "dead", "not finite"} & case.found
    if signal or len(case.hidden) > DEEP:
        kind = _kind_of_start("small", case.found)
        for setting, edit in (("network.norm", edits.with_norms), ("network.skips", edits.with_skips)):
            if edit(case.network) != case.network:
                yield Proposal(kind, (case.change(setting, "added"),), False)


def _last_activation(case: Case) -> Change:
    return case.change("network.last_activation", None, edits.chain(case.network)[-1])


# Descent


def _of_descent(case: Case) -> Iterator[Proposal]:
    config = case.config
    optimizer = config.optimizer
    if isinstance(optimizer, WholeData):
        return
    if config.clip_norm is not None:
        yield Proposal("optimizer settings", (case.change("clip_norm", None),), config.clip_norm < 0.1)
    elif {"exploding", "not finite", "first step", "dead"} & case.found:
        yield Proposal("exploding gradient", (case.change("clip_norm", 1.0),), False)
    if config.groups:
        off = any(group.rate is not None and group.rate < 0.1 for group in config.groups)
        yield Proposal("optimizer settings", (case.change("groups", ()),), off)
    if config.average is not None:
        yield Proposal("optimizer settings", (case.change("average", None),), config.average.decay > 0.999)
    if isinstance(optimizer, SGD) and optimizer.momentum > 0:
        high = optimizer.momentum > 0.9
        calmer = replace(optimizer, momentum=0.9) if high else SGD()
        yield Proposal("momentum too high", (case.change("optimizer", calmer),), high)
        if high:
            yield Proposal("momentum too high", (case.change("optimizer", SGD()),), True)
    elif isinstance(optimizer, Adam | AdamW | RMSProp):
        usual = type(optimizer)()
        if isinstance(optimizer, AdamW):
            usual = AdamW(weight_decay=optimizer.weight_decay)
        if usual != optimizer:
            yield Proposal("optimizer settings", (case.change("optimizer", usual),), True)
    if not isinstance(optimizer, Adam | AdamW):
        rate = Constant(Adam.usual_rate)
        changes = (case.change("optimizer", Adam()), case.change("learning_rate", rate))
        yield Proposal("optimizer settings", changes, False)


def _of_rates(case: Case) -> Iterator[Proposal]:
    config = case.config
    if isinstance(config.optimizer, WholeData):
        return
    schedule, usual, peak = config.learning_rate, config.optimizer.usual_rate, case.peak
    if isinstance(config.optimizer, SGD):
        usual *= 1 - min(config.optimizer.momentum, 0.9)  # a higher one is a matter of its own
    if peak > 0:
        tried = [1.0]
        targets = [0.1 * peak, 10 * peak, 0.01 * peak, 100 * peak]
        if not usual / FAR < peak < usual * FAR:
            targets += [usual, 0.1 * usual if peak > usual else 10 * usual]
        for target in targets:
            factor = target / peak
            further = max(target / usual, usual / target) > FAR * max(1.0, peak / usual, usual / peak)
            if further or any(0.5 < factor / other < 2 for other in tried):
                continue
            tried.append(factor)
            change = case.change("learning_rate", scaled_rates(schedule, factor))
            kind: Kind = "rate too high" if factor < 1 else "rate too low"
            back = peak > FAR * usual if factor < 1 else peak < usual / FAR
            yield Proposal(kind, (change,), back)
    else:
        yield Proposal("rate too low", (case.change("learning_rate", Constant(usual)),), True)
    if not isinstance(schedule, Constant):
        used = rates_used(schedule, max(config.epochs, 1), case.steps)
        worth = 1.0 if used is None or not config.epochs else used.worth / config.epochs
        constant = Constant(peak if peak > 0 else usual)
        yield Proposal("schedule frozen", (case.change("learning_rate", constant),), worth < 0.2)


def _of_batches(case: Case) -> Iterator[Proposal]:
    config, rows = case.config, len(case.data.train)
    if isinstance(config.optimizer, WholeData) or rows < 2 * USUAL_BATCH:
        return
    batch = config.batch_size or rows
    change = case.change("batch_size", USUAL_BATCH)
    if batch > 2 * USUAL_BATCH:
        yield Proposal("batch too large", (change,), case.steps < FEW_STEPS)
    elif batch < USUAL_BATCH / 2:
        yield Proposal("batch too small", (change,), batch <= FEW_ROWS)


def _of_regularisation(case: Case) -> Iterator[Proposal]:
    config = case.config
    if config.penalty is not None:
        strong = getattr(config.penalty, "factor", 1.0) >= 0.003
        yield Proposal("penalty too strong", (case.change("penalty", None),), strong)
    if isinstance(config.optimizer, AdamW) and config.optimizer.weight_decay > 0:
        lighter = replace(config.optimizer, weight_decay=0.0)
        strong = config.optimizer.weight_decay > 0.1
        yield Proposal("penalty too strong", (case.change("optimizer", lighter),), strong)
    rates = [layer.rate for layer in edits.leaves(case.network) if isinstance(layer, Dropout)]
    if rates and config.start is None:
        change = case.change("network.dropout", None, tuple(rates))
        yield Proposal("dropout too strong", (change,), max(rates) > 0.5)


def _of_size(case: Case) -> Iterator[Proposal]:
    if case.config.start is not None:
        return
    maps = case.linears
    if any(not layer.bias for layer in maps):
        biased = sum(layer.bias for layer in maps)
        change = case.change("network.bias", f"in {len(maps)} of {len(maps)}", f"in {biased} of {len(maps)}")
        yield Proposal("bias missing", (change,), True)
    widths = [layer.out_features for layer in maps[:-1]]
    if widths and min(widths) < edits.WIDE:
        wider = edits.widened(case.network)
        if wider != case.network:
            after = tuple(layer.out_features for layer in edits.linears(wider)[:-1])
            change = Change("network.widths", tuple(widths), after)
            squeezed = min(widths) <= NARROW or 8 * min(widths) <= max(widths)
            yield Proposal("too narrow", (change,), squeezed)
    if len(case.hidden) > DEEP and edits.shortened(case.network, 2) != case.network:
        deep = len(case.hidden) > VERY_DEEP
        yield Proposal("too deep", (case.change("network.hidden_layers", 2, len(case.hidden)),), deep)


def _of_length(case: Case) -> Iterator[Proposal]:
    config = case.config
    if config.early_stopping is not None:
        patient = EarlyStopping(patience=max(10 * config.early_stopping.patience, 20))
        short = config.early_stopping.patience <= 2
        yield Proposal("patience too short", (case.change("early_stopping", patient),), short)
    if config.keep == "last" and case.data.validation is not None:
        yield Proposal("overfitting", (case.change("keep", "best"),), False)
    elif config.keep == "last":
        changes = (case.change("data.validation_rows", 0.2), case.change("keep", "best"))
        yield Proposal("no validation", changes, "overfitting" in case.found)
    if "overfitting" in case.found and config.penalty is None and not isinstance(config.optimizer, WholeData):
        yield Proposal("overfitting", (case.change("penalty", L2(PENALTY)),), False)
    total = max(config.epochs, 1) * case.steps
    few = total < STEPS and case.steps >= FEW_STEPS  # else it is the batches that are too large
    factor = min(max(4, math.ceil(ENOUGH / total)), LONGEST) if few else 4
    length = [case.change("epochs", factor * max(config.epochs, 1))]
    if not isinstance(config.learning_rate, Constant):
        length.append(case.change("learning_rate", stretched(config.learning_rate, factor)))
    yield Proposal("too few epochs", tuple(length), few)
