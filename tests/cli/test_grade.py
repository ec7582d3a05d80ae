"""``gradwright check --grade RUBRIC.toml SUBMISSION.py ...``"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]

EXAMPLES = Path(__file__).parents[2] / "examples" / "grading"
RUBRIC, RIGHT, WRONG = EXAMPLES / "rubric.toml", EXAMPLES / "right.py", EXAMPLES / "missing_penalty.py"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX limits")


def test_one_submission_is_told_in_full(gradwright: Command) -> None:
    outcome = gradwright("check", "--grade", RUBRIC, WRONG, "--seed", "1")
    assert outcome.code == 0
    assert outcome.out.startswith(f"{WRONG}: 11 of 15\n")
    assert "the L2 term is missing" in outcome.out
    assert "Points drawn with seed 1." in outcome.out


def test_several_get_a_line_each_and_a_broken_one_stops_nobody(gradwright: Command) -> None:
    Path("broken.py").write_text("raise SystemExit")
    outcome = gradwright("check", "--grade", RUBRIC, "broken.py", RIGHT)
    assert outcome.code == 0
    first, second = outcome.out.splitlines()
    assert first.startswith("broken.py: 0 of 15; not earned: ")
    assert second == f"{RIGHT}: 15 of 15"


def test_json_has_the_layout_of_autograders(gradwright: Command) -> None:
    found = gradwright("check", "--grade", RUBRIC, WRONG, "--json", "--seed", "1").json
    assert (found["score"], found["max_score"]) == (11, 15)
    assert found["tests"][0] == {
        "name": "softmax regression: value",
        "score": 2.0,
        "max_score": 2.0,
        "status": "passed",
        "output": "the value is the expected one",
    }
    assert [test["status"] for test in found["tests"]].count("failed") == 2


def test_grades_are_written_to_a_new_file_alone(gradwright: Command) -> None:
    arguments = ("check", "--grade", RUBRIC, WRONG, "--out", "results.json")
    assert gradwright(*arguments).code == 0
    assert json.loads(Path("results.json").read_text())["score"] == 11
    refused = gradwright(*arguments)
    assert (refused.code, refused.out) == (2, "")
    assert "found one that is there; replace it with --force" in refused.err
    assert gradwright(*arguments, "--force").code == 0


BAD_INPUT = {
    "no submission": (["--grade", RUBRIC], "expected submissions, such as homework.py, found none"),
    "no such submission": (["--grade", RUBRIC, "no.py"], "no.py: expected a Python file, found none"),
    "no such rubric": (["--grade", "no.toml", RIGHT], "no.toml: expected a rubric in TOML"),
    "a slip": (
        ["--grade", RUBRIC, RIGHT, "--sed", "1"],
        "--sed is no option of --grade; did you mean '--seed'?",
    ),
    "another's option": (["--grade", RUBRIC, RIGHT, "--at", "a.py:b"], "--at is an option of another check"),
    "a negative seed": (["--grade", RUBRIC, RIGHT, "--seed=-1"], "--seed: expected 0 or more, found -1"),
    "out without grade": (["my.py:f", "--out", "x.json"], "--out is an option of --grade RUBRIC.toml"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD_INPUT.values(), ids=BAD_INPUT)
def test_bad_input_is_one_clear_message(gradwright: Command, arguments: list[Any], message: str) -> None:
    outcome = gradwright("check", *arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert message in outcome.err
