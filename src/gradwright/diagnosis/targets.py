"""What is to be learned: the shares of its classes, the size of its numbers, the number of its rows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradwright.data import Dataset
from gradwright.data.scales import FAR, evenly, sizes_of
from gradwright.diagnosis.features import NEAR
from gradwright.diagnosis.finding import Finding, listed
from gradwright.nn import Layer, Linear
from gradwright.nn.walk import parts

RARE = 10.0  # times as many rows in the largest class: a constant answer is then right in nine rows of ten
OF_A_CLASS = 10  # rows: what fewer say of a class is chance to a third
DRIFTED = 0.2  # of the validation rows are of other classes than training has it
SURE = 6.0  # standard errors: chance shows as much in no data set


def of_targets(data: Dataset) -> Iterator[Finding]:
    """Classes that are rare, rows that are few, validation rows of other classes.

    >>> rows = np.arange(220.0)[:, None]
    >>> [each.kind for each in of_targets(Dataset.from_arrays(rows, ["no"] * 205 + ["yes"] * 15))]
    ['imbalance']
    """
    if data.train.has_labels:
        yield from _of_shares(data)
        yield from _of_other_classes(data)
    yield from _of_rows(data)


def _of_shares(data: Dataset) -> Iterator[Finding]:
    counts = np.bincount(data.train.y, data.train.weights, minlength=data.num_classes)
    there = counts[counts > 0]
    if there.max() <= RARE * there.min():
        return
    most, least = int(counts.argmax()), int(np.where(counts > 0, counts, np.inf).argmin())
    weighed = "" if data.train.weights is None else ", weights counted"
    message = (
        f"Class {data.classes[most]!r} has {counts[most] / counts.sum():.1%} of the training rows, class "
        f"{data.classes[least]!r} {counts[least] / counts.sum():.2%}{weighed}: the accuracy says little of "
        "the rare one."
    )
    numbers = {"largest": float(counts.max() / counts.sum()), "ratio": float(there.max() / there.min())}
    places = (data.classes[most], data.classes[least])
    advice = 'Weigh the classes (class_weights = "balanced" in [data]), and measure balanced_accuracy.'
    yield Finding("imbalance", places, message, advice, numbers)


def _of_other_classes(data: Dataset) -> Iterator[Finding]:
    """Validation rows of other classes than the training rows, as the last rows of a sorted file are."""
    if data.validation is None:
        return
    k = data.num_classes
    train, aside = (np.bincount(split.y, minlength=k) / len(split) for split in (data.train, data.validation))
    apart = float(np.abs(train - aside).sum() / 2)
    chance = float(np.sqrt(train * (1 - train) * (1 / len(data.train) + 1 / len(data.validation))).sum() / 2)
    if apart <= max(DRIFTED, SURE * chance):
        return
    changes = int(np.count_nonzero(np.diff(data.train.y)))
    grouped = changes < 2 * k
    message = (
        f"{apart:.0%} of the validation rows are of other classes than the shares in training have it"
        + (
            ", and the training rows stand class by class: rows were set aside before they were shuffled."
            if grouped
            else "."
        )
    )
    numbers = {"apart": apart, "changes": float(changes)}
    advice = "Shuffle the rows before some are set aside (gradwright.data.split_off with rng)."
    yield Finding("rows not shuffled", ("validation",), message, advice, numbers, fact=grouped)


def of_target_size(data: Dataset, network: Layer) -> Iterator[Finding]:
    """Numbers that are large or tiny: a linear network learns them all the same, hidden layers do not."""
    y = data.train.y
    if data.train.has_labels or all(isinstance(place.layer, Linear) for place in parts(network)):
        return
    sizes = sizes_of(evenly(y))
    largest = float(sizes.max())
    if 0 < largest < NEAR or largest > FAR:
        low, high = float(y.min()), float(y.max())
        message = (
            f"The targets go from {low:.4g} to {high:.4g}, with a size of {largest:.3g} (root mean square), "
            "and the "
            f"usual starts and rates are made for 1."
        )
        advice = "Standardise them (standardize_targets = true in [data]); predictions are put back."
        yield Finding(
            "target not scaled", ("train",), message, advice, {"size": largest, "low": low, "high": high}
        )


def _of_rows(data: Dataset) -> Iterator[Finding]:
    rows, d = len(data.train), data.in_features
    if data.train.has_labels:
        counts = np.bincount(data.train.y, minlength=data.num_classes)
        few = [data.classes[c] for c in np.flatnonzero((counts > 0) & (counts < OF_A_CLASS))]
        if few:
            message = (
                f"Of {len(few)} of {data.num_classes} classes there are fewer than {OF_A_CLASS} training "
                "rows: "
                f"{listed(few[:5])}."
            )
            yield Finding(
                "few rows", tuple(few[:5]), message, "Get more rows of these.", {"classes": float(len(few))}
            )
    if rows <= d:
        message = (
            f"There are {rows:,} training rows of {d:,} features: a linear model can fit any targets "
            "whatever."
        )
        yield Finding(
            "few rows", ("train",), message, "Get more rows, or take fewer features.", {"rows": float(rows)}
        )
