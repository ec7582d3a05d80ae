"""Otter's grading results: JSON that ``GradingResults.from_ottr_json`` of Otter-Grader takes.

Source: https://search.r-project.org/CRAN/refmans/ottr/html/GradingResults.html ("to_list"), and that method
in otter/test_files/__init__.py of https://github.com/ucbds-infra/otter-grader
"""

from __future__ import annotations

from typing import Any

from gradwright.grading.result import Grade, Mark


def to_dict(grade: Grade) -> dict[str, Any]:
    """The results of one submission: an item is a test file, each of its properties a test case.

    Otter's cases are passed or not, and hidden or public: what is shown later is hidden.
    """
    files: dict[str, list[Mark]] = {}
    for mark in grade.marks:
        files.setdefault(mark.item, []).append(mark)
    return {
        "test_file_results": [
            {
                "filename": item,
                "points": sum(mark.max_score for mark in marks),
                "test_case_results": [_result(mark) for mark in marks],
            }
            for item, marks in files.items()
        ]
    }


def _result(mark: Mark) -> dict[str, Any]:
    passed = mark.score == mark.max_score
    return {
        "passed": passed,
        "error": None if passed else mark.output,
        "test_case": {
            "name": mark.criterion,
            "code": "",
            "points": mark.max_score,
            "hidden": mark.visibility != "visible",
            "success_message": mark.output if passed else None,
            "failure_message": None if passed else mark.output,
        },
    }
