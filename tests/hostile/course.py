"""A course with one thing to be handed in: a rubric, the teacher's file, and what two students gave."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RUBRIC = """
reference = "teacher.py"
[[items]]
name = "square"
loss = "f"
gradient = "g"
reference = "square"
with_respect_to = ["x"]
arguments = { x = { shape = [3] } }
trials = 2
points = { value = 1, gradient = { x = 1 } }
"""
SUBMISSIONS = {
    "right.py": "def f(x): return (x * x).sum()\ndef g(x): return 2 * x\n",
    "loud.py": "import pathlib\npathlib.Path('left').mkdir()\nprint('a' * 9999)\nraise SystemExit\n",
}


def a_class(folder: Path) -> None:
    (folder / "rubric.toml").write_text(RUBRIC)
    for name, text in {**SUBMISSIONS, "teacher.py": "def square(x): return (x * x).sum()\n"}.items():
        (folder / name).write_text(text)


def grades_in(path: Path) -> list[dict[str, Any]]:
    """The grades of a class in a file, but for the time that each took."""
    found: list[dict[str, Any]] = json.loads(path.read_text())["submissions"]
    return [{key: value for key, value in each.items() if key != "execution_time"} for each in found]
