"""Submissions made of the right one, and graded by the example's rubric."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gradwright.grading import Grade, Rubric, grade, read_rubric
from gradwright.grading.item import Item

EXAMPLES = Path(__file__).parents[2] / "examples" / "grading"
PLENTY = 120.0  # seconds for an item
SOON = 5.0  # seconds for an item, where one hangs: a right submission needs a fiftieth of it
HEAD = "def loss_and_grad(W, b, x, labels, penalty):\n"

if sys.platform == "win32":
    pytest.skip("a process can be limited on Linux and macOS alone", allow_module_level=True)


@pytest.fixture(scope="session")
def rubric() -> Rubric:
    """The rubric of the example, with time to spare: a busy machine costs no points here."""
    given = read_rubric(EXAMPLES / "rubric.toml")
    limits = given.limits.model_copy(update={"item_seconds": PLENTY, "total_seconds": 10 * PLENTY})
    return given.model_copy(update={"limits": limits, "items": [_unhurried(item) for item in given.items]})


def _unhurried(item: Item) -> Item:
    """An item whose points for time are earned on any machine."""
    if item.points.time is None:
        return item
    time = item.points.time.model_copy(update={"seconds": PLENTY})
    return item.model_copy(update={"points": item.points.model_copy(update={"time": time})})


@pytest.fixture(scope="session")
def one_item(rubric: Rubric) -> Rubric:
    """Its first item alone, asked once: a process for each submission instead of two."""
    item = rubric.items[0].model_copy(update={"trials": 1})
    return rubric.model_copy(update={"items": [item]})


@pytest.fixture
def right() -> str:
    return (EXAMPLES / "right.py").read_text(encoding="utf-8")


@pytest.fixture
def graded(tmp_path: Path, one_item: Rubric) -> Callable[..., Grade]:
    """The grade of a submission that is given as text, by the first item."""

    def graded(text: str, *, limits: dict[str, float] | None = None, **changes: Any) -> Grade:
        path = tmp_path / "homework.py"
        path.write_text(text, encoding="utf-8")
        changes["limits"] = one_item.limits.model_copy(update=limits)
        return grade(one_item.model_copy(update=changes), path, seed=0)

    return graded


def earned(given: Grade) -> dict[str, float]:
    """What each property of the first item earned."""
    prefix = "softmax regression: "
    return {m.name.removeprefix(prefix): m.score for m in given.marks if m.name.startswith(prefix)}


def why(given: Grade) -> set[str]:
    """The feedback on what was not earned, each in its first line."""
    return {mark.output.splitlines()[0] for mark in given.marks if mark.score < mark.max_score}
