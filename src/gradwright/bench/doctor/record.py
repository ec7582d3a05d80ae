"""What the comparison of doctors found, a line for each answer: tables are functions of it alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gradwright.bench.doctor.tools import TOOLS
from gradwright.errors import RecordError
from gradwright.inputs import MOST_TABLE, parse_json, read_input
from gradwright.strict import made_of
from gradwright.writing import add_entry

RECORD = "doctor.jsonl"
WHAT = "the record of a comparison of doctors"


@dataclass(frozen=True)
class Judged:
    """One tool on one case, or why it failed.

    ``causes`` are in its order, with ``/`` between words that are said as one; ``cured`` is the mean test
    error of what it healed, over fresh seeds, None where it healed nothing; ``cpu`` counts all threads.
    """

    case: str
    tool: str
    failed: str = ""
    healthy: bool = True
    causes: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    cured: float | None = None
    seconds: float = 0.0
    cpu: float = 0.0


def read(folder: Path) -> list[Judged]:
    """The answers of a folder; none where it has no record yet.

    Raises ``RecordError`` that names the file and the line, where it is something else.
    """
    file = folder / RECORD
    if not file.exists():
        return []
    lines = read_input(file, RecordError, WHAT, MOST_TABLE).decode("utf-8", "replace").splitlines()
    return [_judged(line, f"{file}: line {n}") for n, line in enumerate(lines, 1)]


def keep(judged: Judged, folder: Path) -> None:
    """Write one more line."""
    add_entry(folder / RECORD, judged)


def _judged(line: str, where: str) -> Judged:
    judged = made_of(Judged, parse_json(line, where, RecordError, WHAT), where, WHAT)
    if judged.tool not in TOOLS:
        raise RecordError(f"{where}: tool: expected one of {', '.join(TOOLS)}, found {judged.tool!r}")
    return judged
