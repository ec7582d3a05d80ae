"""The folders that runs are recorded in: where they are, whether they are free, how to go on in them."""

from __future__ import annotations

import shlex
from pathlib import Path

from gradwright.errors import ConfigError
from gradwright.writing import in_use


def require_free(folder: Path, resume: bool) -> None:
    """Raise ``ConfigError`` where ``folder`` holds something, unless the run in it is to be resumed."""
    if in_use(folder) and not resume:
        raise ConfigError(
            f"{folder}: expected a new folder, found one that is in use; "
            "choose another with --out, or go on with what it holds by --resume"
        )


def resume_command(command: str, *words: str, **options: object) -> str:
    """What to type to go on: the same command with the options that were given, and ``--resume``.

    >>> resume_command("train", "my config.toml", out=None, data_dir="data")
    "gradwright train 'my config.toml' --data-dir data --resume"
    """
    given = [
        word
        for name, value in options.items()
        if value is not None
        for word in (f"--{name.replace('_', '-')}", str(value))
    ]
    return shlex.join(["gradwright", command, *words, *given, "--resume"])
