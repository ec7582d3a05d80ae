"""What the features are like, as the network gets them: their size, those that never change, the splits."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradwright.data import Dataset
from gradwright.data.scales import FAR, evenly, name_of, sizes_of
from gradwright.diagnosis.finding import Finding
from gradwright.nn.layer import Array

ROWS = 1024  # of a split, at even distances: enough to see a scale
NEAR = 0.01  # times 1: bytes that were divided by 255 twice have a size of about this
APART = 1000.0  # times as wide: what a step does to the weight of the wider is a million times as much
EMPTY = 0.1  # of all entries: a value that common stands for nothing, as the ground of an image does
WIDER = 3.0  # times the spread: of normal rows, samples of 30 differ by a factor of 1.6 at most
BESIDE = 1.0  # spreads of the training rows, by which the mean of the validation rows is off
MOST_OF = 0.5  # of the features: drift moves some of them, a map moves all that it is applied to
SHOWN = 5  # features by name


def of_features(data: Dataset) -> Iterator[Finding]:
    """Features that are too large, too small or never change, and validation rows on another scale.

    >>> rows = np.random.default_rng(0).normal(size=(100, 2)) * [1, 500]
    >>> [finding.places for finding in of_features(Dataset.from_arrays(rows, rows[:, 0]))]
    [('1',)]
    """
    x = data.features(evenly(data.train.x, ROWS), np.float64)
    spread = x.std(axis=0)
    varied = x.min(axis=0) < x.max(axis=0)
    yield from _of_size(data, x, spread, varied)
    yield from _of_constants(data, varied)
    if data.validation is not None:
        yield from _of_splits(data, x, spread, varied)


def _of_size(data: Dataset, x: Array, spread: Array, varied: Array) -> Iterator[Finding]:
    numbers_only = ~_indices(data)
    sizes = np.where(numbers_only, sizes_of(x), 0.0)
    advice = "Standardise them (standardize = true in [data])."
    large = np.flatnonzero(sizes > FAR)
    if len(large):
        most = int(sizes.argmax())
        message = (
            f"{len(large):,} of {len(sizes):,} features are larger than {FAR:g} (root mean square), the "
            "largest, "
            f"feature {name_of(data, most)}, {sizes[most]:.3g}; the usual starts and rates are made for 1."
        )
        numbers = {"features": float(len(large)), "largest": float(sizes[most])}
        yield Finding("inputs not scaled", _names(data, large), message, advice, numbers)
        return
    largest = float(sizes.max())
    if 0 < largest < NEAR:
        message = (
            f"No feature is larger than {largest:.2g} (root mean square): too little for the usual starts "
            "and rates."
        )
        yield Finding("inputs not scaled", (), message, advice, {"largest": largest})
        return
    known = spread[varied & numbers_only]
    if len(known) and (small := float((known * APART < known.max()).mean())) >= MOST_OF:
        message = (
            f"{small:.0%} of the features vary less than {known.max() / APART:.2g} (standard deviation), and "
            "the "
            f"widest varies by {known.max():.3g}: what the small ones say is drowned."
        )
        numbers = {"share": small, "widest": float(known.max())}
        yield Finding("inputs not scaled", (), message, advice, numbers)


def _of_constants(data: Dataset, varied: Array) -> Iterator[Finding]:
    """Features with one value in training, unless that is the ground of an image, or the zeros of counts."""
    if varied.all():
        return
    rows = data.train.x
    ground = bool(varied.any()) and float((evenly(rows, ROWS) == 0).mean()) >= EMPTY
    likely = [int(c) for c in np.flatnonzero(~varied) if not (ground and rows[0, c] == 0)]
    told = [c for c in likely if rows[:, c].min() == rows[:, c].max()]
    if not told:
        return
    message = (
        f"{len(told):,} of {rows.shape[1]:,} features {'has' if len(told) == 1 else 'have'} one value in all "
        f"training rows, such as {float(rows[0, told[0]]):.4g} in feature {name_of(data, told[0])}: "
        "nothing can be learned from that."
    )
    numbers = {"features": float(len(told))}
    if data.validation is not None:
        moved = sum(bool((data.validation.x[:, c] != rows[0, c]).any()) for c in told)
        if moved:
            message += f" In {moved:,} of them validation rows have other values."
        numbers["other in validation"] = float(moved)
    advice = "Leave them out, or look why they do not change."
    yield Finding("constant feature", _names(data, np.array(told)), message, advice, numbers)


def _of_splits(data: Dataset, x: Array, spread: Array, varied: Array) -> Iterator[Finding]:
    """Validation rows that lie elsewhere, or wider or closer, in most of the features."""
    assert data.validation is not None
    other = data.features(evenly(data.validation.x, ROWS), np.float64)
    use = varied & ~_indices(data)
    if not use.any() or len(other) < 2:
        return
    shift = np.abs(other.mean(axis=0) - x.mean(axis=0))[use] / spread[use]
    noise = 6 * np.sqrt(1 / len(x) + 1 / len(other))  # six standard errors: chance shows them nowhere
    ratio = other.std(axis=0)[use] / spread[use]
    few = len(other) < 30  # rows, of which no spread can be told
    apart = (shift > BESIDE + noise) | (~few & ((ratio > WIDER) | (ratio < 1 / WIDER)))
    if apart.mean() < MOST_OF:
        return
    middle = float(np.median(ratio))
    message = (
        f"{apart.mean():.0%} of the features are on another scale in the validation rows: their spread is "
        f"{middle:.3g} times that of the training rows, their mean is off by {np.median(shift):.3g} spreads "
        "(medians)."
    )
    numbers = {"share": float(apart.mean()), "spread": middle, "shift": float(np.median(shift))}
    places = ("validation", *_names(data, np.flatnonzero(use)[apart]))
    advice = "Bring all splits by the map that was fitted on the training rows."
    yield Finding("splits scaled differently", places, message, advice, numbers)


def _indices(data: Dataset) -> Array:
    """Which columns hold the numbers of categories, that an embedding looks up."""
    roles = () if data.encoding is None else data.encoding.roles
    return np.array([role == "index" for role in roles] or [False] * data.in_features)


def _names(data: Dataset, columns: Array) -> tuple[str, ...]:
    return tuple(data.feature_names[c] if data.feature_names else str(c) for c in columns[:SHOWN].tolist())
