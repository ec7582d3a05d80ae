"""Where data may lie: the folder asked for, then ``GRADWRIGHT_DATA``, then the user's data folder."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import platformdirs

from gradwright.data import cifar, idx
from gradwright.errors import DataError

ENVIRONMENT = "GRADWRIGHT_DATA"


def data_folders(data_dir: str | os.PathLike[str] | None = None) -> list[Path]:
    """The data folders in the order in which they are searched; they need not exist."""
    asked_for = [Path(folder) for folder in (data_dir, os.environ.get(ENVIRONMENT)) if folder]
    return [*asked_for, platformdirs.user_data_path("gradwright", appauthor=False)]


def find(places: Iterable[str], data_dir: str | os.PathLike[str] | None) -> Path | None:
    """The first of ``places`` (paths inside a data folder) that holds data, or None.

    Raises ``DataError`` for a data folder that was asked for and is not there: that is a slip of the pen, and
    to search on would hide it.
    """
    *asked_for, users_own = data_folders(data_dir)
    for folder in asked_for:
        if not folder.is_dir():
            raise DataError(f"{folder}: there is no such data folder (see --data-dir and {ENVIRONMENT})")
    candidates = (folder / place for folder in (*asked_for, users_own) for place in places)
    return next((path for path in candidates if _holds_data(path)), None)


def _holds_data(path: Path) -> bool:
    return path.is_file() or idx.is_folder(path) or cifar.is_folder(path)
