"""What the comparison found out: each checker's outcomes, their shares, and the table side by side."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from gradwright.bench.checkers.checker import Verdict
from gradwright.tables import Table

# What is counted: its key in the record, and its column in the table.
TITLES = {
    "faults_found": "found",
    "off_by_1e-4_found": "1e-4",
    "off_by_1e-5_found": "1e-5",
    "false_alarms": "alarms",
    "false_alarms_float32": "float32",
    "false_alarms_mixed_units": "mixed",
    "undecided": "undecided",
    "cause_right": "cause",
    "parameter_right": "parameter",
    "entry_right": "entry",
}


class Share(NamedTuple):
    """So many of so many; only all of them print as 100 %, and only none of them as 0 %.

    >>> print(Share(2, 3), Share(9_999, 10_000), Share(0, 0))
    66.7 % 99.9 % -
    """

    hits: int
    of: int

    def __str__(self) -> str:
        if not self.of:
            return "-"
        if self.hits in (0, self.of):
            return "100 %" if self.hits else "0 %"
        return f"{min(max(100 * self.hits / self.of, 0.1), 99.9):.1f} %"


@dataclass(frozen=True)
class Outcome:
    """What one checker made of one case; what it was not asked, or cannot say, is None.

    The cause is asked where the dictionary has a word for the fault, the entry where one alone is wrong.
    """

    case: str
    verdict: Verdict
    cause_right: bool | None
    parameter_right: bool | None
    entry_right: bool | None
    evaluations: int
    seconds: float


@dataclass(frozen=True)
class Score:
    """One checker's outcomes, by the kind of case."""

    checker: str
    rule: str
    planted: tuple[Outcome, ...]
    off_by_1e_4: tuple[Outcome, ...]
    off_by_1e_5: tuple[Outcome, ...]
    correct_float64: tuple[Outcome, ...]
    correct_float32: tuple[Outcome, ...]
    correct_mixed_units: tuple[Outcome, ...]

    @property
    def wrong(self) -> tuple[Outcome, ...]:
        """On all wrong gradients."""
        return (*self.planted, *self.off_by_1e_4, *self.off_by_1e_5)

    @property
    def correct(self) -> tuple[Outcome, ...]:
        """On all right gradients."""
        return (*self.correct_float64, *self.correct_float32, *self.correct_mixed_units)

    def shares(self) -> dict[str, Share]:
        """Faults found, false alarms, undecided right gradients, and what was said rightly of wrong ones."""
        return {
            "faults_found": share(o.verdict == "wrong" for o in self.planted),
            "off_by_1e-4_found": share(o.verdict == "wrong" for o in self.off_by_1e_4),
            "off_by_1e-5_found": share(o.verdict == "wrong" for o in self.off_by_1e_5),
            "false_alarms": share(o.verdict == "wrong" for o in self.correct_float64),
            "false_alarms_float32": share(o.verdict == "wrong" for o in self.correct_float32),
            "false_alarms_mixed_units": share(o.verdict == "wrong" for o in self.correct_mixed_units),
            "undecided": share(o.verdict == "undecided" for o in self.correct),
            "cause_right": share(o.cause_right for o in self.wrong),
            "parameter_right": share(o.parameter_right for o in self.wrong),
            "entry_right": share(o.entry_right for o in self.wrong),
        }

    def row(self) -> dict[str, str]:
        """The cells of the table."""
        judged = (*self.wrong, *self.correct)
        return {
            "checker": self.checker,
            **{TITLES[key]: str(value) for key, value in self.shares().items()},
            "calls": f"{np.mean([o.evaluations for o in judged]):.0f}",
            "ms": f"{1e3 * np.mean([o.seconds for o in judged]):.1f}",
        }

    def to_dict(self) -> dict[str, Any]:
        """Each share as [hits, of], and the names of the cases that went wrong."""
        judged = (*self.wrong, *self.correct)
        return {
            "checker": self.checker,
            "rule": self.rule,
            **{key: list(value) for key, value in self.shares().items()},
            "evaluations": sum(o.evaluations for o in judged),
            "seconds": sum(o.seconds for o in judged),
            "missed": [o.case for o in self.wrong if o.verdict != "wrong"],
            "alarmed": [o.case for o in self.correct if o.verdict == "wrong"],
            "cause_wrong": [o.case for o in self.wrong if o.cause_right is False],
            "parameter_wrong": [o.case for o in self.wrong if o.parameter_right is False],
            "entry_wrong": [o.case for o in self.wrong if o.entry_right is False],
        }


@dataclass(frozen=True)
class Comparison:
    """The scores of all checkers that are installed, and the names of those that are not."""

    scores: tuple[Score, ...]
    not_installed: tuple[str, ...]

    def __str__(self) -> str:
        first, rows = self.scores[0], [score.row() for score in self.scores]
        cells = tuple(tuple(row.values()) for row in rows)
        table = Table(tuple(rows[0]), "l" + "r" * (len(rows[0]) - 1), cells)
        lines = [
            str(table),
            "",
            f"found: of {len(first.planted)} planted faults; 1e-4 and 1e-5: of {len(first.off_by_1e_4)} "
            "gradients each that are off by so much",
            f"alarms: of {len(first.correct_float64)} right gradients in float64; float32 and mixed: "
            "of as many in float32 and in mixed units",
            "undecided: of the right gradients of all three kinds",
            "cause, parameter and entry: named rightly, of the wrong gradients that have one",
            "calls and ms: calls of f and milliseconds, the mean over all cases",
            "",
            *(f"{score.checker}: {score.rule}" for score in self.scores),
        ]
        if self.not_installed:
            lines.append(f"not installed: {', '.join(self.not_installed)}")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "scores": [score.to_dict() for score in self.scores],
            "not_installed": list(self.not_installed),
        }


def share(answers: Iterable[bool | None]) -> Share:
    """How many answers are yes, of those that are not None."""
    asked = [answer for answer in answers if answer is not None]
    return Share(sum(asked), len(asked))
