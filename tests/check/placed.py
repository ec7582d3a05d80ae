"""Where a report says that a fault is, beside where it was planted."""

from __future__ import annotations

from gradwright.check import GradientReport


def is_placed(report: GradientReport, planted: str) -> bool:
    """Whether all places that are told are wrong, and so is the one where the fault was planted."""
    wrong = {each.name for each in report.parameters if each.verdict == "wrong"}
    if "[" in planted:
        return report.location == planted
    return set(str(report.location).split(", ")) <= wrong and planted in wrong
