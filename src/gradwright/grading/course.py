"""The submissions of a class: those that are named, or what lies in one folder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from gradwright.errors import ConfigError
from gradwright.grading.rubric import LOADED, Rubric

PASSED_OVER = (".", "__")  # how names begin that a system or an editor made, such as .DS_Store and __MACOSX


def submissions_in(names: Sequence[str], rubric: Rubric) -> tuple[list[str], list[str]]:
    """The submissions meant by ``names``, and what lies beside them and is none.

    One folder alone, unless it holds the rubric's ``entry`` itself, is that of the class: its files in
    Python, notebooks and folders are the submissions. Raises ``ConfigError`` where it holds none.
    """
    folder = Path(names[0])
    if len(names) > 1 or not folder.is_dir() or (rubric.entry and os.path.lexists(folder / rubric.entry)):
        return list(names), []
    inside = sorted(each for each in folder.iterdir() if not each.name.startswith(PASSED_OVER))
    found = [each for each in inside if each.suffix in LOADED or each.is_dir()]
    if not found:
        raise ConfigError(f"{folder}: expected submissions (.py, .ipynb or folders), found none in it")
    return [str(each) for each in found], [str(each) for each in inside if each not in found]
