"""Columns as a frame of pandas or Polars, whichever is installed; neither is needed otherwise."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping, Sequence
from typing import Any

from gradwright.errors import ConfigError

LIBRARIES = ("pandas", "polars")


def to_frame(columns: Mapping[str, Sequence[Any]]) -> Any:
    """``columns`` as a ``DataFrame`` of pandas, or of Polars where pandas is not installed.

    Raises ``ConfigError`` where neither is.

    >>> list(to_frame({"epoch": [0, 1], "loss": [0.7, 0.2]}).columns)
    ['epoch', 'loss']
    """
    for name in LIBRARIES:
        if importlib.util.find_spec(name) is not None:
            return importlib.import_module(name).DataFrame(dict(columns))
    raise ConfigError("to_frame: expected pandas or polars, found neither; pip install pandas")
