"""A run on a table without a config: what is set by flags, and what is chosen by what the table holds."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gradwright.cli.flags import in_flags
from gradwright.cli.parameters import fields
from gradwright.data import Dataset, standardize_targets
from gradwright.data.labels import listed
from gradwright.data.table.files import read_table, unpacked
from gradwright.errors import ConfigError
from gradwright.recipes.recipe import EPOCHS, recipe
from gradwright.training import RunConfig
from gradwright.training.config import (
    from_environment,
    make_config,
    name_after,
    override,
    plain_config,
)
from gradwright.training.data_config import DataConfig, make_data_config
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
    with in_flags():
        data = load_from(make_data_config(**about["data"]))
    if not data.train.has_labels and "standardize_targets" not in about["data"]:
        about["data"]["standardize_targets"] = True
        data = standardize_targets(data)
    plain = {**_chosen(data, given), "name": name_after(unpacked(path)), **about}
    for key, value in given.items():
        override(plain, key, value)
    return [make_config(**(plain | seed)) for seed in seeds], data


def _dotted(key: str) -> str:
    """The path of a setting in a config."""
    root = key.split(".")[0]
    return f"data.{key}" if root in DataConfig.model_fields and root not in RunConfig.model_fields else key


def _chosen(data: Dataset, given: Mapping[str, Any]) -> dict[str, Any]:
    """What network learns from these data, and how, as plain settings.

    The schedule ends with the last of the epochs that are ``given``; what is chosen for arrays by their names
    is left out where the network is another one.
    """
    chosen = plain_config(recipe(data, epochs=given.get("epochs", EPOCHS)))
    if any(key.split(".")[0] == "network" for key in given):
        del chosen["groups"]
    return chosen
