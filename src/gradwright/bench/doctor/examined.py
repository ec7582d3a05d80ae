"""What came of the candidates that were examined, a line for each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gradwright.errors import RecordError
from gradwright.inputs import MOST_TABLE, parse_json, read_input
from gradwright.strict import made_of

RECORD = "examined.jsonl"


@dataclass(frozen=True)
class Examined:
    """What came of a candidate.

    ``verdict`` is "kept", or why it was not; ``sound`` and ``error`` are the mean errors of the twin and of
    the case itself; ``cures`` are the simple changes that close nine tenths of the gap.
    """

    name: str
    verdict: str
    sound: float = 0.0
    error: float = 0.0
    seeds: int = 0
    cures: tuple[str, ...] = ()


def read(folder: Path) -> list[Examined]:
    """What was examined so far.

    Raises ``RecordError`` that names the line that is something else.
    """
    file = folder / RECORD
    if not file.exists():
        return []
    what = "the record of a selection"
    lines = read_input(file, RecordError, what, MOST_TABLE).decode("utf-8", "replace").splitlines()
    places = (f"{file}: line {n}" for n in range(1, len(lines) + 1))
    return [
        made_of(Examined, parse_json(line, at, RecordError, what), at, what)
        for line, at in zip(lines, places, strict=True)
    ]
