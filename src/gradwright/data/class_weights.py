"""What the rows of each class count in training, where the classes shall not count as often as they occur."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal, TypeAlias

import numpy as np

from gradwright.data.dataset import Dataset
from gradwright.data.rows import Array, Split
from gradwright.errors import ConfigError
from gradwright.fields import NonNegative, require
from gradwright.specs import suggestion

ClassWeights: TypeAlias = Literal["balanced"] | Mapping[str, NonNegative]


def weigh_classes(dataset: Dataset, class_weights: ClassWeights, what: str = "class_weights") -> Dataset:
    """``dataset`` whose training rows count as their class says, times what they counted before.

    Only what is learned is changed: rows for validation and test are measured as they are.

    Args:
        dataset: with labels.
        class_weights: the weight of each class by its label, 1 where it is not named; or "balanced" for
            sum(w) / (K sum(w of the class)), w being the weights of the rows and K the number of classes that
            occur, so that each class counts the same and all together as much as before (King and Zeng,
            Logistic Regression in Rare Events Data, Political Analysis 9, 2001).
        what: what the user calls ``class_weights``.

    Raises ``ConfigError`` for float targets, an unknown class with the nearest, and a weight that is no
    number >= 0; ``DataError`` where no row is left that counts.

    >>> rows = Split(x=np.eye(4), y=np.array([0, 1, 1, 1]))
    >>> weigh_classes(Dataset("tiny", "typed in", train=rows), "balanced").train.weights.round(3).tolist()
    [2.0, 0.667, 0.667, 0.667]
    """
    train = dataset.train
    if not train.has_labels:
        raise ConfigError(f"{what}: expected labels, found the float targets of {dataset.name!r}")
    if isinstance(class_weights, str):
        if class_weights != "balanced":
            raise ConfigError(
                f"{what}: expected 'balanced' or a number for each class, found {class_weights!r}"
            )
        of_class = _balanced(train, dataset.num_classes)
    else:
        of_class = _named(dataset, class_weights, what)
    before = 1.0 if train.weights is None else train.weights
    return replace(dataset, train=Split(train.x, train.y, before * of_class[train.y]))


def _balanced(train: Split, classes: int) -> Array:
    counts = np.bincount(train.y, train.weights, minlength=classes)
    occurs = counts > 0
    of_class: Array = np.divide(counts.sum() / occurs.sum(), counts, out=np.zeros(classes), where=occurs)
    return of_class


def _named(dataset: Dataset, class_weights: Mapping[str, float], what: str) -> Array:
    if not isinstance(class_weights, Mapping):
        found = type(class_weights).__name__
        raise ConfigError(f"{what}: expected 'balanced' or a number for each class, found {found}")
    places = {name: k for k, name in enumerate(dataset.classes)}
    of_class = np.ones(len(places))
    for label, weight in class_weights.items():
        if str(label) not in places:
            raise ConfigError(f"{what}: there is no class {label!r}{suggestion(label, places)}")
        of_class[places[str(label)]] = require(f"{what}[{label!r}]", weight, NonNegative)
    return of_class
