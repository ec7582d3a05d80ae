"""Columns as a frame of pandas or Polars, whichever is installed; neither is needed otherwise."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping, Sequence
from typing import Any

from gradwright.errors import ConfigError

LIBRARIES = ("pandas", "polars")


def to_frame(columns: Mapping[str, Sequence[Any]], library: str | None = None) -> Any:
    """``columns`` as a ``DataFrame`` of the ``library`` named, else of pandas, or of Polars without pandas.

    Raises ``ConfigError`` where it is not installed.

    >>> list(to_frame({"epoch": [0, 1], "loss": [0.7, 0.2]}).columns)
    ['epoch', 'loss']
    """
    if library not in (None, *LIBRARIES):
        raise ConfigError(f"library: expected one of {', '.join(LIBRARIES)}, found {library!r}")
    for name in LIBRARIES if library is None else (library,):
        if importlib.util.find_spec(name) is not None:
            return importlib.import_module(name).DataFrame(dict(columns))
    if library is not None:
        raise ConfigError(f"to_frame: {library} is not installed; pip install {library}")
    raise ConfigError("to_frame: expected pandas or polars, found neither; pip install pandas")
