"""PrairieLearn's results of an external grader.

Source: https://docs.prairielearn.com/externalGrading/#grading-results
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from gradwright.drawing import png_uri
from gradwright.errors import ConfigError
from gradwright.grading.result import Grade, Mark

HIDDEN = "Other items count as well, and are not shown here."
LABEL = "What your gradient leaves of the change of your loss, as the step falls"
MOST_BYTES = 2**20  # of a file of results


def to_dict(grade: Grade) -> dict[str, Any]:
    """The results of one submission.

    What could not be run at all is not gradable, and costs no attempt. Of items that are hidden, or shown
    later, there is no test: PrairieLearn shows all of them.
    """
    if grade.not_loaded:
        return {"gradable": False, "format_errors": [grade.not_loaded], "output": grade.output}
    score = grade.score / grade.max_score if grade.max_score else 0.0
    results: dict[str, Any] = {"gradable": True, "score": min(max(score, 0.0), 1.0)}
    if len(grade.shown) < len(grade.marks):
        results["message"] = HIDDEN
    return _small_enough(results | {"output": grade.output, "tests": [_test(mark) for mark in grade.shown]})


def _test(mark: Mark) -> dict[str, Any]:
    return {
        "name": mark.name,
        "points": mark.score,
        "max_points": mark.max_score,
        "message": mark.output,
        "images": _images(mark),
    }


def _images(mark: Mark) -> list[dict[str, str]]:
    """The Taylor remainders of a gradient that is wrong; none where Matplotlib is not installed."""
    if mark.report is None or mark.verdict != "wrong" or not mark.report.steps:
        return []
    told = replace(mark.report, cause=None, evidence=None, reason=mark.output.splitlines()[0])
    try:
        return [{"label": LABEL, "url": png_uri(told.plot())}]
    except ConfigError:
        return []


def _small_enough(results: dict[str, Any]) -> dict[str, Any]:
    """The results without their last images, as far as they are more than PrairieLearn takes."""
    for test in reversed(results["tests"]):
        if len(json.dumps(results)) <= MOST_BYTES:
            break
        test["images"] = []
    return results
