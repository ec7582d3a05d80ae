"""Every look at a growing study is on record, because each is a chance for luck to pass as a winner.

Whoever compares after every few runs and stops as soon as something wins will find a winner sooner or later,
also among equals. So the 5 % are shared out beforehand over all looks that a study will ever get:

=======================================================  ========================
the first look at a study with all its planned runs      8/10
the j-th look before that, at one that is not complete   1/10 * 1 / (j (j + 1))
the j-th look after that, at one that was extended       1/10 * 1 / (j (j + 1))
=======================================================  ========================

The sum over all j of 1 / (j (j + 1)) is 1: however often one looks, a false winner is no likelier than
promised. An early winner has to be a clear one, and the planned look costs next to nothing. (Error spending:
Lan and DeMets, Biometrika 70, 1983; by Bonferroni's inequality the shares need no joint distribution.)
Looking again at the same runs is the same look; each metric has looks of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from gradwright.locks import writing_file
from gradwright.studies.estimate import CONFIDENCE
from gradwright.studies.store import LOOKS, Study
from gradwright.training.files import entries
from gradwright.training.opening import now
from gradwright.training.record import RunRecord
from gradwright.writing import add_entry

PATIENCE = 10.0  # seconds for the look of another process to be written
PLANNED, OTHERS = 0.8, 0.1  # of the error: the planned look, and all early and all late ones
Kind: TypeAlias = Literal["early", "planned", "late"]


@dataclass(frozen=True)
class Look:
    """One line of the record: when, by which metric, and a checksum of the runs that were there."""

    time: str
    metric: str
    runs: int
    complete: bool  # whether these were all that were planned
    records: str


@dataclass(frozen=True)
class Share:
    """What a look may spend. ``number`` counts looks of its kind, ``looks`` all by this metric up to it."""

    kind: Kind
    number: int
    looks: int

    @property
    def error(self) -> float:
        """The chance of a false winner that this look is allowed."""
        part = PLANNED if self.kind == "planned" else OTHERS / (self.number * (self.number + 1))
        return part * (1 - CONFIDENCE)


def look(study: Study, records: Sequence[RunRecord], metric: str) -> Share:
    """Put a look at these records on record, unless these were looked at before; returns its share.

    Raises ``RecordError`` where the record of looks cannot be read or written.
    """
    checksum = hashlib.sha256("\n".join(sorted(r.id for r in records)).encode()).hexdigest()[:20]
    with writing_file(study.path / LOOKS, PATIENCE):  # of two who look at once, the second sees the first
        before = [each for each in looks(study) if each.metric == metric]
        known = next((i for i, each in enumerate(before) if each.records == checksum), None)
        if known is not None:
            return shares(before)[known]
        present = Look(now(), metric, len(records), study.is_complete(), checksum)
        add_entry(study.path / LOOKS, present)
        return shares([*before, present])[-1]


def shares(every: Sequence[Look]) -> list[Share]:
    """The share of each look, in the order in which they were taken.

    >>> at = lambda complete: Look("", "validation.loss", 0, complete, "")
    >>> [(s.kind, s.number) for s in shares([at(False), at(False), at(True), at(False), at(True)])]
    [('early', 1), ('early', 2), ('planned', 1), ('late', 1), ('late', 2)]
    """
    planned = next((i for i, each in enumerate(every) if each.complete), len(every))
    found = []
    for i in range(len(every)):
        if i < planned:
            found.append(Share("early", i + 1, i + 1))
        else:
            found.append(Share("late", i - planned, i + 1) if i > planned else Share("planned", 1, i + 1))
    return found


def looks(study: Study) -> list[Look]:
    """Every look at the study, the first one first.

    Raises ``RecordError`` that names the line which cannot be read.
    """
    return entries(study.path / LOOKS, Look, "a look at the study")
