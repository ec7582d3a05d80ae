"""What an experiment of a report is, and what comes of doing it again.

Each experiment is done twice: *as written*, with the report's mistakes, and *corrected*, over several seeds.
A ``Line`` holds one figure of the report beside what came out of both.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from gradwright.show.wording import accuracy_text, loss_text
from gradwright.studies.estimate import Estimate
from gradwright.tables import Table

NOTHING = "-"
DEVIATIONS = 2.0  # of the difference: what chance alone passes once in twenty times


@dataclass(frozen=True)
class Setting:
    """How much is done: ``quick`` takes two seeds and few epochs, to see that everything runs."""

    quick: bool = False
    data_dir: Path | None = None
    repeats: int = 5

    @property
    def seeds(self) -> tuple[int, ...]:
        return tuple(range(2 if self.quick else self.repeats))

    def at_most(self, full: int, quick: int) -> int:
        """A count of epochs, rows or trials: ``full``, or no more than ``quick`` of them."""
        return min(full, quick) if self.quick else full


@dataclass(frozen=True)
class Line:
    """One quantity: what a report said, what its code as written gives, and what corrected code gives.

    ``rows`` is the number of samples behind a reported share, ``slack`` what a reported number may be off by
    for reasons other than chance, such as its rounding. ``share`` tells a percentage from a plain number.

    >>> Line("accuracy", 0.50, Estimate(0.51, 0.01), rows=10_000).agrees
    True
    """

    quantity: str
    reported: float | None = None
    as_written: Estimate | None = None
    corrected: Estimate | None = None
    rows: int | None = None
    slack: float = 0.0
    share: bool = True

    @property
    def agrees(self) -> bool | None:
        """Whether code as written gives what was reported, within noise; None where one is missing.

        The noise is that of one run of theirs beside the mean of ours: twice the variance over seeds, and
        the binomial variance p (1 - p) / rows of a share.
        """
        if self.reported is None or self.as_written is None:
            return None
        variance = 2 * (self.as_written.sd or 0.0) ** 2
        if self.rows is not None:
            variance += self.reported * (1 - self.reported) / self.rows
        gap = abs(self.reported - self.as_written.mean)
        return gap <= DEVIATIONS * math.sqrt(variance) + self.slack

    @property
    def cells(self) -> tuple[str, ...]:
        """The line in a table."""
        say = accuracy_text if self.share else loss_text
        values = (self.reported, self.as_written, self.corrected)
        answer = {None: NOTHING, True: "yes", False: "no"}[self.agrees]
        return (self.quantity, *(NOTHING if v is None else say(v) for v in values), answer)


TITLES = ("quantity", "reported", "as written", "corrected", "within noise")


@dataclass(frozen=True, eq=False)
class Finding:
    """What came of an experiment: its lines, why they are as they are, further tables, and curves.

    ``curves`` are sequences by label, drawn against the epoch (or ``axis``) with the unit ``unit``.
    """

    lines: tuple[Line, ...]
    why: tuple[str, ...]
    tables: Mapping[str, Table] = field(default_factory=dict)
    curves: Mapping[str, Sequence[tuple[float, float]]] = field(default_factory=dict)
    axis: str = "epoch"
    unit: str = "validation accuracy"
    log: Literal["", "y", "xy"] = ""  # which axes are logarithmic
    configs: Mapping[str, str] = field(default_factory=dict)  # as TOML, by name
    data: Mapping[str, str] = field(default_factory=dict)  # checksums by name

    @property
    def table(self) -> Table:
        """The lines as a table."""
        return Table(TITLES, "lrrrl", tuple(line.cells for line in self.lines))

    @property
    def verdict(self) -> str:
        """Whether code as written gives what was reported, in one sentence."""
        judged = [line.agrees for line in self.lines if line.agrees is not None]
        if not judged:
            return "The report gives no figure that could be compared."
        if len(judged) == 1:
            return f"As written, its figure {'comes' if all(judged) else 'does not come'} out within noise."
        if all(judged):
            return f"As written, all {len(judged)} figures come out again within noise."
        return f"As written, {sum(judged)} of {len(judged)} figures come out again within noise."


@dataclass(frozen=True)
class Experiment:
    """One experiment of one report: its name (``S1-softmax``), what it asks, and how it is done."""

    name: str
    title: str
    reported: str
    run: Callable[[Setting], Finding]
    needs: tuple[str, ...] = ()  # data sets that cannot be generated
    seconds: float = 1.0  # on two cores, to tell how much time is left

    @property
    def report(self) -> str:
        return self.name.split("-")[0]


@dataclass(frozen=True, eq=False)
class Reproduction:
    """An experiment that was done, or the reason why it was not."""

    experiment: Experiment
    finding: Finding | None
    skipped: str | None
    seconds: float
    quick: bool = False

    @property
    def verdict(self) -> str:
        """What came of it in one sentence; a quick run is too short to be judged."""
        if self.finding is None:
            return f"Skipped: {self.skipped}"
        return "A quick run, too short to be judged." if self.quick else self.finding.verdict

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        about = {
            "name": self.experiment.name,
            "title": self.experiment.title,
            "reported": self.experiment.reported,
            "seconds": self.seconds,
            "skipped": self.skipped,
        }
        if self.finding is None:
            return about
        lines = [_line(line) for line in self.finding.lines]
        return about | {
            "verdict": self.verdict,
            "why": list(self.finding.why),
            "lines": lines,
            "configs": dict(self.finding.configs),
            "data": dict(self.finding.data),
        }


def _line(line: Line) -> dict[str, Any]:
    return {
        "quantity": line.quantity,
        "reported": line.reported,
        "as_written": line.as_written and line.as_written.to_dict(),
        "corrected": line.corrected and line.corrected.to_dict(),
        "agrees": line.agrees,
    }
