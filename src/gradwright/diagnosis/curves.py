"""The curves of a training: whether they fall, swing, blow up, or turn, from nothing but their numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gradwright.diagnosis.finding import Finding
from gradwright.nn.layer import Array
from gradwright.training import History
from gradwright.training.remarks import GREW, LEARNED

FEWEST = 6  # epochs, of which a direction and a scatter can be told apart
PART = 5  # the curve is compared in fifths: its last one against the one before
FALLING = 0.05  # of the loss, lost in the last fifth: less would take longer than the training did to matter
SURE = 3.0  # times its standard error: what chance alone shows in one curve of several hundred
SWINGS = 0.1  # of all that was gained: the loss is then known no better than to a tenth of it
VISIBLE = 0.02  # of the loss itself: less is the usual scatter of batches
TURNED = 0.1  # of the least loss: a validation loss wanders by some per cent, and not by ten
GAP = 0.1  # of all rows: right in training and wrong in validation (AutoTrainer, ICSE 2021)
MAD = 0.6745  # the median of |z| for a standard normal z


@dataclass(frozen=True, eq=False)
class Curves:
    """Losses and accuracies by epoch, each (E,) in float64; None where they are not known.

    ``begun`` says whether the first entry was measured before the first step. ``diverged`` says whether the
    training broke, or an entry is not finite; the curves end before that.
    """

    train: Array
    validation: Array | None = None
    train_accuracy: Array | None = None
    validation_accuracy: Array | None = None
    begun: bool = False
    diverged: bool = False

    @classmethod
    def of(cls, history: History, *, diverged: bool = False) -> Curves:
        """Those of a run; epochs in which nothing was measured are left out."""
        losses = np.array(history.training_losses)
        known = np.isfinite(losses)
        others = ("validation.loss", "train.accuracy", "validation.accuracy")
        validation, right, found = (_known(np.array(history.curve(name))[known]) for name in others)
        begun = len(history) > 0 and bool(known[0]) and history[0].epoch == 0
        return cls(losses[known], validation, right, found, begun, diverged)

    def __len__(self) -> int:
        return len(self.train)


def of_curves(curves: Curves) -> Iterator[Finding]:
    """What the shape of the curves says, whatever was trained on whatever.

    >>> falling = Curves(np.exp(-np.arange(12) / 8))
    >>> [finding.kind for finding in of_curves(falling)]
    ['still falling']
    """
    if curves.diverged or _blew_up(curves):
        yield _divergence(curves)
        return
    if len(curves) < 2:
        return
    flat = list(_of_no_change(curves))
    yield from flat or _of_direction(curves)
    yield from _of_swings(curves)
    yield from _of_turn(curves)


def scatter(curve: Array) -> float:
    """The standard deviation of a curve about its own course, from its second differences, which a straight
    course leaves at 0 and independent errors of deviation s at s sqrt(6); robust against a few jumps.

    >>> scatter(np.arange(9.0)), round(scatter(np.array([0.0, 1.0] * 6)), 2)
    (0.0, 1.21)
    """
    bends = np.abs(np.diff(curve, 2))
    return float(np.median(bends)) / MAD / math.sqrt(6) if len(bends) else 0.0


def _averaged(curve: Array, size: int) -> Array:
    """The means of ``size`` entries in a row, (E - size + 1,)"""
    return np.convolve(curve, np.full(size, 1 / size), "valid")


def _known(curve: Array) -> Array | None:
    return curve if np.isfinite(curve).any() else None


def _blew_up(curves: Curves) -> bool:
    return len(curves) > 1 and curves.train[-1] > GREW * curves.train[0] > 0


def _divergence(curves: Curves) -> Finding:
    if len(curves) == 0:
        message = "The training broke before a loss was known."
        return Finding("diverged", (), message, "Lower the learning rate, or scale the inputs.")
    first, last = curves.train[0], curves.train[-1]
    broke = " and then is not finite" if curves.diverged else ""
    message = f"The training loss goes from {first:.4g} to {last:.4g} in {len(curves)} entries{broke}."
    numbers = {"first": float(first), "last": float(last)}
    return Finding("diverged", (), message, "Lower the learning rate, or scale the inputs.", numbers)


def _of_no_change(curves: Curves) -> Iterator[Finding]:
    """A training loss that does not move, or goes up from where it began."""
    y = curves.train
    first, least = float(y[0]), float(y.min())
    numbers = {"first": first, "least": least, "last": float(y[-1])}
    if first <= 0 or least < (1 - LEARNED) * first:
        return
    if float(y[-1]) > (1 + LEARNED) * first:
        message = (
            f"The training loss begins at {first:.4g}, is never below {least:.4g}, and ends at {y[-1]:.4g}."
        )
        yield Finding("rising from the start", (), message, "Lower the learning rate.", numbers)
    elif curves.begun:
        message = (
            f"The training loss begins at {first:.4g} and is never below {least:.4g} in {len(y) - 1} epochs."
        )
        yield Finding(
            "flat from the start", (), message, "Look at the rate, the start and the inputs.", numbers
        )
    elif len(y) >= FEWEST:
        message = (
            f"The training loss stays between {least:.4g} and {y.max():.4g} in all {len(y)} entries: nothing "
            "was learned after the first."
        )
        yield Finding(
            "flat from the start", (), message, "Look at the rate, the start and the inputs.", numbers
        )


def _of_direction(curves: Curves) -> Iterator[Finding]:
    """A loss that still falls when the training ends: that on validation rows where it is known."""
    name = "training" if curves.validation is None else "validation"
    y = curves.train if curves.validation is None else curves.validation[np.isfinite(curves.validation)]
    if len(y) < FEWEST:
        return
    size = max(2, len(y) // PART)
    before, last = y[-2 * size : -size], y[-size:]
    fall = float(before.mean() - last.mean())
    error = scatter(y[-2 * size :]) * math.sqrt(2 / size)
    if fall > FALLING * last.mean() and fall > LEARNED * y[0] and fall > SURE * error:
        message = (
            f"The {name} loss is still falling: its mean over the last {size} of {len(y)} entries, "
            f"{last.mean():.4g}, is {fall / before.mean():.1%} below that of the {size} before."
        )
        numbers = {"before": float(before.mean()), "last": float(last.mean()), "entries": float(size)}
        yield Finding("still falling", (), message, "Train for more epochs, or at a higher rate.", numbers)


def _of_swings(curves: Curves) -> Iterator[Finding]:
    """A training loss that jumps up and down by a good part of what was gained."""
    y = curves.train[len(curves) // 2 :]
    if len(y) < FEWEST:
        return
    gained = max(float(curves.train[0] - np.median(y)), 0.0)
    swing = scatter(y)
    if swing > SWINGS * gained and swing > VISIBLE * y.mean():
        message = (
            f"In the second half of its entries the training loss jumps by {swing:.3g} (standard deviation "
            f"about its course), where all that was gained is {gained:.3g}."
        )
        numbers = {"swing": swing, "gained": gained, "mean": float(y.mean())}
        yield Finding("oscillating", (), message, "Lower the rate, or take larger batches.", numbers)


def _of_turn(curves: Curves) -> Iterator[Finding]:
    """A validation loss that turns while the training loss goes on falling, or a wide gap in accuracy."""
    right, found = curves.train_accuracy, curves.validation_accuracy
    y = curves.validation
    if y is not None and len(y) >= FEWEST and np.isfinite(y).all():
        size = max(1, len(y) // 10)  # entries that are averaged: of many the least is low by chance
        course, train = _averaged(y, size), _averaged(curves.train, size)
        at = int(course.argmin())
        least, last = float(course[at]), float(course[-1])
        error = scatter(y) * math.sqrt(2 / size)
        if last - least > max(TURNED * least, SURE * error) and train[-1] < train[at]:
            entry = at + (size - 1) // 2 + 1
            message = (
                f"The validation loss has its least value, {least:.4g}, about entry {entry} of {len(y)} and "
                f"rises to {last:.4g}, while the training loss falls from {train[at]:.4g} to {train[-1]:.4g}."
            )
            numbers = {"least": least, "last": last, "entry": float(entry)}
            advice = 'Keep the best epoch (keep = "best"), stop early, or add a penalty or dropout.'
            yield Finding("overfitting", (), message, advice, numbers)
            return
    if right is None or found is None:
        return
    gap = float(right[-1] - found[-1])
    if gap > GAP:
        message = (
            f"At the end {right[-1]:.1%} of the training rows are answered right and {found[-1]:.1%} of the "
            "validation rows."
        )
        numbers = {"train": float(right[-1]), "validation": float(found[-1])}
        yield Finding(
            "overfitting", (), message, "More rows, a penalty, dropout, or a smaller network.", numbers
        )
