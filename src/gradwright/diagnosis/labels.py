"""Whether the features say anything of the targets, in each split, and whether one of them says too much."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradwright.data import Dataset
from gradwright.data.scales import name_of
from gradwright.diagnosis.finding import Finding
from gradwright.diagnosis.neighbours import (
    LEVEL,
    NEAREST,
    SHUFFLES,
    Sample,
    explained,
    likeness,
    nearest,
    sample_of,
    told_right,
)
from gradwright.nn.layer import Array

FEWEST = 40  # rows, below which nothing can be told from chance
UNLIKE = 0.1  # of the likeness of neighbours: less may be the drift between two splits
SURE = 6.0  # standard errors: rows share their neighbours, so that errors are larger than they look
CERTAIN = 0.05  # a p above which a slight relation is unlikely too: the least that it would show is 0.01
ENOUGH = 300  # rows, in which a relation that a network could use would hardly be overlooked
ALONE = 0.98  # of the targets, told by one feature
BEHIND = 0.1  # so much less is told by all the others together
CANDIDATES = 16  # features, by what they say linearly: a leak is among the first
ALIKE = 5  # rows of each class, in which a value that is always the same is no accident
BINS = 32  # of a feature's values, with an answer each


def of_labels(data: Dataset) -> Iterator[Finding]:
    """Targets that no feature explains, in one split or in both, and a feature that gives them away.

    >>> rng = np.random.default_rng(0)
    >>> noise = Dataset.from_arrays(rng.normal(size=(300, 4)), rng.integers(2, size=300))
    >>> [finding.kind for finding in of_labels(noise)]
    ['features say nothing']
    """
    if len(data.train) < FEWEST:
        return
    rng = np.random.default_rng(0)
    train = sample_of(data.train, data.features, classes=data.num_classes)
    aside = data.validation
    if aside is None or len(aside) < FEWEST:
        yield from _of_one(train, rng)
    else:
        yield from _of_both(train, sample_of(aside, data.features, classes=data.num_classes), rng)
    yield from _of_leaks(data, train)


def _of_one(train: Sample, rng: np.random.Generator) -> Iterator[Finding]:
    own, p = explained(train, rng)
    if p > LEVEL:
        yield _nothing(len(train), own, p)


def _of_both(train: Sample, aside: Sample, rng: np.random.Generator) -> Iterator[Finding]:
    """The splits beside each other, as many rows of each: noise in one of them alone was put there."""
    (own, p), (_, q) = explained(train, rng), explained(aside, rng)
    if p > LEVEL and q > LEVEL:
        yield _nothing(len(train), own, p)
        return
    n = min(len(train), len(aside))
    here, there = (_scores(rows, n) for rows in (train, aside))
    gap = float(there.mean() - here.mean())
    error = float(np.sqrt((here.var() + there.var()) / n))
    if abs(gap) > max(UNLIKE * max(here.mean(), there.mean()), SURE * error):
        worse, better = ("training", "validation") if gap > 0 else ("validation", "training")
        low, high = sorted((float(here.mean()), float(there.mean())))
        message = (
            f"Rows that lie close together have less like targets in the {worse} rows than in the {better} "
            f"rows: {low:.3f} against {high:.3f}, where 1 is all alike and 0 is chance (the {NEAREST} "
            f"nearest of {n:,} rows each)."
        )
        numbers = {"training": float(here.mean()), "validation": float(there.mean()), "rows": float(n)}
        split = "train" if gap > 0 else "validation"
        advice = "Look whether rows and targets of that split belong together."
        yield Finding("labels wrong", (split,), message, advice, numbers, fact=True)


def _nothing(n: int, own: float, p: float) -> Finding:
    message = (
        f"No relation between features and targets is seen in {n:,} training rows: the {NEAREST} nearest "
        "rows have "
        f"targets that are alike by {own:.3f} (1 is all alike, 0 is chance), and shuffled targets do as well "
        "or "
        f"better (p = {p:.2f} of a permutation test at a level of {LEVEL:g}, {SHUFFLES} shuffles)."
    )
    advice = "Look whether rows and targets belong together; no setting helps where they do not."
    numbers = {"likeness": own, "p": p, "rows": float(n)}
    return Finding(
        "features say nothing", ("train",), message, advice, numbers, fact=p > CERTAIN and n >= ENOUGH
    )


def _scores(rows: Sample, n: int) -> Array:
    """How like its neighbours each of ``n`` rows is, itself and they of these alone."""
    some = np.linspace(0, len(rows) - 1, n).astype(int)
    return likeness(rows.t[some], nearest(rows.x[some]))


def _of_leaks(data: Dataset, train: Sample) -> Iterator[Finding]:
    """A feature that is the label, or tells the targets almost wholly while all others together do not."""
    copies = np.flatnonzero(are_labels(train))
    if len(copies):
        place = name_of(data, int(copies[0]))
        message = f"Feature {place} has one value in each class, and another in each: it is the label."
        advice = "Leave it out: rows whose label is to be told do not have it."
        yield Finding("leaking feature", (place,), message, advice, fact=True)
        return
    if train.x.shape[1] < 3 or (train.labels is None and train.t.shape[1] > 1):
        return
    linear = np.square(train.t.astype(np.float32).T @ train.x).sum(axis=0)
    likely = np.argsort(-linear)[:CANDIDATES]
    alone = [told_by(train, int(column)) for column in likely]
    best = int(np.argmax(alone))
    if alone[best] < ALONE:
        return
    column = int(likely[best])
    others = told_right(train.without(column))
    if others > alone[best] - BEHIND:
        return
    what = "of the labels" if train.labels is not None else "of the targets' variance"
    message = (
        f"Feature {name_of(data, column)} alone tells {alone[best]:.1%} {what}, all others together "
        f"{max(others, 0):.1%} (the {NEAREST} nearest of {len(train):,} rows): that it was made of the "
        "targets is a "
        f"suspicion."
    )
    place = data.feature_names[column] if data.feature_names else str(column)
    numbers = {"alone": alone[best], "others": others}
    yield Finding("leaking feature", (place,), message, "Look where it comes from; leave it out.", numbers)


def are_labels(rows: Sample) -> Array:
    """Which features (d,) have a value of their own for each class, in all of its rows.

    >>> x = np.array([[0.0, 5.0], [0.0, 5.0], [0.0, 7.0]] * 3 + [[1.0, 5.0], [1.0, 7.0], [1.0, 5.0]] * 3)
    >>> data = Dataset.from_arrays(x, [0] * 9 + [1] * 9)
    >>> are_labels(sample_of(data.train, data.features, classes=2)).tolist()
    [True, False]
    """
    if rows.labels is None:
        return np.zeros(rows.x.shape[1], bool)
    classes = np.unique(rows.labels)
    each = [rows.x[rows.labels == k] for k in classes]
    if len(classes) < 2 or min(map(len, each)) < ALIKE:
        return np.zeros(rows.x.shape[1], bool)
    steady = np.all([some.min(axis=0) == some.max(axis=0) for some in each], axis=0)
    values = np.sort([some[0] for some in each], axis=0)
    return np.asarray(steady & (np.diff(values, axis=0) > 0).all(axis=0))


def told_by(rows: Sample, column: int) -> float:
    """How much of the targets one feature tells: the share of classes, or R2 of numbers.

    Its values fall into bins by the first half of the rows, each with the class that most of them have, or
    their mean; it is the second half that is told.
    """
    value, fit, told = rows.x[:, column], np.arange(len(rows)) % 2 == 0, np.arange(len(rows)) % 2 == 1
    edges = np.unique(np.quantile(value[fit], np.linspace(0, 1, BINS + 1)[1:-1]))
    bins = np.searchsorted(edges, value)
    sums = np.zeros((len(edges) + 1, rows.t.shape[1]))
    if rows.labels is not None:
        np.add.at(sums, (bins[fit], rows.labels[fit]), 1)
        return float((sums.argmax(axis=1)[bins[told]] == rows.labels[told]).mean())
    np.add.at(sums, bins[fit], rows.t[fit])
    means = sums / np.maximum(np.bincount(bins[fit], minlength=len(sums)), 1)[:, None]
    return 1 - float(np.square(rows.t[told] - means[bins[told]]).mean() / np.square(rows.t[told]).mean())
