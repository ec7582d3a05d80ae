"""JUnit's XML, as Jenkins, GitLab and GitHub's actions read it: a suite for each submission.

Source: the schema junit-10.xsd of Jenkins' xUnit plugin, to which pytest holds its own reports
(https://github.com/pytest-dev/pytest/blob/main/testing/example_scripts/junit-10.xsd).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from gradwright.grading.result import Grade, Mark

NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_xml(grades: Sequence[Grade]) -> str:
    """All submissions, each with a case for each property; what earned less than it could has failed."""
    suites = [_suite(grade) for grade in grades]
    root = ElementTree.Element("testsuites", _counts(grades, sum(grade.seconds for grade in grades)))
    root.extend(suites)
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _suite(grade: Grade) -> ElementTree.Element:
    suite = ElementTree.Element(
        "testsuite", {"name": _text(grade.submission)} | _counts([grade], grade.seconds)
    )
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in (("score", grade.score), ("max_score", grade.max_score), ("seed", grade.seed)):
        ElementTree.SubElement(properties, "property", {"name": name, "value": f"{value:.10g}"})
    suite.extend(_case(grade, mark) for mark in grade.marks)
    ElementTree.SubElement(suite, "system-out").text = _text(grade.output)
    return suite


def _case(grade: Grade, mark: Mark) -> ElementTree.Element:
    case = ElementTree.Element("testcase", {"name": _text(mark.name), "classname": _text(grade.submission)})
    if mark.score < mark.max_score:
        message = mark.output.splitlines()[0] if mark.output else mark.verdict
        failure = {"type": mark.verdict, "message": _text(message)}
        ElementTree.SubElement(case, "failure", failure).text = _text(mark.output)
    return case


def _counts(grades: Sequence[Grade], seconds: float) -> dict[str, str]:
    marks = [mark for grade in grades for mark in grade.marks]
    failed = sum(mark.score < mark.max_score for mark in marks)
    return {"tests": str(len(marks)), "failures": str(failed), "errors": "0", "time": f"{seconds:.3f}"}


def _text(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return NO_XML.sub("?", text)
