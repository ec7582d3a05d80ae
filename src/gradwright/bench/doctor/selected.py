"""The cases that were kept, as the package has them: names, errors of twin and case, and what cures them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from gradwright.bench.doctor.case import Case, candidates
from gradwright.bench.doctor.changes import SIMPLE
from gradwright.bench.doctor.select import Examined
from gradwright.bench.doctor.sets import Half
from gradwright.diagnosis.kinds import Kind
from gradwright.writing import write_atomically

FILE = Path(__file__).with_name("selected.json")


@dataclass(frozen=True)
class Selected:
    """A case with the mean test errors of its twin and of itself, and the simple changes that cure it."""

    case: Case
    sound: float
    error: float
    cures: tuple[str, ...] = ()

    @property
    def accepted(self) -> frozenset[Kind]:
        """What it may be called: by what was done, or by a simple change that closes nine tenths of the gap."""
        assert self.case.fault is not None, self.case.name
        return self.case.fault.accepted | {kind for s in SIMPLE if s.name in self.cures for kind in s.kinds}

    @property
    def is_curable(self) -> bool:
        """Whether its configuration can be mended."""
        return bool(self.cures) or (self.case.fault is not None and self.case.fault.curable)


@cache
def everything() -> tuple[Selected, ...]:
    """All cases of both halves, in the order in which they were examined."""
    kept = json.loads(FILE.read_text(encoding="utf-8"))["kept"]
    cases = {case.name: case for case in candidates()}
    return tuple(
        Selected(cases[name], sound, error, tuple(SIMPLE[k].name for k in cures))
        for name, (sound, error, *cures) in kept.items()
        if name in cases
    )


def selected(half: Half, sick: bool) -> list[Selected]:
    """The sick or the healthy cases of a half."""
    return [each for each in everything() if each.case.half == half and (each.case.fault is not None) is sick]


def dropped() -> dict[str, int]:
    """How many candidates were examined and not kept, by the reason."""
    found: dict[str, int] = json.loads(FILE.read_text(encoding="utf-8"))["dropped"]
    return found


def write(examined: Sequence[Examined], file: Path = FILE) -> None:
    """Put what was kept into the package, a line for each case."""
    places = {change.name: k for k, change in enumerate(SIMPLE)}
    lines = [
        f"  {json.dumps(e.name)}: {json.dumps([e.sound, e.error, *(places[name] for name in e.cures)])}"
        for e in examined
        if e.verdict == "kept"
    ]
    reasons = Counter(e.verdict.split(":")[0] for e in examined if e.verdict != "kept")
    text = (
        f'{{\n"dropped": {json.dumps(dict(reasons.most_common()))},\n"kept": {{\n'
        + ",\n".join(lines)
        + "\n}\n}\n"
    )
    write_atomically(file, text)
