"""The page of mistakes says what the checker says, and names a cause that is true."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest

from gradwright.check.faults.cause import Cause
from gradwright.check.present.report import GradientReport

TOOL: dict[str, Any] = runpy.run_path(str(Path(__file__).parents[3] / "tools" / "mistakes_page.py"))
FIGURE = re.compile(r"\d+(\.\d+)?(e[-+]?\d+)?")
MISTAKES = list(enumerate(TOOL["MISTAKES"], 1))


@pytest.fixture(scope="module", params=MISTAKES, ids=[each.title for _, each in MISTAKES])
def numbered(request: pytest.FixtureRequest) -> tuple[int, Any, GradientReport]:
    """A mistake of the page, its number, and what the checker says of it."""
    number, mistake = request.param
    return number, mistake, TOOL["report_of"](mistake)


def test_the_page_says_what_the_checker_says(numbered: tuple[int, Any, GradientReport]) -> None:
    """To the letter, but for figures."""
    said = _without_figures(TOOL["section"](*numbered))
    assert said in _without_figures(TOOL["PAGE"].read_text(encoding="utf-8")), "make docs writes it"


def test_what_it_names_is_a_cause_that_the_fault_has(numbered: tuple[int, Any, GradientReport]) -> None:
    _, mistake, report = numbered
    _, fault = TOOL["found"](mistake)
    assert report.verdict == "wrong"
    assert report.cause in {str(Cause[name]) for name in fault.accepts if name in Cause.__members__}


def _without_figures(text: str) -> str:
    return FIGURE.sub("0", " ".join(text.split()))
