"""``gradwright check --grade RUBRIC.toml SUBMISSION.py ...``: what submissions earn by a rubric."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gradwright.cli.codes import FINE
from gradwright.cli.output import note, say, say_json
from gradwright.errors import ConfigError
from gradwright.grading import Grade, grade, read_rubric
from gradwright.specs import suggestion
from gradwright.writing import write_atomically

OPTIONS = ("--seed", "--out", "--force", "--json")


def grade_submissions(
    rubric_file: Path, names: Sequence[str], seed: int | None, out: Path | None, force: bool, as_json: bool
) -> int:
    """Print what each submission earned: one in full, several with a line each. No grade is a failure.

    All submissions are asked at the same points, drawn from ``seed``, or from a new one.
    """
    for name in names:
        if name.startswith("-"):
            raise ConfigError(f"{name} is no option of --grade{suggestion(name, dict.fromkeys(OPTIONS))}")
    if not names:
        raise ConfigError("--grade: expected submissions, such as homework.py, found none")
    if seed is not None and seed < 0:
        raise ConfigError(f"--seed: expected 0 or more, found {seed}")
    for name in names:
        if not Path(name).is_file():
            raise ConfigError(f"{name}: expected a Python file, found none")
    if out is not None and out.exists() and not force:
        raise ConfigError(f"{out}: expected a new file, found one that is there; replace it with --force")

    rubric = read_rubric(rubric_file)
    seed = secrets.randbelow(2**32) if seed is None else seed
    grades: list[Grade] = []
    for name in names:
        grades.append(grade(rubric, name, seed=seed))
        if len(names) > 1 and not as_json:
            say(grades[-1].line)
    for missing in dict.fromkeys(each for one in grades for each in one.notes):
        note(missing)
    found = _as_results(grades)
    if out is not None:
        write_atomically(out, json.dumps(found, indent=2) + "\n")
    if as_json:
        say_json(found)
    elif len(names) == 1:
        say(str(grades[0]))
    return FINE


def _as_results(grades: Sequence[Grade]) -> dict[str, Any]:
    """The layout of ``results.json``; of several submissions, one such under each one's name."""
    if len(grades) == 1:
        return grades[0].to_dict()
    return {"submissions": [{"file": each.submission} | each.to_dict() for each in grades]}
