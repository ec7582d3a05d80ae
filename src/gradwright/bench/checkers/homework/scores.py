"""How well gradwright says what is wrong with homework: counted apart in development and kept out of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from gradwright.bench.checkers.homework.families import FOLDERS, Folder, families
from gradwright.bench.checkers.homework.family import Family, Fault
from gradwright.bench.checkers.result import Share, share
from gradwright.check.faults.cause import Cause
from gradwright.check.present.report import GradientReport
from gradwright.check.verdict.report import Verdict
from gradwright.tables import Table

SAMPLE = 5  # a quick run judges every so many-th fault

# What is counted: its key in the record, and its column in the table.
TITLES = {
    "false_alarms": "alarms",
    "faults_found": "found",
    "location_right": "location",
    "cause_right": "cause",
    "cause_wrong": "wrong cause",
    "only_suspected": "suspicion",
}


@dataclass(frozen=True)
class Outcome:
    """What gradwright made of one text; ``fault`` None where it is right, ``cause`` by its name."""

    case: str
    fault: Fault | None
    verdict: Verdict
    cause: str | None
    suspicion: str | None
    location_right: bool

    @property
    def cause_right(self) -> bool:
        return self.fault is not None and self.cause in self.fault.accepts

    @property
    def cause_wrong(self) -> bool:
        return self.cause is not None and not self.cause_right


@dataclass(frozen=True)
class HomeworkScore:
    """The outcomes of all families in one folder."""

    folder: Folder
    outcomes: tuple[Outcome, ...]

    @property
    def right(self) -> list[Outcome]:
        """Those of right texts."""
        return [outcome for outcome in self.outcomes if outcome.fault is None]

    @property
    def faulty(self) -> list[Outcome]:
        """Those of texts with a fault, slips too."""
        return [outcome for outcome in self.outcomes if outcome.fault is not None]

    @property
    def structural(self) -> list[Outcome]:
        """Those of faults of which experiments could prove a cause."""
        return [outcome for outcome in self.faulty if outcome.fault and outcome.fault.structural]

    def shares(self) -> dict[str, Share]:
        """Alarms of right texts; found, placed and named wrongly of all faults; named of structural ones."""
        return {
            "false_alarms": share(o.verdict == "wrong" for o in self.right),
            "faults_found": share(o.verdict == "wrong" for o in self.faulty),
            "location_right": share(o.location_right for o in self.faulty),
            "cause_right": share(o.cause_right for o in self.structural),
            "cause_wrong": share(o.cause_wrong for o in self.faulty),
            "only_suspected": share(o.cause is None and o.suspicion is not None for o in self.structural),
        }

    def row(self) -> tuple[str, ...]:
        """The cells of the table."""
        counts = (len(self.right), len(self.faulty), len(self.structural))
        return (self.folder, *map(str, counts), *map(str, self.shares().values()))

    def to_dict(self) -> dict[str, Any]:
        """Each share as [hits, of], and the names of the cases that went wrong."""
        return {
            "folder": self.folder,
            **{key: list(value) for key, value in self.shares().items()},
            "alarmed": [o.case for o in self.right if o.verdict != "correct"],
            "missed": [o.case for o in self.faulty if o.verdict != "wrong"],
            "location_wrong": [o.case for o in self.faulty if not o.location_right],
            "cause_wrong_cases": [f"{o.case}: {o.cause}" for o in self.faulty if o.cause_wrong],
            "unnamed": [o.case for o in self.structural if o.cause is None],
        }


@dataclass(frozen=True)
class HomeworkScores:
    """Both folders; ``str`` is the table."""

    scores: tuple[HomeworkScore, ...]

    def __str__(self) -> str:
        titles = ("homework", "texts", "faults", "structural", *TITLES.values())
        lines = [
            str(Table(titles, "l" + "r" * (len(titles) - 1), tuple(score.row() for score in self.scores))),
            "",
            "kept: families that nobody looked at who worked on the naming of causes; practice: the others",
            "alarms: of right texts; found, location and wrong cause: of faults; cause and suspicion: of",
            "structural ones",
        ]
        return "\n".join(lines)

    def to_dict(self) -> list[dict[str, Any]]:
        """Plain data for JSON."""
        return [score.to_dict() for score in self.scores]


def score_homework(quick: bool = True, folders: Iterable[Folder] = FOLDERS) -> HomeworkScores:
    """Let gradwright judge every right text, and every fault, or where it is to be quick one in five."""
    every = SAMPLE if quick else 1
    return HomeworkScores(
        tuple(
            HomeworkScore(
                folder,
                tuple(o for name, family in families(folder) for o in outcomes(name, family, every)),
            )
            for folder in folders
        )
    )


def outcomes(name: str, family: Family, every: int = 1) -> Iterator[Outcome]:
    """What comes of a family's right text, and of its faults."""
    yield outcome(name, None, family.report())
    for fault in family.faults[::every]:
        yield outcome(f"{name}: {fault.name}", fault, family.report(fault))


def outcome(case: str, fault: Fault | None, report: GradientReport) -> Outcome:
    """What a report is worth beside what is known of the fault."""
    return Outcome(
        case=case,
        fault=fault,
        verdict=report.verdict,
        cause=None if report.cause is None else name_of(report.cause),
        suspicion=report.suspicion,
        location_right=fault is not None and places(report, fault),
    )


def name_of(cause: str) -> str:
    """The name of a cause in ``Cause``, or its words where it has none, as that of a wrong shape.

    >>> name_of("the sign is reversed")
    'SIGN'
    """
    return Cause(cause).name if cause in set(Cause) else cause


def places(report: GradientReport, fault: Fault) -> bool:
    """Whether the location names wrong arrays and no others; where all are wrong, none need be named."""
    arrays = {parameter.name for parameter in report.parameters}
    location = report.location or ""
    named = {array for array in arrays if re.search(rf"(?<![\w.]){re.escape(array)}(?![\w.])", location)}
    return report.verdict == "wrong" and named <= fault.wrong and bool(named or arrays == fault.wrong)
