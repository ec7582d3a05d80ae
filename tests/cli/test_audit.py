"""``gradwright audit``"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
EXAMPLES = Path(__file__).parents[2] / "examples" / "audit"


@pytest.mark.parametrize("report", ["s0", "s1", "s2", "s3", "s4"])
def test_each_report_has_a_contradiction_and_the_exit_code_says_so(gradwright: Command, report: str) -> None:
    outcome = gradwright("audit", EXAMPLES / f"{report}.toml")
    assert outcome.code == 1
    assert f"{report.upper()}: " in outcome.out
    assert not outcome.err


def test_a_sound_table_is_fine(gradwright: Command) -> None:
    Path("sound.toml").write_text('source = "mine"\n[[figure]]\nname = "a"\naccuracy = 0.5\nrows = 10\n')
    outcome = gradwright("audit", "sound.toml")
    assert outcome.code == 0
    assert "1 figures, nothing that arithmetic forbids" in outcome.out


def test_json_holds_the_kind_the_figures_and_the_sentence(gradwright: Command) -> None:
    outcome = gradwright("audit", EXAMPLES / "s4.toml", "--json")
    assert outcome.code == 1
    assert {"kind", "figures", "message"} == outcome.json["contradictions"][0].keys()


def test_a_table_that_is_not_there_is_wrong_use(gradwright: Command) -> None:
    outcome = gradwright("audit", "nowhere.toml")
    assert outcome.code == 2
    assert "nowhere.toml" in outcome.err
