"""What a comparison on tables found, one line for each fit: tables and figure are functions of it alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gradwright.bench.tables.learners import LEARNERS
from gradwright.bench.tables.sets import SETS
from gradwright.errors import RecordError
from gradwright.inputs import MOST_TABLE, parse_json, read_input
from gradwright.strict import made_of
from gradwright.writing import add_entry

RECORD = "tables.jsonl"
WHAT = "the record of a comparison on tables"


@dataclass(frozen=True)
class Fit:
    """One learner on one division of a set, or why it failed: seconds, bytes, rows as ``child`` says them."""

    table: str
    learner: str
    division: int
    failed: str = ""
    error: float = 0.0
    fit: float = 0.0
    wall: float = 0.0
    predict: float = 0.0
    rows: int = 0
    test_rows: int = 0
    memory: int = 0


@dataclass(frozen=True)
class TablesRecord:
    """All fits, in the order in which they were made."""

    fits: tuple[Fit, ...] = ()

    def of(self, table: str, learner: str) -> list[Fit]:
        """The fits of a learner to a set that did not fail."""
        return [f for f in self.fits if (f.table, f.learner) == (table, learner) and not f.failed]

    @property
    def learners(self) -> list[str]:
        """Whoever fitted something, in the order of ``LEARNERS``."""
        found = {fit.learner for fit in self.fits if not fit.failed}
        return [name for name in LEARNERS if name in found]

    @classmethod
    def read(cls, folder: Path) -> TablesRecord:
        """The fits of a folder; none where it has no record yet.

        Raises ``RecordError`` that names the file, where it is something else.
        """
        file = folder / RECORD
        if not file.exists():
            return cls()
        lines = read_input(file, RecordError, WHAT, MOST_TABLE).decode("utf-8", "replace").splitlines()
        return cls(tuple(_fit(line, f"{file}: line {n}") for n, line in enumerate(lines, 1)))


def keep(fit: Fit, folder: Path) -> None:
    """Write one more line."""
    add_entry(folder / RECORD, fit)


def names_of(task: str) -> list[str]:
    """The sets of a task."""
    return [name for name, each in SETS.items() if each.task == task]


def _fit(line: str, where: str) -> Fit:
    fit = made_of(Fit, parse_json(line, where, RecordError, WHAT), where, WHAT)
    for name, known in (("table", SETS), ("learner", LEARNERS)):
        if getattr(fit, name) not in known:
            raise RecordError(
                f"{where}: {name}: expected one of {', '.join(known)}, found {getattr(fit, name)!r}"
            )
    return fit
