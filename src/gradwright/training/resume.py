"""Whether a run may go on in its folder: with the same settings but the number of epochs, which may grow.

No schedule knows how many epochs a run has, so a run that is trained on ends in the same bits as one that was
that long from the start.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gradwright.errors import RecordError
from gradwright.inputs import parsing
from gradwright.toml import parse_toml
from gradwright.training.config import RunConfig
from gradwright.training.data_config import DataConfig

MAY_DIFFER = "epochs"
NOTHING = "none"
PREPARATION = (
    "standardized",
    "labels",
    "feature_names",
    "targets",
    "encoding",
)  # in the summary of a data set


def require_same_settings(folder: Path, recorded: str, config: RunConfig) -> None:
    """Raise ``RecordError`` that names each field in which ``config`` differs from the ``recorded`` TOML."""
    what = "the settings of a run in TOML"
    there = parse_toml(recorded, folder, what, RecordError)
    here = config.model_dump(exclude_none=True)
    if "data" in there:  # what a folder is too old to say was at its default
        with parsing(folder, what, RecordError):
            there["data"] = DataConfig(**there["data"]).model_dump(exclude_none=True)
    old, new = dict(_flat(there)), dict(_flat(here))
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


def require_same_preparation(folder: Path, recorded: Mapping[str, Any], data: Mapping[str, Any]) -> None:
    """Raise ``RecordError`` where the summary of ``data`` says that other things were made of the same rows.

    No config says what was made of a user's own arrays, and no checksum sees it.
    """
    for key in PREPARATION:
        if recorded.get(key, data[key]) != data[key]:
            raise RecordError(
                f"{folder}: expected data with {key} = {recorded[key]!r:.60}, found {data[key]!r:.60}"
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
