"""A grade in the layouts that course platforms read, each a pure function of grades."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias

from gradwright.errors import ConfigError
from gradwright.grading.formats import junit, otter, prairielearn
from gradwright.grading.result import Grade

Format: TypeAlias = Literal["gradescope", "prairielearn", "otter", "junit"]
OF_ONE: dict[Format, Callable[[Grade], dict[str, Any]]] = {
    "prairielearn": prairielearn.to_dict,
    "otter": otter.to_dict,
}


def require_fits(layout: Format, submissions: int) -> None:
    """Raise ``ConfigError`` where a layout is of one submission and there are more."""
    if layout in OF_ONE and submissions != 1:
        raise ConfigError(f"--format {layout}: expected one submission, of which it is, found {submissions}")


def written(grades: Sequence[Grade], layout: Format) -> str:
    """Grades in another layout than Gradescope's, which is the gradebook's own."""
    if layout == "junit":
        return junit.to_xml(grades)
    return json.dumps(OF_ONE[layout](grades[0]), indent=2) + "\n"
