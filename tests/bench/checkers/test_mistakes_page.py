"""The page of mistakes says what the checker says, and names a cause that is true."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest

from gradwright.check.faults.cause import Cause

TOOL: dict[str, Any] = runpy.run_path(str(Path(__file__).parents[3] / "tools" / "mistakes_page.py"))
FIGURE = re.compile(r"\d+(\.\d+)?(e[-+]?\d+)?")
MISTAKES = list(enumerate(TOOL["MISTAKES"], 1))


@pytest.mark.parametrize(("number", "mistake"), MISTAKES, ids=[each.title for _, each in MISTAKES])
def test_the_page_says_what_the_checker_says(number: int, mistake: Any) -> None:
    """To the letter, but for figures."""
    said = _without_figures(TOOL["section"](number, mistake))
    assert said in _without_figures(TOOL["PAGE"].read_text(encoding="utf-8")), "make docs writes it"


@pytest.mark.parametrize("mistake", TOOL["MISTAKES"], ids=[each.title for _, each in MISTAKES])
def test_what_it_names_is_a_cause_that_the_fault_has(mistake: Any) -> None:
    family, fault = TOOL["found"](mistake)
    report = family.report(fault)
    assert report.verdict == "wrong"
    assert report.cause in {str(Cause[name]) for name in fault.accepts if name in Cause.__members__}


def _without_figures(text: str) -> str:
    return FIGURE.sub("0", " ".join(text.split()))
