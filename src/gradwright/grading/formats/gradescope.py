"""Gradescope's ``results.json``, which is also the record that a grading goes on from.

Source: https://gradescope-autograders.readthedocs.io/en/latest/specs/ ("Output format").
"""

from __future__ import annotations

from typing import Any

from gradwright.grading.result import Grade, Mark


def to_dict(grade: Grade, about: dict[str, Any]) -> dict[str, Any]:
    """The results of one submission; ``about`` is stored with them, and shown to nobody."""
    items = list(dict.fromkeys(mark.item for mark in grade.marks))
    within = {item: [mark for mark in grade.marks if mark.item == item] for item in items}
    stored = {"file": grade.submission, "seed": grade.seed, "printed": grade.printed}
    stored |= {"notes": list(grade.notes), "not_loaded": grade.not_loaded}
    return {
        "score": grade.score,
        "max_score": grade.max_score,
        "execution_time": grade.seconds,
        "output": grade.output,
        "output_format": "text",  # not the HTML that it would be else: a submission may have printed it
        "visibility": grade.visibility,
        "stdout_visibility": grade.stdout_visibility,
        "tests": [
            _test(mark, f"{i}.{j}")
            for i, marks in enumerate(within.values(), 1)
            for j, mark in enumerate(marks, 1)
        ],
        "extra_data": stored | about,
    }


def from_dict(results: dict[str, Any]) -> Grade:
    """The grade in what ``to_dict`` made; raises ``KeyError``, ``TypeError`` or ``ValueError`` for else."""
    about = results["extra_data"]
    return Grade(
        submission=str(about["file"]),
        seed=about["seed"],
        marks=tuple(_mark(each) for each in results["tests"]),
        printed=str(about["printed"]),
        notes=tuple(map(str, about["notes"])),
        not_loaded=str(about["not_loaded"]),
        visibility=results["visibility"],
        stdout_visibility=results["stdout_visibility"],
        seconds=float(results["execution_time"]),
    )


def _test(mark: Mark, number: str) -> dict[str, Any]:
    """It knows passed and failed; ``output`` says what was undecided."""
    return {
        "name": mark.name,
        "number": number,
        "score": mark.score,
        "max_score": mark.max_score,
        "status": "passed" if mark.score == mark.max_score else "failed",
        "output": mark.output,
        "visibility": mark.visibility,
        "extra_data": {"item": mark.item, "criterion": mark.criterion, "verdict": mark.verdict},
    }


def _mark(test: dict[str, Any]) -> Mark:
    about = test["extra_data"]
    return Mark(
        str(about["item"]),
        str(about["criterion"]),
        float(test["score"]),
        float(test["max_score"]),
        about["verdict"],
        str(test["output"]),
        test["visibility"],
    )
