"""Proposals for the data: scales of features and targets, classes, and the loss that targets ask for."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradwright.diagnosis import edits
from gradwright.diagnosis.changes import Change
from gradwright.diagnosis.proposals.case import Case, Proposal
from gradwright.diagnosis.yardstick import classes_of
from gradwright.nn import (
    LOSSES,
    BinaryCrossEntropy,
    Loss,
    MeanSquaredError,
    Poisson,
    SoftmaxCrossEntropy,
)
from gradwright.nn.layer import Array

LARGE, SMALL, APART = 10.0, 0.1, 30.0  # of features: their size beside 1, and one beside another
OFF_CENTRE = 3.0  # standard deviations from 0
RARE = 0.25  # of the share that a class would have if all had the same
FEW_OUTPUTS = 64  # rows of random outputs on which two losses are held against each other


def of_data(case: Case) -> Iterator[Proposal]:
    """Features as the network wants them, one scale for both splits, rare classes that count more."""
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


def of_target(case: Case) -> Iterator[Proposal]:
    """The loss that the targets ask for, and targets near mean 0 and deviation 1."""
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
        changes.append(case.last_activation)
    return tuple(changes)
