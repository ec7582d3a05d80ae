"""Making the folder of a study, or finding it again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomli_w

from gradwright.errors import RecordError
from gradwright.studies.plan import plan_of
from gradwright.studies.store import STUDY, Study
from gradwright.toml import read_toml
from gradwright.writing import in_use, make_folder, write_atomically

FIXED = ("version", "base", "space")  # with another of these it is another study


def create_study(folder: Path | str, settings: Mapping[str, Any]) -> Study:
    """The study of ``settings`` (tables as in STUDY.toml) in ``folder``, new or as it was left.

    A study that is there may be given another search, more trials or more repeats: its runs are kept. As long
    as it has none, it may be given anything.

    Raises ``ConfigError`` for settings that cannot be, ``RecordError`` where the folder holds a study with
    another base or space, or something else.
    """
    plan_of(settings)
    path = Path(folder)
    if in_use(path) and not (path / STUDY).exists():  # in this order: another driver may be making it
        raise RecordError(f"{path}: expected a new folder or that of a study, found one that is in use")
    if (path / STUDY).exists():
        before = read_toml(path / STUDY, "a study")
        for key in FIXED if Study.open(path).ids() else ():
            if _text(before.get(key)) != _text(settings.get(key)):
                raise RecordError(
                    f"{path / STUDY}: expected the {key} of the study in this folder, found another; "
                    "choose another folder"
                )
    make_folder(path)
    write_atomically(path / STUDY, tomli_w.dumps(settings))
    return Study.open(path)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)
