"""``gradwright check --grade RUBRIC.toml SUBMISSION.py ...``"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gradwright.grading import Grade, Rubric, grade
from tests.hostile.course import grades_in
from tests.programs import held_at, kill_at

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
    assert first == "broken.py: 0 of 15; could not be loaded: SystemExit"
    assert second == f"{RIGHT}: 15 of 15"


def test_json_has_the_layout_of_autograders(gradwright: Command) -> None:
    found = gradwright("check", "--grade", RUBRIC, WRONG, "--json", "--seed", "1").json
    assert (found["score"], found["max_score"]) == (11, 15)
    assert found["tests"][0] == {
        "name": "softmax regression: value",
        "number": "1.1",
        "score": 2.0,
        "max_score": 2.0,
        "status": "passed",
        "output": "your loss is the expected one",
        "visibility": "visible",
        "extra_data": {"item": "softmax regression", "criterion": "value", "verdict": "right"},
    }
    assert [test["status"] for test in found["tests"]].count("failed") == 2


def test_grades_are_written_to_a_new_file_alone(gradwright: Command) -> None:
    _class()
    arguments = ("check", "--grade", "small.toml", "one.py", "--out", "results.json")
    assert gradwright(*arguments).code == 0
    assert json.loads(Path("results.json").read_text())["score"] == 1
    refused = gradwright(*arguments)
    assert (refused.code, refused.out) == (2, "")
    assert "found one that is there; --overwrite" in refused.err
    assert gradwright(*arguments, "--overwrite").code == 0


BAD_INPUT = {
    "no submission": (["--grade", RUBRIC], "expected submissions, such as homework.py, or a folder"),
    "no such submission": (
        ["--grade", RUBRIC, "no.py"],
        "no.py: expected a Python file, a notebook or a folder, found none",
    ),
    "no such rubric": (["--grade", "no.toml", RIGHT], "no.toml: expected a rubric in TOML"),
    "a slip": (
        ["--grade", RUBRIC, RIGHT, "--sed", "1"],
        "--sed is no option of --grade; did you mean '--seed'?",
    ),
    "another's option": (["--grade", RUBRIC, RIGHT, "--at", "a.py:b"], "--at is an option of another check"),
    "a negative seed": (
        ["--grade", RUBRIC, RIGHT, "--seed=-1"],
        "--seed: expected a whole number >= 0, found -1",
    ),
    "out in no folder": (["--grade", RUBRIC, RIGHT, "--out", "no/x.json"], "found no folder no"),
    "out that is a folder": (
        ["--grade", RUBRIC, RIGHT, "--out", "."],
        "--out .: expected a file",
    ),
    "resume without out": (["--grade", RUBRIC, RIGHT, "--resume"], "--resume: expected --out FILE to go on"),
    "no jobs": (["--grade", RUBRIC, RIGHT, "--jobs", "0"], "--jobs: expected a whole number >= 1, found 0"),
    "a layout of one": (
        ["--grade", RUBRIC, RIGHT, WRONG, "--format", "otter"],
        "--format otter: expected one submission, of which it is, found 2",
    ),
    "resume of another layout": (
        ["--grade", RUBRIC, RIGHT, "--format", "junit", "--out", "x", "--resume"],
        "--resume: expected grades in Gradescope's layout, found --format junit",
    ),
    "XML as JSON": (["--grade", RUBRIC, RIGHT, "--format", "junit", "--json"], "--json: expected another"),
    "a table in no folder": (["--grade", RUBRIC, RIGHT, "--summary", "no/x.csv"], "--summary no/x.csv: exp"),
    "jobs without grade": (["my.py:f", "--jobs", "2"], "--jobs is an option of --grade RUBRIC.toml"),
    "out without grade": (["my.py:f", "--out", "x.json"], "--out is an option of --grade RUBRIC.toml"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD_INPUT.values(), ids=BAD_INPUT)
def test_bad_input_is_one_clear_message(gradwright: Command, arguments: list[Any], message: str) -> None:
    outcome = gradwright("check", *arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert message in outcome.err


SMALL = """
reference = "teacher.py"
[[items]]
name = "square"
loss = "f"
gradient = "g"
reference = "square"
with_respect_to = ["x"]
arguments = { x = {} }
trials = 1
points = { value = 1 }
"""


def _class() -> tuple[str, ...]:
    """A rubric of one number, and two submissions, of which one is right."""
    Path("small.toml").write_text(SMALL)
    Path("teacher.py").write_text("def square(x): return x * x\n")
    Path("one.py").write_text("def f(x): return x * x\ndef g(x): return 2 * x\n")
    Path("two.py").write_text("raise SystemExit\n")
    return ("check", "--grade", "small.toml", "one.py", "two.py", "--out")


@pytest.mark.waits
def test_a_grading_that_was_killed_goes_on_to_the_same_grades(gradwright: Command) -> None:
    command = _class()
    kill_at("gradwright.grading.gradebook.write", 1, *command, "killed.json", "--seed", "3", when="after")
    assert [each["file"] for each in _grades("killed.json")] == ["one.py"]
    resumed = gradwright(*command, "killed.json", "--resume")
    assert resumed.code == 0
    assert "1 of 2 were graded before." in resumed.err
    assert gradwright(*command, "whole.json", "--seed", "3").code == 0
    assert grades_in(Path("killed.json")) == grades_in(Path("whole.json"))


@pytest.mark.waits
@pytest.mark.parametrize("how", [(), ("--overwrite",), ("--resume",)], ids=["anew", "overwrite", "resume"])
def test_two_graders_do_not_write_one_file(gradwright: Command, how: tuple[str, ...]) -> None:
    command = (*_class(), "grades.json", "--seed", "3")
    with held_at("gradwright.grading.gradebook.write", 1, *command) as first:
        refused = gradwright(*command[:-2], *how)
        assert (refused.code, refused.out) == (1, "")
        assert f"grades.json: another process (pid {first.pid} on " in refused.err
        assert not Path("grades.json").exists()
    assert [each["file"] for each in _grades("grades.json")] == ["one.py", "two.py"]
    assert not list(Path().glob(".*"))  # nobody holds it any more


def test_only_what_changed_is_graded_again(gradwright: Command) -> None:
    command = (*_class(), "grades.json")
    assert gradwright(*command).code == 0
    before = _grades("grades.json")
    Path("two.py").write_text("raise KeyError\n")
    assert "1 of 2 were graded before." in gradwright(*command, "--resume").err
    after = _grades("grades.json")
    assert after[0] == before[0]
    assert "KeyError" in after[1]["tests"][0]["output"]
    assert after[1]["extra_data"]["seed"] == before[1]["extra_data"]["seed"]
    refused = gradwright(*command, "--resume", "--seed", "1")
    assert refused.code == 2
    assert "--seed: expected" in refused.err


def test_ctrl_c_leaves_the_grades_so_far_and_says_how_to_go_on(
    gradwright: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(rubric: Rubric, name: str, *, seed: int) -> Grade:
        if name == "two.py":
            raise KeyboardInterrupt
        return grade(rubric, name, seed=seed)

    monkeypatch.setattr("gradwright.grading.jobs.grade", interrupted)
    outcome = gradwright(*_class(), "grades.json")
    assert outcome.code == 130
    assert "gradwright check one.py two.py --grade small.toml --out grades.json --resume" in outcome.err
    assert [each["score"] for each in _grades("grades.json")] == [1]


def test_a_machine_that_cannot_confine_is_no_students_fault(
    gradwright: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gradwright.grading.process.WORKER", ["false"])
    outcome = gradwright(*_class(), "grades.json")
    assert (outcome.code, outcome.out) == (1, "")
    assert "a submission's process could not be made ready" in outcome.err
    assert not Path("grades.json").exists()


def _grades(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(Path(name).read_text())["submissions"]
    return found


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"submissions": []}', '{"submissions": 3}', "null"])
def test_a_file_without_grades_is_not_gone_on_with(gradwright: Command, content: str) -> None:
    Path("grades.json").write_text(content)
    outcome = gradwright("check", "--grade", RUBRIC, RIGHT, "--out", "grades.json", "--resume")
    assert outcome.code == 1
    assert "grades.json: expected grades as --grade wrote them" in outcome.err
    assert Path("grades.json").read_text() == content


def test_folders_are_graded_by_the_file_that_the_rubric_names(gradwright: Command) -> None:
    _class()
    refused = gradwright("check", "--grade", "small.toml", "class")
    assert (refused.code, refused.out) == (2, "")
    assert "class: expected a Python file, a notebook or a folder, found none" in refused.err
    for name in ("class/ann", "class/ben"):
        Path(name).mkdir(parents=True)
        Path(name, "homework.py").write_text("from helper import f, g\n")
        Path(name, "helper.py").write_text(Path("one.py").read_text())
    assert "expected one file in Python, or one notebook, found 2; entry =" in (
        gradwright("check", "--grade", "small.toml", "class").out
    )
    Path("small.toml").write_text(f'entry = "homework.py"\n{SMALL}')
    command = ("check", "--grade", "small.toml", "class/ann", "class/ben", "--out", "grades.json", "--resume")
    assert gradwright(*command).out == "class/ann: 1 of 1\nclass/ben: 1 of 1\n"
    Path("class/ben/helper.py").write_text("f = None\n")
    outcome = gradwright(*command)
    assert "1 of 2 were graded before." in outcome.err
    assert outcome.out.startswith("class/ben: 0 of 1; could not be loaded: ImportError")


NOTEBOOK = "!ls\ndef f(x): return x * x\ng = f"
HANDED_IN = {  # by a class, in one folder
    "ann.py": "def f(x): return x * x\ndef g(x): return 2 * x\n",
    "ben.ipynb": json.dumps(
        {"cells": [{"cell_type": "code", "source": "!ls\ndef f(x): return x * x\ng = f"}]}
    ),
    "cat/any_name.py": "f = g = lambda x: x\n",
    "=dan.py": "def f(:\n",
    "eve.pdf": "%PDF",
    ".DS_Store": "",
    "__MACOSX/ann.py": "",
}


def _folder() -> tuple[str, ...]:
    """A rubric of one number, and the folder of a class."""
    _class()
    for name, text in HANDED_IN.items():
        Path("class", name).parent.mkdir(parents=True, exist_ok=True)
        Path("class", name).write_text(text)
    return ("check", "--grade", "small.toml", "class")


def test_a_folder_of_a_class_is_graded_into_a_table(gradwright: Command) -> None:
    outcome = gradwright(*_folder(), "--summary", "grades.csv", "--seed", "1")
    assert outcome.code == 0
    assert "Not graded, neither Python nor notebook nor folder: class/eve.pdf." in outcome.err
    with Path("grades.csv").open(newline="") as file:
        titles, *lines = csv.reader(file)
    assert titles == ["submission", "score", "of", "square", "not right", "seconds"]
    assert [line[:4] for line in lines] == [
        ["class/=dan.py", "0", "1", "0"],
        ["class/ann.py", "1", "1", "1"],
        ["class/ben.ipynb", "1", "1", "1"],
        ["class/cat", "0", "1", "0"],
    ]
    assert lines[0][4] == "could not be loaded: SyntaxError: invalid syntax"
    assert lines[3][4] == "square: value wrong"


@pytest.mark.waits
def test_several_jobs_give_the_same_grades_as_one(gradwright: Command) -> None:
    command = (*_folder(), "--seed", "1", "--out")
    assert gradwright(*command, "one.json").code == 0
    several = gradwright(*command, "two.json", "--jobs", "2")
    assert several.code == 0
    assert len(several.out.splitlines()) == 4
    assert grades_in(Path("two.json")) == grades_in(Path("one.json"))


@pytest.mark.waits
def test_a_grading_of_several_jobs_that_was_killed_goes_on_to_the_same_grades(gradwright: Command) -> None:
    command = (*_folder(), "--seed", "1", "--jobs", "2", "--out")
    kill_at("gradwright.grading.gradebook.write", 2, *command, "killed.json", when="after")
    assert len(_grades("killed.json")) == 2
    assert "2 of 4 were graded before." in gradwright(*command, "killed.json", "--resume").err
    assert gradwright(*command, "whole.json").code == 0
    assert grades_in(Path("killed.json")) == grades_in(Path("whole.json"))


def test_each_layout_is_written(gradwright: Command) -> None:
    _class()
    one = ("check", "--grade", "small.toml", "one.py", "--out")
    for layout in ("gradescope", "prairielearn", "otter"):
        assert gradwright(*one, f"{layout}.json", "--format", layout).code == 0
    assert json.loads(Path("prairielearn.json").read_text())["score"] == 1
    assert len(json.loads(Path("otter.json").read_text())["test_file_results"]) == 1
    assert gradwright(*_class(), "grades.xml", "--format", "junit").code == 0
    assert Path("grades.xml").read_text().count("<testsuite ") == 2


@pytest.mark.parametrize(
    ("arguments", "inside"),
    [
        (["class", "class/ann"], "class/ann"),
        (["class/ann", "--out", "class/ann/grades.json"], "class/ann/grades.json"),
    ],
    ids=["a neighbour", "the grades of all"],
)
def test_a_folder_that_holds_what_is_not_its_own_is_refused(
    gradwright: Command, arguments: list[str], inside: str
) -> None:
    _class()
    Path("class/ann").mkdir(parents=True)
    Path("class/ann/homework.py").touch()
    Path("small.toml").write_text(f'entry = "homework.py"\n{SMALL}')
    outcome = gradwright("check", "--grade", "small.toml", *arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert f"expected a submission in a folder of its own, found {inside} in it" in outcome.err


def test_grades_by_another_rubric_are_not_gone_on_with(gradwright: Command) -> None:
    command = (*_class(), "grades.json")
    assert gradwright(*command).code == 0
    Path("teacher.py").write_text("def square(x): return x * x + 0\n")
    outcome = gradwright(*command, "--resume")
    assert outcome.code == 2
    assert "expected grades by this rubric and reference, found those of others" in outcome.err
