"""Whether rows that lie close together have like targets: what the features say, of whatever form it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gradwright.data import Affine, Split
from gradwright.data.scales import evenly
from gradwright.nn.layer import Array

ROWS = 1024  # of a split, at even distances: their distances are cheap, and a slight relation shows
NEAREST = 5
SHUFFLES = 199  # of the targets: the least p that they can show is 2 / 200
LEVEL = 0.01  # of the test: of targets that have nothing to do with the features it passes one in a hundred


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows of a split as the network gets them, each column at spread 1; their targets at mean 0."""

    x: Array  # (n, d) float32
    t: Array  # (n, k): a column for each class, or for each number
    labels: NDArray[np.int64] | None = None  # (n,) of classes

    def __len__(self) -> int:
        return len(self.x)

    def without(self, column: int) -> Sample:
        """The rows without one feature."""
        return Sample(np.delete(self.x, column, axis=1), self.t, self.labels)


def sample_of(split: Split, features: Affine, rows: int = ROWS, classes: int = 0) -> Sample:
    """At most ``rows`` rows of a split; ``classes`` is how many classes there are, 0 for numbers."""
    x = features(evenly(split.x, rows), np.float64)
    spread = x.std(axis=0)
    y = evenly(split.y, rows)
    t = np.eye(classes)[y] if classes else y.reshape(len(y), -1).astype(np.float64)
    t = t - t.mean(axis=0)
    size = np.sqrt(np.square(t).sum() / len(t))
    x = (x - x.mean(axis=0)) / np.where(spread > 0, spread, 1)
    return Sample(x.astype(np.float32), t / size if size else t, y if classes else None)


def nearest(x: Array, k: int = NEAREST) -> NDArray[np.int64]:
    """The numbers of the ``k`` rows that are nearest to each row of x (n, d), itself left out: (n, k)

    >>> nearest(np.array([[0.0], [1.0], [5.0], [5.5]]), 1)[:, 0].tolist()
    [1, 0, 3, 2]
    """
    square = np.square(x).sum(axis=1)
    distance = square[:, None] - 2 * (x @ x.T) + square
    np.fill_diagonal(distance, np.inf)
    k = min(k, len(x) - 1)
    return np.argpartition(distance, k - 1, axis=1)[:, :k]


def likeness(t: Array, near: NDArray[np.int64]) -> Array:
    """<t_i, mean of t over the nearest of i> for each row: 1 where all are alike, 0 by chance, (n,)"""
    own: Array = (t * t[near].mean(axis=1)).sum(axis=1)
    return own


def explained(rows: Sample, rng: np.random.Generator) -> tuple[float, float]:
    """How alike the targets of neighbours are, and the p of a permutation test that features say nothing.

    Two statistics are asked, and the smaller p counts twice (Bonferroni): the likeness of the targets of the
    nearest rows, which sees a relation of any form (in the manner of Schilling, JASA 81, 1986), and the sum
    of squared correlations with each feature, which sees a slight one of many rows. Both are compared with
    what they are when the targets are shuffled.
    """
    near = nearest(rows.x)
    own, along = float(likeness(rows.t, near).mean()), float(_along(rows.x, rows.t[None])[0])
    shuffled = np.stack([rows.t[rng.permutation(len(rows))] for _ in range(SHUFFLES)])
    by_chance = int((_along(rows.x, shuffled) >= along).sum())
    if by_chance > 0:  # else the p is the least that there is
        by_chance = min(by_chance, sum(float(likeness(t, near).mean()) >= own for t in shuffled))
    return own, min(1.0, 2 * (1 + by_chance) / (1 + SHUFFLES))


def told_right(rows: Sample) -> float:
    """How well the nearest rows tell the targets of a row: the share of classes, or R2 of numbers.

    Of numbers the mean of the nearest is the answer, of classes the one that most of them have.
    """
    near = nearest(rows.x)
    if rows.labels is not None:
        votes = np.eye(rows.t.shape[1])[rows.labels[near]].sum(axis=1)
        return float((votes.argmax(axis=1) == rows.labels).mean())
    answer = rows.t[near].mean(axis=1)
    return 1 - float(np.square(answer - rows.t).mean() / np.square(rows.t).mean())


def _along(x: Array, t: Array) -> Array:
    """The sum of squared products of each feature with each target        x (n, d), t (s, n, k) -> (s,)"""
    s, n, k = t.shape
    products = t.transpose(0, 2, 1).reshape(s * k, n).astype(x.dtype) @ x
    total: Array = np.square(products).reshape(s, -1).sum(axis=1)
    return total
