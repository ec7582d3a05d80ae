"""Which engine serves a run."""

from __future__ import annotations

from typing import Literal, TypeAlias

from gradwright.errors import ConfigError

EngineName: TypeAlias = Literal["auto", "reference", "native"]


def choose_engine(wanted: EngineName) -> Literal["reference"]:
    """The name of the engine that will run: ``auto`` takes the fastest that is installed.

    Raises ``ConfigError`` for ``native`` where the compiled engine is not part of the installation.
    """
    if wanted == "native":
        raise ConfigError(
            "engine: expected an engine of this installation (auto or reference), found 'native', "
            "the compiled engine, which is not installed"
        )
    return "reference"
