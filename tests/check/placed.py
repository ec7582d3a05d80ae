"""Where a report says that a fault is, beside where it was planted."""

from __future__ import annotations

from gradwright.check import GradientReport


def is_placed(report: GradientReport, planted: str) -> bool:
    """Whether all places that are told are wrong, and so is the one where the fault was planted."""
    wrong = {each.name for each in report.parameters if each.verdict == "wrong"}
    told = str(report.location).split(", ")
    if "[" in planted:
        return told == [planted]
    return {place.split("[")[0] for place in told} <= wrong and planted in wrong
