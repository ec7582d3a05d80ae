"""The data set that a config asks for: found or generated, split and scaled as the config says."""

from __future__ import annotations

import os

import numpy as np

from gradwright.data import Dataset, load, split_off, standardize, standardize_targets, subset, weigh_classes
from gradwright.errors import ConfigError
from gradwright.training.config import RunConfig

ROWS = 1  # the branch of the data's seed from which fewer rows are drawn


def load_data(config: RunConfig, data_dir: str | os.PathLike[str] | None = None) -> Dataset:
    """The data set of ``config``, looked for in ``data_dir`` first.

    Validation rows are set aside first, so that they are the same whatever the number of training rows, and
    nothing is learned from them when features or targets are standardised. Fewer rows to train on are drawn
    by seed.

    Raises ``ConfigError`` for a config without ``data``, an unknown name or a split that cannot be,
    ``DataError`` for data that is not there or not as it should be.

    >>> from gradwright.training import make_config
    >>> line = {"name": "line", "validation": 9, "standardize": True}
    >>> data = load_data(make_config(network={"kind": "mlp", "widths": [1, 1]}, data=line))
    >>> len(data.train), len(data.validation), data.features.shift
    (40, 9, array([20.5]))
    """
    if config.data is None:
        raise ConfigError(f"data.name: {config.name!r} needs a data set, such as name = 'peaks'")
    dataset = load(config.data.name, data_dir=data_dir, seed=config.data.seed)
    if config.data.validation is not None:
        dataset = split_off(dataset, config.data.validation)
    if config.data.rows is not None:
        rng = np.random.default_rng(np.random.SeedSequence(config.data.seed, spawn_key=(ROWS,)))
        dataset = subset(dataset, config.data.rows, rng)
    if config.data.standardize:
        dataset = standardize(dataset)
    if config.data.standardize_targets:
        dataset = standardize_targets(dataset)
    return dataset if config.data.class_weights is None else weigh_classes(dataset, config.data.class_weights)
