"""The example course: what its page says of each submission is what the grader gives it."""

from __future__ import annotations

import re
import runpy
import sys
from pathlib import Path
from typing import Any

import pytest

from gradwright.grading import Rubric, grade, read_rubric
from tests.grading.conftest import SOON

TOOL: dict[str, Any] = runpy.run_path(str(Path(__file__).parents[2] / "tools" / "course_page.py"))
FIGURE = re.compile(r"\d+(\.\d+)?(e[-+]?\d+)?")
WRONG = "your gradient is wrong"  # how such a sentence begins

if sys.platform == "win32":
    pytest.skip("a process can be limited on Linux and macOS alone", allow_module_level=True)


@pytest.fixture(scope="module")
def rubric() -> Rubric:
    return read_rubric(TOOL["COURSE"] / "rubric.toml")


@pytest.mark.parametrize("path", TOOL["PATHS"], ids=lambda path: path.name)
def test_the_page_says_what_a_submission_earns_and_is_told(rubric: Rubric, path: Path) -> None:
    """To the letter, but for figures, and for sentences of the checker, whose words may change."""
    asked = TOOL["unhurried"](rubric, path)
    if path.stem == "sleeps":
        asked = rubric.model_copy(update={"limits": rubric.limits.model_copy(update={"item_seconds": SOON})})
    given = grade(asked, path, seed=TOOL["SEED"])
    assert _fixed(TOOL["section"](path, given)) == _fixed(_on_the_page(path)), "make docs writes it"
    for mark in given.marks:
        array = mark.criterion.removeprefix("gradient of ")
        assert not mark.output.startswith(WRONG) or array in mark.output or "own loss" in array


def test_the_page_has_every_submission() -> None:
    titles = re.findall(r"^## (\S+):", TOOL["PAGE"].read_text(), re.MULTILINE)
    assert titles == [path.name for path in TOOL["PATHS"]]
    assert len(titles) == 13


def _on_the_page(path: Path) -> str:
    """What the page says of a submission."""
    _, found = TOOL["PAGE"].read_text().split(f"## {path.name}:")
    return f"## {path.name}:" + str(found).split("\n## ")[0]


def _fixed(section: str) -> list[str]:
    """The lines of a section as they are whatever the checker's words and the last digits of a machine."""
    lines = [line if WRONG not in line else WRONG for line in section.strip().splitlines()]
    return [
        re.sub(r"\d+(\.\d+)?(e[-+]?\d+)?", "#", line) if line.startswith("  >") else line for line in lines
    ]
