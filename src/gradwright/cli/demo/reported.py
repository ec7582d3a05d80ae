"""What the first source report states for the networks of the demo, and how what they reach stands to it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from gradwright.show import results
from gradwright.show.wording import accuracy_text
from gradwright.training import Run

REPORTED: dict[str, dict[str, Any]] = {
    "peaks": {
        "train_accuracy": 0.93476,
        "validation_accuracy": 0.93232,
        "source": "the first source report, its final network",
    },
    "gmm": {
        "train_accuracy": 0.95344,
        "validation_accuracy": 0.9536,
        "source": "the first source report, its residual network",
    },
}

# The files that the report trained on: what the Bayes rule reaches on their validation rows.
FILES = {"peaks": ("PeaksData.mat", 0.9370), "gmm": ("GMMData.mat", 0.9754)}


def beside_reported(runs: Sequence[Run]) -> str:
    """How far the seeds end from the ceiling of their rows, and the report from the ceiling of its own.

    Accuracies on different draws of the data are not compared with each other: the ceiling alone differs by
    some tenths of a point from draw to draw of 6,250 rows.
    """
    count, (*_, mean) = len(runs), results(runs)
    file, ceiling = FILES[runs[0].config.name]
    reached = mean.metrics["validation"]["accuracy"]
    reported = REPORTED[runs[0].config.name]["validation_accuracy"]
    assert mean.ceiling is not None
    assert reached.sd is not None
    here, there = mean.ceiling - reached.mean, ceiling - reported
    away = abs(here - there) / reached.sd if reached.sd else math.inf
    draw = "the same rows" if runs[0].data["source"] == file else "another draw of the same classes"
    return (
        f"{count} seeds reach {accuracy_text(reached)}, {_points(here)} below the ceiling of their rows.\n"
        f"Reported: {reported:.2%} of {file}, {draw}, {_points(there)} below its ceiling of {ceiling:.2%}.\n"
        f"The distances differ by {_points(abs(here - there))}, {away:.1f} standard deviations of the seeds."
    )


def _points(share: float) -> str:
    return f"{100 * share:.2f} points"
