"""How commands speak."""

from __future__ import annotations

import json
import math

import pytest

from gradwright.cli.output import note, say_json


def test_json_is_strict_about_numbers_that_are_not_finite(capsys: pytest.CaptureFixture[str]) -> None:
    say_json({"losses": [math.nan, math.inf, 0.5], "steps": (1, 2), "run": {"name": "a", "seed": None}})
    found = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert found == {"losses": [None, None, 0.5], "steps": [1, 2], "run": {"name": "a", "seed": None}}


def test_a_note_is_shown_letter_by_letter(capsys: pytest.CaptureFixture[str]) -> None:
    text = "[red]name[/] " + "x" * 300
    note(text)
    assert capsys.readouterr() == ("", f"{text}\n")
