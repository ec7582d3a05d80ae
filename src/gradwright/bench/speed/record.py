"""What a benchmark found, as plain values: tables, figures and pages are functions of it alone."""

from __future__ import annotations

import json
import statistics
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from gradwright.bench.speed.cost import Limits
from gradwright.bench.speed.workloads import Workload
from gradwright.errors import RecordError
from gradwright.inputs import MOST_TABLE, parse_json, parsing, read_input
from gradwright.strict import made_of, of_type

Ending = Literal["complete", "interrupted"]
Status = Literal["measured", "disagrees", "skipped", "failed"]


@dataclass(frozen=True)
class Measurement:
    """One peer on one workload: microseconds per step of one model, one number for each repeat.

    ``error`` is its distance from the float64 reference after ten steps, relative to how far those went.
    ``peak_mb`` is the largest resident memory of its processes together in 10^6 bytes: interpreter,
    libraries and data included.
    """

    workload: str
    peer: str
    threads: int
    status: Status
    reason: str = ""
    microseconds: tuple[float, ...] = ()
    error: float | None = None
    peak_mb: float | None = None
    processes: int = 1

    @property
    def median(self) -> float:
        """The median over the repeats."""
        return statistics.median(self.microseconds)


@dataclass(frozen=True)
class Record:
    """One run of the benchmark. ``status`` "interrupted": it was ended before its last measurement."""

    environment: dict[str, Any]
    workloads: tuple[Workload, ...]
    limits: tuple[Limits, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    status: Ending = "complete"

    def find(self, workload: str, peer: str, threads: int) -> Measurement | None:
        """The measurement of a peer; None where there is none."""
        key = (workload, peer, threads)
        return next((m for m in self.measurements if (m.workload, m.peer, m.threads) == key), None)

    def time(self, workload: str, peer: str, threads: int) -> float | None:
        """The median microseconds per step; None where the peer was not measured."""
        found = self.find(workload, peer, threads)
        return None if found is None or found.status != "measured" else found.median

    @property
    def threads(self) -> list[int]:
        """The numbers of threads that something was measured with."""
        return sorted({m.threads for m in self.measurements})

    @property
    def peers(self) -> list[str]:
        """The names of the peers, in the order in which they were measured."""
        return list(dict.fromkeys(m.peer for m in self.measurements))

    def to_dict(self) -> dict[str, Any]:
        """The record as JSON holds it, with the medians spelt out."""
        plain = asdict(self)
        for entry, found in zip(plain["measurements"], self.measurements, strict=True):
            entry["median"] = found.median if found.microseconds else None
        return plain

    def to_json(self) -> str:
        """The record as text."""
        return json.dumps(self.to_dict(), indent=2) + "\n"

    @classmethod
    def read(cls, file: Path) -> Record:
        """The record that ``to_json`` wrote.

        Raises ``RecordError`` that names the file, where it is missing, cut off or something else.
        """
        what = "the record of a benchmark"
        plain = parse_json(read_input(file, RecordError, what, MOST_TABLE), file, RecordError, what)
        with parsing(file, what, RecordError):
            return cls(
                dict(plain["environment"]),
                tuple(made_of(Workload, w, str(file), what) for w in plain["workloads"]),
                tuple(made_of(Limits, limits, str(file), what) for limits in plain["limits"]),
                tuple(_measurement(m, str(file), what) for m in plain["measurements"]),
                of_type(Ending, plain["status"]),
            )


def _measurement(plain: dict[str, Any], where: str, what: str) -> Measurement:
    values = {name: value for name, value in plain.items() if name != "median"}
    return made_of(Measurement, values, where, what)
