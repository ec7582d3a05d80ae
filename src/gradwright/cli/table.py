"""A run on a table without a config: what is set by flags, and what is chosen by what the table holds."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gradwright.cli.parameters import fields
from gradwright.data import Dataset, standardize_targets
from gradwright.data.labels import listed
from gradwright.data.table.files import read_table
from gradwright.errors import ConfigError
from gradwright.training import RunConfig
from gradwright.training.config import (
    DataConfig,
    from_environment,
    make_config,
    make_data_config,
    name_after,
    override,
)
from gradwright.training.load_data import load_from

VALIDATION = 0.2  # of the rows


def table_configs(
    path: Path, settings: Sequence[str], seeds: Sequence[dict[str, Any]]
) -> tuple[list[RunConfig], Dataset]:
    """A config for each of ``seeds``, and the data set of the table at ``path``.

    Flags that are settings of the data alone, such as --target, need no "data." before them.

    Raises ``ConfigError`` where no target is named, or a setting cannot be; ``DataError`` for a table that
    cannot be learned.
    """
    given = from_environment(os.environ) | {_dotted(key): value for key, value in fields(settings).items()}
    about: dict[str, Any] = {"data": {"name": str(path), "validation": VALIDATION}}
    for key, value in given.items():
        if key.startswith("data."):
            override(about, key, value)
    if "target" not in about["data"]:
        names = listed(list(read_table(path, about["data"].get("header"))))
        raise ConfigError(
            f"{path}: expected the column to be learned, --target with one of {names}, found none"
        )
    data = load_from(make_data_config(**about["data"]))
    if not data.train.has_labels and "standardize_targets" not in about["data"]:
        about["data"]["standardize_targets"] = True
        data = standardize_targets(data)
    plain = {"name": name_after(path), **_recipe(data), **about}
    for key, value in given.items():
        override(plain, key, value)
    return [make_config(**(plain | seed)) for seed in seeds], data


def _dotted(key: str) -> str:
    """The path of a setting in a config."""
    root = key.split(".")[0]
    return f"data.{key}" if root in DataConfig.model_fields and root not in RunConfig.model_fields else key


def _recipe(data: Dataset) -> dict[str, Any]:
    """What network learns from these data, and how, as plain settings."""
    widths = [data.in_features, 256, 256, 256, data.num_classes or 1]
    return {
        "network": {"kind": "mlp", "widths": widths, "activation": "SELU" if data.num_classes else "Mish"},
        "optimizer": "Adam",
        "epochs": 60,
        "batch_size": min(256, len(data.train)),
        "keep": "best" if data.validation else "last",
    }
