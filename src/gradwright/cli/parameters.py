"""The arguments that several commands share, and how a config is read with them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from gradwright.errors import ConfigError
from gradwright.training import RunConfig, read_config
from gradwright.training.config import parse_value

ConfigFile = Annotated[Path, Parameter(help="the settings of a run: a TOML file")]
Settings = Annotated[
    str,
    Parameter(
        allow_leading_hyphen=True,
        help="any field of the config: --epochs 5 --optimizer.momentum 0.9 --learning-rate.factor 0.98",
    ),
]
DataDir = Annotated[
    Path | None,
    Parameter(help="where to look for data first, before GRADWRIGHT_DATA and the user's data folder"),
]
AsJson = Annotated[
    bool,
    Parameter(
        name="--json",
        negative="",
        show_default=False,
        help="the result as JSON, with nothing else on stdout",
    ),
]
Overwrite = Annotated[
    bool,
    Parameter(negative="", show_default=False, help="replace a file of another's that is in the way"),
]
Resume = Annotated[
    bool,
    Parameter(
        negative="", show_default=False, help="go on where a run in the same folder was stopped or killed"
    ),
]


def configure(path: Path, settings: Sequence[str], **more: Any) -> RunConfig:
    """The config at ``path`` under the environment's ``GRADWRIGHT_*``, the flags ``settings``, and ``more``.

    Raises ``ConfigError`` where one of them cannot be.
    """
    return read_config(path, fields(settings) | more, os.environ)


def fields(settings: Sequence[str]) -> dict[str, Any]:
    """The values that flags set, by the dotted name of their field.

    Raises ``ConfigError`` for a flag without a value, or a value without a flag.

    >>> fields(["--epochs", "5", "--learning-rate.factor=0.98"])
    {'epochs': 5, 'learning_rate.factor': 0.98}
    """
    values: dict[str, Any] = {}
    words = iter(settings)
    for word in words:
        if not word.startswith("--"):
            raise ConfigError(f"expected a setting such as --epochs 5, found {word!r}")
        flag, equals, value = word.partition("=")
        if not equals:
            value = next(words, "--")
            if value.startswith("--"):
                raise ConfigError(f"{flag}: expected a value after it, found none")
        field = _field(flag)
        values[field] = parse_value(value, field)
    return values


def _field(flag: str) -> str:
    """The dotted name of a field; what follows ``kinds`` or ``class_weights`` is a user's own name.

    >>> _field("--learning-rate.factor"), _field("--kinds.post-code")
    ('learning_rate.factor', 'kinds.post-code')
    """
    path: list[str] = []
    for part in flag.removeprefix("--").split("."):
        own = path[-1:] in (["kinds"], ["class_weights"])
        path.append(part if own else part.replace("-", "_"))
    return ".".join(path)
