"""Data sets made from a recipe, which need no file: peaks, GMM, Swiss roll, quadratic form and line.

The recipes of the first two were recovered from the course files PeaksData.mat and GMMData.mat; the third
is of the same family. Their labels carry noise on purpose: 100 % is out of reach. Rows stand grouped by
class, as in the files: training shuffles. All draws come from the generator that is passed in.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gradwright.data import surface
from gradwright.data.dataset import Dataset
from gradwright.data.mixture import Mixture
from gradwright.data.rows import Split
from gradwright.fields import Count, require

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]

RELABELLED = 0.02  # share of the labels that are replaced, in all three noisy sets
SWISS_ROLL_NOISE = 0.0381
QUADRATIC_FORM = np.array([[1.0, 0.5], [1.0, 0.2]])
QUADRATIC_THRESHOLD = 0.6


def peaks(rng: np.random.Generator, train: int = 5000, validation: int = 1250) -> Dataset:
    """Five level sets of MATLAB's ``peaks`` surface in the plane; sizes are per class.

    f(x, y) = 3 (1-x)^2 exp(-x^2 - (y+1)^2) - 10 (x/5 - x^3 - y^5) exp(-x^2 - y^2) - 1/3 exp(-(x+1)^2 - y^2)
    on a 256 x 256 grid over [-3, 3]^2; class k is the k-th of five bins of equal width between the least and
    the largest value. Each class draws grid points with replacement and adds N(0, 0.0569^2) to both
    coordinates; then 2 % of the labels are replaced by a uniform one. ``bayes_accuracy`` is the share of the
    validation labels that the exact posterior gets right. ``x`` is float32 ``(N, 2)``.

    Source: recipe recovered from PeaksData.mat; a two-sample classifier does not tell the two apart.

    >>> data = peaks(np.random.default_rng(0), train=100, validation=10)
    >>> data.train.x.shape, data.num_classes
    ((500, 2), 5)
    """
    level = surface.levels()

    def draw(n: int) -> Split:
        x, y = surface.sample(rng, level, n)
        return _split(x, _relabel(rng, y, 5))

    training, held_out = draw(_count(train)), draw(_count(validation))
    best = float(np.mean(surface.classify(held_out.x.astype(np.float64), level) == held_out.y))
    return _generated("peaks", 5, training, held_out, best)


def gmm(rng: np.random.Generator, train: int = 5000, validation: int = 1250) -> Dataset:
    """Five classes in R^5, each an equal mixture of five Gaussians; sizes are per class.

    x = mu + Q diag(sqrt(lambda)) z + 0.0264 noise, with means mu ~ N(0, 0.66^2 I), a random rotation Q
    and eigenvalues lambda of .0055, .05 and three of .0055 + .0445 Beta(1.2, 0.71); then 2 % of the
    labels are replaced by a uniform one. Each draw is another mixture, so ``bayes_accuracy`` is computed
    for it: the share of its validation labels that the exact posterior gets right.
    ``x`` is float32 ``(N, 5)``.

    Source: recipe recovered from GMMData.mat (the law of lambda is an empirical fit).

    >>> gmm(np.random.default_rng(0), train=100, validation=10).train.x.shape
    (500, 5)
    """
    mixture = Mixture.draw(rng)

    def draw(n: int) -> Split:
        x, y = mixture.sample(rng, n)
        return _split(x, _relabel(rng, y, 5))

    training, held_out = draw(_count(train)), draw(_count(validation))
    best = float(np.mean(mixture.classify(held_out.x) == held_out.y))
    return _generated("gmm", 5, training, held_out, best)


def swiss_roll(rng: np.random.Generator, train: int = 5000, validation: int = 1250) -> Dataset:
    """Two interleaved spirals in the plane; sizes are per class.

    (t + 0.2 k) (cos 4 pi t, sin 4 pi t) for class k = 0, 1, with t evenly spaced over [0, 1] for training and
    uniform for validation, plus N(0, 0.0381^2) on both coordinates; then 2 % of the labels are flipped.
    ``x`` is float32 ``(N, 2)``.

    Source: the third recipe of the family of ``peaks`` and ``gmm``.

    >>> swiss_roll(np.random.default_rng(0), train=100, validation=10).num_classes
    2
    """

    def draw(t: Floats) -> Split:
        ray = np.stack([np.cos(4 * np.pi * t), np.sin(4 * np.pi * t)], axis=1)
        x = np.concatenate([t[:, None] * ray, (t[:, None] + 0.2) * ray])
        x += SWISS_ROLL_NOISE * rng.standard_normal(x.shape)
        y = np.repeat(np.arange(2), len(t))
        return _split(x, np.where(rng.random(len(y)) < RELABELLED, 1 - y, y))

    training, held_out = draw(np.linspace(0, 1, _count(train))), draw(rng.random(_count(validation)))
    return _generated("swiss-roll", 2, training, held_out)


def quadratic(rng: np.random.Generator, train: int = 60_000, validation: int = 10_000) -> Dataset:
    """Which side of a quadratic form: x ~ N(0, I) in the plane, class 1 where x' [[1, .5], [1, .2]] x > 0.6.

    No label noise, and 45.4 % of the labels are 1. Sizes are numbers of rows. ``x`` is float32 ``(N, 2)``.

    >>> quadratic(np.random.default_rng(0), train=100, validation=10).train.x.dtype
    dtype('float32')
    """

    def draw(n: int) -> Split:
        x = rng.standard_normal((n, 2))
        form = ((x @ QUADRATIC_FORM) * x).sum(axis=1)
        return _split(x, (form > QUADRATIC_THRESHOLD).astype(np.int64))

    return _generated("quadratic", 2, draw(_count(train)), draw(_count(validation)))


def line(rng: np.random.Generator) -> Dataset:
    """A noisy line for least squares: x = 1, 2, ..., 49 and y = x + 0.5 N(0, 1), each ``(49, 1)`` in float64.

    >>> line(np.random.default_rng(0)).train.x[:3].ravel().tolist()
    [1.0, 2.0, 3.0]
    """
    x = np.arange(1.0, 50.0)[:, None]
    return Dataset("line", "generated", train=Split(x, x + 0.5 * rng.standard_normal(x.shape)))


def _generated(
    name: str, classes: int, train: Split, validation: Split, bayes_accuracy: float | None = None
) -> Dataset:
    names = tuple(str(label) for label in range(classes))
    return Dataset(name, "generated", train, validation, classes=names, bayes_accuracy=bayes_accuracy)


def _count(n: int) -> int:
    return int(require("the size of a split", n, Count))


def _split(x: Floats, y: Labels) -> Split:
    return Split(x.astype(np.float32), y)


def _relabel(rng: np.random.Generator, y: Labels, classes: int) -> Labels:
    """``y`` with each label replaced, with probability 2 %, by one drawn uniformly (perhaps itself)."""
    return np.where(rng.random(len(y)) < RELABELLED, rng.integers(classes, size=len(y)), y)
