"""The data set that a config asks for: found or generated, split and scaled as the config says."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from gradwright.data import Dataset, load, split_off, standardize, standardize_targets, subset, weigh_classes
from gradwright.errors import ConfigError
from gradwright.training.config import RunConfig
from gradwright.training.data_config import DataConfig

ROWS = 1  # the branch of the data's seed from which fewer rows are drawn


def load_data(config: RunConfig, data_dir: str | os.PathLike[str] | None = None) -> Dataset:
    """The data set of ``config``, looked for in ``data_dir`` first.

    Validation rows are set aside first, so that they are the same whatever the number of training rows, and
    nothing is learned from them when features or targets are standardised. Fewer rows to train on are drawn
    by seed. With a ``target`` the data are a table.

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
    return load_from(config.data, data_dir)


def load_from(config: DataConfig, data_dir: str | os.PathLike[str] | None = None) -> Dataset:
    """The data set of the part ``data`` of a config; see ``load_data``."""
    dataset = _rows(config, data_dir) if config.target is None else _table(config, config.target)
    if config.standardize:
        dataset = standardize(dataset)
    if config.standardize_targets:
        dataset = standardize_targets(dataset)
    return dataset if config.class_weights is None else weigh_classes(dataset, config.class_weights)


def _rows(config: DataConfig, data_dir: str | os.PathLike[str] | None) -> Dataset:
    """A set of the catalogue, or from a file of arrays."""
    dataset = load(config.name, data_dir=data_dir, seed=config.seed)
    if config.validation is not None:
        dataset = split_off(dataset, config.validation)
    if config.rows is None:
        return dataset
    return subset(
        dataset, config.rows, np.random.default_rng(np.random.SeedSequence(config.seed, spawn_key=(ROWS,)))
    )


def _table(config: DataConfig, target: str) -> Dataset:
    """A table."""
    return Dataset.from_table(
        Path(config.name),
        target,
        task=config.task,
        validation=config.validation,
        group=config.group,
        time=config.time,
        weights=config.weights,
        rows=config.rows,
        header=config.header,
        kinds=config.kinds,
        leave_out=config.leave_out or (),
        dates=config.dates or "refuse",
        decimal=config.decimal,
        one_hot_up_to=config.one_hot_up_to,
        bins=config.bins,
        folder=config.folder,
        seed=config.seed,
    )
