"""Whether a run may go on in its folder: with the same settings but the number of epochs, which may grow.

No schedule knows how many epochs a run has, so a run that is trained on ends in the same bits as one that was
that long from the start.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gradwright.errors import RecordError
from gradwright.training.config import RunConfig

MAY_DIFFER = "epochs"
NOTHING = "none"


def require_same_settings(folder: Path, recorded: str, config: RunConfig) -> None:
    """Raise ``RecordError`` that names each field in which ``config`` differs from the ``recorded`` TOML."""
    old, new = dict(_flat(tomllib.loads(recorded))), dict(_flat(config.model_dump(exclude_none=True)))
    differ = [
        f"{path} is {_text(old, path)} there and {_text(new, path)} here"
        for path in {**old, **new}
        if path != MAY_DIFFER and old.get(path) != new.get(path)
    ]
    if differ:
        raise RecordError(
            f"{folder}: expected the settings of the run in this folder, but {'; '.join(differ)}"
        )


def require_enough_epochs(folder: Path, reached: int, config: RunConfig) -> None:
    """Raise ``RecordError`` where a run that has reached an epoch is asked to have fewer."""
    if reached > config.epochs:
        raise RecordError(
            f"{folder}: epochs: expected at least the {reached} that this run has, found {config.epochs}"
        )


def _text(settings: Mapping[str, Any], path: str) -> str:
    return repr(settings[path]) if path in settings else NOTHING


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The plain values in nested tables and lists, each by its path."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from _flat(inner, f"{path}[{i}]")
    else:
        yield path, value
