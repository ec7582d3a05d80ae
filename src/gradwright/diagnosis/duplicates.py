"""Rows of the training set that stand in another split as well, and what their targets say there."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradwright.data import Dataset, Split
from gradwright.data.scales import evenly
from gradwright.diagnosis.finding import Finding

SHARE = 0.01  # of the validation rows: what fewer change in a metric is below its own error as a rule
FEWEST = 5  # rows: a famous set has a pair or two
HARM = 0.05  # of the validation rows: what is measured is then learned by heart to a part that shows
BY_NATURE = 2.0  # times the share of training rows that have a twin among themselves
BY_CHANCE = 3.0  # times as many as rows of independent columns would share by chance


def of_duplicates(data: Dataset) -> Iterator[Finding]:
    """Validation rows that the training rows hold as well, more of them than chance makes.

    A table of few columns with few values has equal rows by nature, among the training rows as well: there it
    is told, and no fact that does harm. The test rows stay sealed.

    >>> rows = np.random.default_rng(0).normal(size=(20, 2))
    >>> twice = Dataset.from_arrays(rows, rows[:, 0], validation=(rows[:5], rows[:5, 0]))
    >>> [finding.kind for finding in of_duplicates(twice)]
    ['duplicates across splits']
    """
    if data.validation is None:
        return
    first = {row.tobytes(): i for i, row in reversed(list(enumerate(data.train.x)))}
    twins = [(i, first[key]) for i, row in enumerate(data.validation.x) if (key := row.tobytes()) in first]
    share = len(twins) / len(data.validation)
    if len(twins) < FEWEST or share <= max(SHARE, BY_CHANCE * shared_by_chance(data.train)):
        return
    aside, train = np.array(twins).T
    same = data.validation.y[aside].reshape(len(aside), -1) == data.train.y[train].reshape(len(aside), -1)
    agree = float(same.all(axis=1).mean())
    within = 1 - len(first) / len(data.train)
    message = (
        f"{len(twins):,} of {len(data.validation):,} validation rows ({share:.1%}) are training rows as "
        "well; the "
        f"targets are the same in {agree:.1%} of them."
    )
    numbers = {"rows": float(len(twins)), "share": share, "agree": agree, "within": within}
    advice = "Drop them from one of the splits: what is measured on them was learned by heart."
    yield Finding(
        "duplicates across splits",
        ("validation",),
        message,
        advice,
        numbers,
        fact=share > max(HARM, BY_NATURE * within),
    )


def shared_by_chance(split: Split) -> float:
    """The share of other rows that would be equal to one of these, were the columns independent, at most 1:
    N prod_c sum_v p_c(v)^2, with p_c(v) the share of the value v in column c"""
    logarithm = 0.0
    for column in evenly(split.x, 1024).T:
        _, counts = np.unique(column, return_counts=True)
        logarithm += float(np.log(np.square(counts / counts.sum()).sum()))
    return min(1.0, len(split) * float(np.exp(logarithm)))
