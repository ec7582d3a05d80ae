"""A data set whose features or targets are scaled: by their type's range, or to mean 0 and deviation 1."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gradwright.data.affine import Affine, standardizing
from gradwright.data.dataset import Dataset
from gradwright.data.targets import standard_targets
from gradwright.errors import ConfigError, DataError


def unit_scale(dataset: Dataset) -> Dataset:
    """``dataset`` with its byte features brought from 0 .. 255 to 0 .. 1.

    Raises ``DataError`` if the features are not bytes (uint8): there is no telling what their range is.
    """
    if dataset.train.x.dtype != np.uint8:
        raise DataError(
            f"{dataset.name}: unit scale expects features of uint8, found {dataset.train.x.dtype}"
        )
    return replace(dataset, features=Affine(scale=1 / 255))


def standardize(dataset: Dataset) -> Dataset:
    """``dataset`` with every feature brought to mean 0 and standard deviation 1 over the training rows.

    The mean and the (population) standard deviation are fitted on ``dataset.train`` alone and then applied
    to every split. A feature that is constant over the training rows keeps scale 1, so it becomes 0 there.

    >>> from gradwright.data import Dataset, Split
    >>> train = Split(x=np.array([[0.0, 7.0], [4.0, 7.0]]), y=np.array([0, 1]))
    >>> standardize(Dataset("two", "typed in", train)).inputs("train", np.float64)
    array([[-1.,  0.],
           [ 1.,  0.]])
    """
    return replace(dataset, features=standardizing(dataset.train.x, dataset.train.weights))


def standardize_targets(dataset: Dataset) -> Dataset:
    """``dataset`` with its float targets brought to mean 0 and standard deviation 1 over the training rows.

    ``targets`` is the map that did it, which ``Run.predict`` undoes. The mean squared error is then in units
    of the target's variance: 1 is what the mean reaches, and 1 - loss is R2.

    Raises ``ConfigError`` for labels, and for targets that are standardised already.

    >>> from gradwright.data import Dataset, Split
    >>> train = Split(x=np.array([[0.0], [1.0]]), y=np.array([100.0, 300.0]))
    >>> data = standardize_targets(Dataset("two", "typed in", train))
    >>> data.train.y, data.targets.undo(np.array([0.5]))
    (array([-1.,  1.]), array([250.]))
    """
    if not dataset.targets.is_identity:
        raise ConfigError(f"standardize_targets: the targets of {dataset.name!r} are standardised already")
    targets, parts = standard_targets(dataset.splits, dataset.name)
    return replace(dataset, targets=targets, **parts)  # type: ignore[arg-type]
