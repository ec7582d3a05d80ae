"""Results in the layouts of course platforms, held to what each documents of its own."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from xml.etree import ElementTree

import numpy as np
import pytest

from gradwright.check import check_gradient
from gradwright.errors import ConfigError
from gradwright.grading import Grade, Mark
from gradwright.grading.formats import OF_ONE, gradescope, junit, otter, prairielearn, require_fits, written

SHOWN = ("visible", "hidden", "after_due_date", "after_published")
MARKS = (
    Mark("net", "value", 2.0, 2.0, "right", "your loss is the expected one"),
    Mark("net", "gradient of W1", 0.0, 1.5, "wrong", "your gradient is wrong: <W1> & \x1b[31m\nis red"),
    Mark("secret", "value", 0.5, 0.5, "undecided", "undecided", "hidden"),
    Mark("later", "value", 0.0, 1.0, "wrong", "", "after_published"),
)
GRADE = Grade("ann/<net>.py", 7, MARKS, "<b>hello</b>\x00", ("A note.",), seconds=1.25)
BROKEN = Grade("ben.py", 7, MARKS[1:2], not_loaded="could not be loaded: SyntaxError: invalid syntax")


class Field(NamedTuple):
    """What a documented schema says of one key."""

    fits: Callable[[Any], bool]
    needed: bool = False


def kind(*kinds: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, kinds) and not (bool not in kinds and isinstance(value, bool))


def one_of(*choices: Any) -> Callable[[Any], bool]:
    return lambda value: value in choices


def table(schema: Mapping[str, Field]) -> Callable[[Any], bool]:
    """A table that has all it needs and nothing that is not documented."""

    def fits(value: Any) -> bool:
        missing = [name for name, field in schema.items() if field.needed and name not in value]
        assert not missing, f"missing: {missing}"
        for name, inner in value.items():
            assert name in schema, f"not documented: {name}"
            assert schema[name].fits(inner), f"{name}: {inner!r}"
        return True

    return fits


def each(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(map(fits, value))


TEXT, NUMBER, SHOWING = Field(kind(str)), Field(kind(int, float)), Field(one_of(*SHOWN))
FORMAT = Field(one_of("text", "html", "simple_format", "md", "ansi"))

# https://gradescope-autograders.readthedocs.io/en/latest/specs/
GRADESCOPE = table(
    {
        "score": NUMBER,
        "max_score": NUMBER,  # documented of a test alone; here since ever, and passed over
        "execution_time": NUMBER,
        "output": TEXT,
        "output_format": FORMAT,
        "test_output_format": FORMAT,
        "test_name_format": FORMAT,
        "visibility": SHOWING,
        "stdout_visibility": SHOWING,
        "extra_data": Field(kind(dict)),
        "leaderboard": Field(kind(list)),
        "tests": Field(
            each(
                table(
                    {
                        "score": NUMBER,
                        "max_score": NUMBER,
                        "status": Field(one_of("passed", "failed")),
                        "name": TEXT,
                        "name_format": FORMAT,
                        "number": TEXT,
                        "output": TEXT,
                        "output_format": FORMAT,
                        "tags": Field(each(kind(str))),
                        "visibility": SHOWING,
                        "extra_data": Field(kind(dict)),
                    }
                )
            )
        ),
    }
)

# https://docs.prairielearn.com/externalGrading/#grading-results
IMAGES = Field(each(table({"url": Field(kind(str), needed=True), "label": TEXT})))
PRAIRIELEARN = table(
    {
        "gradable": Field(kind(bool)),
        "score": Field(lambda score: kind(float)(score) and 0 <= score <= 1),
        "message": TEXT,
        "output": TEXT,
        "images": IMAGES,
        "format_errors": Field(lambda value: kind(str)(value) or each(kind(str))(value)),
        "tests": Field(
            each(
                table(
                    {
                        "name": TEXT,
                        "description": TEXT,
                        "points": NUMBER,
                        "max_points": NUMBER,
                        "message": TEXT,
                        "output": TEXT,
                        "images": IMAGES,
                    }
                )
            )
        ),
    }
)

# https://search.r-project.org/CRAN/refmans/ottr/html/ (GradingResults, TestFileResult, TestCaseResult)
MAYBE_TEXT = Field(kind(str, type(None)), needed=True)
NEEDED_TEXT = Field(kind(str), needed=True)
CASE = table(
    {
        "name": NEEDED_TEXT,
        "code": NEEDED_TEXT,
        "points": Field(kind(int, float), needed=True),
        "hidden": Field(kind(bool), needed=True),
        "success_message": MAYBE_TEXT,
        "failure_message": MAYBE_TEXT,
    }
)
RESULT = table(
    {"passed": Field(kind(bool), needed=True), "error": MAYBE_TEXT, "test_case": Field(CASE, True)}
)
OTTER = table(
    {
        "test_file_results": Field(
            each(
                table(
                    {
                        "filename": NEEDED_TEXT,
                        "points": Field(kind(int, float), needed=True),
                        "test_case_results": Field(each(RESULT), needed=True),
                    }
                )
            ),
            needed=True,
        )
    }
)


@pytest.mark.parametrize("grade", [GRADE, BROKEN], ids=["a grade", "what could not be run"])
def test_each_layout_is_as_it_is_documented(grade: Grade) -> None:
    assert GRADESCOPE(json.loads(json.dumps(gradescope.to_dict(grade, {}))))
    assert PRAIRIELEARN(json.loads(written([grade], "prairielearn")))
    assert OTTER(json.loads(written([grade], "otter")))


def test_a_schema_notices_what_is_not_documented() -> None:
    with pytest.raises(AssertionError, match="not documented: grade"):
        GRADESCOPE(gradescope.to_dict(GRADE, {}) | {"grade": 1})
    with pytest.raises(AssertionError, match=r"score: 1\.5"):
        PRAIRIELEARN(prairielearn.to_dict(GRADE) | {"score": 1.5})
    with pytest.raises(AssertionError, match="missing"):
        OTTER({})


def test_a_line_says_what_was_not_earned_by_item() -> None:
    assert GRADE.line == "ann/<net>.py: 2.5 of 5; not earned: net: gradient of W1; later: value"


def test_gradescope_has_all_and_says_who_sees_it() -> None:
    found = gradescope.to_dict(GRADE, {"sha256": "0c"})
    assert (found["score"], found["execution_time"], found["stdout_visibility"]) == (2.5, 1.25, "hidden")
    assert found["output_format"] == "text"  # a submission prints HTML in vain
    assert [test["number"] for test in found["tests"]] == ["1.1", "1.2", "2.1", "3.1"]
    assert [test["visibility"] for test in found["tests"]] == [
        "visible",
        "visible",
        "hidden",
        "after_published",
    ]
    assert [test["status"] for test in found["tests"]] == ["passed", "failed", "passed", "failed"]
    assert found["extra_data"]["sha256"] == "0c"
    assert gradescope.from_dict(json.loads(json.dumps(found))) == GRADE


def test_prairielearn_shows_no_hidden_item_and_takes_no_attempt_for_what_cannot_be_run() -> None:
    found = prairielearn.to_dict(GRADE)
    assert found["score"] == 0.5
    assert [test["name"] for test in found["tests"]] == ["net: value", "net: gradient of W1"]
    assert found["message"] == prairielearn.HIDDEN
    broken = prairielearn.to_dict(BROKEN)
    assert (broken["gradable"], broken["format_errors"]) == (False, [BROKEN.not_loaded])
    assert "score" not in broken


def drawn_marks() -> tuple[Mark, ...]:
    """One of a gradient that is wrong, one of a right one, one that students do not see."""
    x = np.array([0.5, -1.0, 2.0])
    wrong, right = (check_gradient(lambda x: (x**3).sum(), lambda x, k=k: k * x**2, x) for k in (1.5, 3.0))
    told = "your gradient is wrong: W1 is 0.5 x the true gradient"
    return (
        Mark("net", "gradient of W1", 0.0, 1.5, "wrong", told, "visible", wrong),
        Mark("net", "gradient of b1", 1.5, 1.5, "right", "", "visible", right),
        Mark("secret", "gradient of W1", 0.0, 1.5, "wrong", told, "hidden", wrong),
    )


def test_prairielearn_shows_the_picture_of_a_wrong_gradient() -> None:
    pytest.importorskip("matplotlib")
    found = json.loads(json.dumps(prairielearn.to_dict(Grade("ann.py", 7, drawn_marks()))))
    assert PRAIRIELEARN(found)
    assert [len(test["images"]) for test in found["tests"]] == [1, 0]
    kind, _, content = found["tests"][0]["images"][0]["url"].partition(",")
    assert kind == "data:image/png;base64"
    assert base64.b64decode(content).startswith(b"\x89PNG")


def test_pictures_that_prairielearn_would_refuse_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib")
    marks = drawn_marks()[:1] * 2
    one = len(json.dumps(prairielearn.to_dict(Grade("ann.py", 7, marks[:1]))))
    monkeypatch.setattr(prairielearn, "MOST_BYTES", int(1.5 * one))
    found = prairielearn.to_dict(Grade("ann.py", 7, marks))
    assert [len(test["images"]) for test in found["tests"]] == [1, 0]


def test_otter_gives_the_same_points_by_case() -> None:
    files = otter.to_dict(GRADE)["test_file_results"]
    assert [file["filename"] for file in files] == ["net", "secret", "later"]
    results = [result for file in files for result in file["test_case_results"]]
    assert sum(r["test_case"]["points"] for r in results if r["passed"]) == GRADE.score
    assert [r["test_case"]["hidden"] for r in results] == [False, False, True, True]


def test_junit_is_as_its_schema_says() -> None:
    root = ElementTree.fromstring(written([GRADE, BROKEN], "junit"))
    counts = {"tests": "5", "failures": "3", "errors": "0", "time": "1.250"}
    assert (root.tag, root.attrib) == ("testsuites", counts)
    allowed = {
        "testsuite": {"properties", "testcase", "system-out", "system-err"},
        "testcase": {"skipped", "errors", "failure", "system-out", "system-err"},
        "properties": {"property"},
    }
    for suite in root:
        assert {"name", "tests", "failures", "errors", "time"} == set(suite.keys())
        assert int(suite.attrib["tests"]) == len(suite.findall("testcase"))
        assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure"))
        for node in suite.iter():
            assert {child.tag for child in node} <= allowed.get(node.tag, set())
    first = root[0]
    assert (first.attrib["name"], first.findtext("system-out", "").count("?")) == ("ann/<net>.py", 0)
    failure = first.findall("testcase/failure")[0]
    assert failure.attrib == {"type": "wrong", "message": "your gradient is wrong: <W1> & ?[31m"}
    assert junit.to_xml([]).startswith("<?xml")


def test_a_layout_of_one_submission_is_not_written_of_two() -> None:
    for layout in OF_ONE:
        with pytest.raises(ConfigError, match="expected one submission"):
            require_fits(layout, 2)
    require_fits("junit", 2)
