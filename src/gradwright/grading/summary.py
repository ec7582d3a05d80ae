"""A class in a table: a line for each submission, for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from gradwright.grading.result import Grade
from gradwright.printable import in_csv

BEFORE, AFTER = ("submission", "score", "of"), ("not right", "seconds")


def summary(grades: Sequence[Grade]) -> str:
    """CSV with the points by item, the verdict on what is not right, and the time that grading took.

    >>> from gradwright.grading.result import Mark
    >>> marks = (Mark("net", "value", 2.0, 2.0, "right", ""), Mark("net", "pure", 0.0, 1.0, "wrong", ""))
    >>> print(summary([Grade("ann.py", 0, marks, seconds=1.5)]))
    submission,score,of,net,not right,seconds
    ann.py,2,3,2,net: pure wrong,1.5
    <BLANKLINE>
    """
    items = list(dict.fromkeys(mark.item for grade in grades for mark in grade.marks))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*BEFORE, *map(in_csv, items), *AFTER])
    for grade in grades:
        points = [sum(mark.score for mark in grade.marks if mark.item == item) for item in items]
        numbers = [f"{number:.10g}" for number in (grade.score, grade.max_score, *points)]
        writer.writerow(
            [in_csv(grade.submission), *numbers, in_csv(_not_right(grade)), f"{grade.seconds:.10g}"]
        )
    return out.getvalue()


def _not_right(grade: Grade) -> str:
    """Each property that is not right with its verdict, or why none of it could be run."""
    if grade.not_loaded:
        return grade.not_loaded.splitlines()[0]
    return "; ".join(f"{mark.name} {mark.verdict}" for mark in grade.marks if mark.verdict != "right")
