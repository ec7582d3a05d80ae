"""How commands speak."""

from __future__ import annotations

import json
import math

import pytest

from gradwright.cli.output import fitted, note, say_json
from gradwright.tables import Table


def test_json_is_strict_about_numbers_that_are_not_finite(capsys: pytest.CaptureFixture[str]) -> None:
    say_json({"losses": [math.nan, math.inf, 0.5], "steps": (1, 2), "run": {"name": "a", "seed": None}})
    found = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert found == {"losses": [None, None, 0.5], "steps": [1, 2], "run": {"name": "a", "seed": None}}


def test_a_note_is_shown_letter_by_letter(capsys: pytest.CaptureFixture[str]) -> None:
    text = "[red]name[/] " + "x" * 300
    note(text)
    assert capsys.readouterr() == ("", f"{text}\n")


def test_a_table_has_the_width_of_the_terminal_and_is_whole_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = Table(("name", *("x" * 20 for _ in range(6))), "lrrrrrr", (("run", *("1" for _ in range(6))),))
    monkeypatch.setenv("COLUMNS", "50")
    assert fitted(table) == str(table)  # pytest holds stdout, which is no terminal
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert max(map(len, fitted(table).splitlines())) <= 50
    assert fitted(table).count("run") == 3
