"""The data that sick and healthy trainings learn from: small, and the same in each run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, Literal

import numpy as np

from gradwright.data import Dataset, Split, generators, load, standardize, standardize_targets
from gradwright.nn.layer import Array

SEED = 20
Half = Literal["development", "kept apart"]


@dataclass(frozen=True)
class DoctorSet:
    """One data set with rows to train on, for validation and for the test, features standardised.

    Of a set that is ``kept apart`` no case is for development. ``epochs`` are as many as its sound trainings
    need; ``needs`` is the module or the file without which it is left out.
    """

    name: str
    make: Callable[[np.random.Generator], Dataset]
    epochs: int
    half: Half = "development"
    regression: bool = False

    def read(self) -> Dataset:
        """The splits; features, and float targets, with mean 0 and deviation 1 over the training rows.

        Raises ``ConfigError`` or ``DataError`` where what it needs is not there.
        """
        return _read(self.name)


@cache
def _read(name: str) -> Dataset:
    table = SETS[name]
    data = standardize(table.make(np.random.default_rng([SEED, *name.encode()])))
    return standardize_targets(data) if table.regression else data


def blob(rng: np.random.Generator) -> Dataset:
    """Four round clouds in the plane, deviation 1, at distance 3.2 of their neighbours."""
    centres = 1.6 * np.array([[-1, -1], [-1, 1], [1, -1], [1, 1]])
    y = rng.integers(4, size=2000)
    return _divided("blob", rng, centres[y] + rng.standard_normal((2000, 2)), y, 700, 300)


def circle(rng: np.random.Generator) -> Dataset:
    """A disc inside a ring, radii 1 and 2, with noise of 0.2 in both coordinates."""
    y = rng.integers(2, size=2000)
    angle, radius = rng.uniform(0, 2 * np.pi, 2000), 1.0 + y
    x = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return _divided("circle", rng, x + 0.2 * rng.standard_normal(x.shape), y, 700, 300)


def peaks(rng: np.random.Generator) -> Dataset:
    """The level sets of ``generators.peaks``."""
    return _redivided(generators.peaks(rng, train=240, validation=300), rng, 500)


def gmm(rng: np.random.Generator) -> Dataset:
    """One mixture of ``generators.gmm``."""
    return _redivided(generators.gmm(rng, train=300, validation=300), rng, 500)


def mnist(rng: np.random.Generator) -> Dataset:
    """Digits as vectors of 784 bytes: 1,500 rows to train on."""
    data = load("mnist")
    rows = rng.choice(len(data.train), 4000, replace=False)
    return _divided("mnist", rng, data.train.x[rows], data.train.y[rows], 1500, 500)


def friedman(rng: np.random.Generator) -> Dataset:
    """10 sin(pi x1 x2) + 20 (x3 - 0.5)^2 + 10 x4 + 5 x5 + N(0, 1), ten features uniform over [0, 1].

    Source: Friedman, Multivariate adaptive regression splines, 1991.
    """
    x = rng.random((2000, 10))
    y = 10 * np.sin(np.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4]
    return _divided("friedman", rng, x, y + rng.standard_normal(2000), 700, 300)


def _from_sklearn(name: str, train: int, validation: int) -> Callable[[np.random.Generator], Dataset]:
    def make(rng: np.random.Generator) -> Dataset:
        room: Any = import_module("sklearn.datasets")
        x, y = getattr(room, f"load_{name}")(return_X_y=True)
        return _divided(name, rng, x, y, train, validation)

    return make


def _divided(name: str, rng: np.random.Generator, x: Array, y: Array, train: int, validation: int) -> Dataset:
    """The rows in a drawn order: so many to train on, for validation, and the rest for the test."""
    order = rng.permutation(len(x))
    x, y = x[order], y[order]
    ends = np.split(np.arange(len(x)), [train, train + validation])
    kept, held, test = (Split(x[rows], y[rows]) for rows in ends)
    return Dataset(name, "generated", kept, held, test)


def _redivided(data: Dataset, rng: np.random.Generator, validation: int) -> Dataset:
    """A generated set whose validation rows are divided into those for validation and for the test."""
    assert data.validation is not None
    order = rng.permutation(len(data.validation))
    parts = order[:validation], order[validation:]
    held, test = (Split(data.validation.x[rows], data.validation.y[rows]) for rows in parts)
    shuffled = rng.permutation(len(data.train))
    train = Split(data.train.x[shuffled], data.train.y[shuffled])
    return Dataset(data.name, data.source, train, held, test, classes=data.classes)


SETS = {
    each.name: each
    for each in (
        DoctorSet("blob", blob, 30),
        DoctorSet("circle", circle, 60, "kept apart"),
        DoctorSet("peaks", peaks, 80),
        DoctorSet("gmm", gmm, 60),
        DoctorSet("mnist", mnist, 12),
        DoctorSet("cancer", _from_sklearn("breast_cancer", 300, 100), 40),
        DoctorSet("digits", _from_sklearn("digits", 800, 300), 25, "kept apart"),
        DoctorSet("friedman", friedman, 60, regression=True),
        DoctorSet("diabetes", _from_sklearn("diabetes", 230, 80), 25, regression=True),
    )
}
