"""The cases that were kept, as the package has them: names, errors of twin and case, and what cures them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from gradwright.bench.doctor.case import Case, in_order
from gradwright.bench.doctor.changes import SIMPLE
from gradwright.bench.doctor.examined import Examined
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
        """What it may be called: what was done, or what a simple change that closes nine tenths mends."""
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
    found = []
    for case in in_order():
        errors = kept.get(case.group, {}).get(case.title, {}).get(case.base.name)
        if errors is not None:
            error, sound, *cures = errors if len(errors) > 1 else errors * 2
            found.append(Selected(case, sound, error, tuple(SIMPLE[k].name for k in cures)))
    return tuple(found)


def selected(half: Half, sick: bool) -> list[Selected]:
    """The sick or the healthy cases of a half."""
    return [each for each in everything() if each.case.half == half and (each.case.fault is not None) is sick]


def dropped() -> dict[str, int]:
    """How many candidates were examined and not kept, by the reason."""
    found: dict[str, int] = json.loads(FILE.read_text(encoding="utf-8"))["dropped"]
    return found


def write(examined: Sequence[Examined], file: Path = FILE) -> None:
    """Put what was kept into the package: by kind or family, title and base, a line for each title."""
    places = {change.name: k for k, change in enumerate(SIMPLE)}
    verdicts = {each.name: each for each in examined}
    kept: dict[str, dict[str, dict[str, list[float]]]] = {}
    for case in sorted(in_order(), key=lambda each: each.name):
        found = verdicts.get(case.name)
        if found is not None and found.verdict == "kept":
            sound = [found.sound] if case.fault is not None else []
            errors = [found.error, *sound, *(places[name] for name in found.cures)]
            kept.setdefault(case.group, {}).setdefault(case.title, {})[case.base.name] = errors
    reasons = Counter(each.verdict.split(":")[0] for each in examined if each.verdict != "kept")
    groups = (
        f"{json.dumps(group)}: {{\n" + ",\n".join(_line(*each) for each in titles.items()) + "\n}"
        for group, titles in kept.items()
    )
    text = f'{{\n"dropped": {json.dumps(dict(reasons.most_common()))},\n"kept": {{\n'
    write_atomically(file, text + ",\n".join(groups) + "\n}\n}\n")


def _line(title: str, errors: Mapping[str, list[float]]) -> str:
    return f" {json.dumps(title)}: {json.dumps(errors, separators=(',', ':'))}"
