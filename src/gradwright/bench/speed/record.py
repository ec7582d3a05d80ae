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
    status: Literal["complete", "interrupted"] = "complete"

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
        try:
            plain = json.loads(file.read_bytes())
            return cls(
                plain["environment"],
                tuple(Workload(**w | {"widths": tuple(w["widths"])}) for w in plain["workloads"]),
                tuple(Limits(**limits) for limits in plain["limits"]),
                tuple(_measurement(m) for m in plain["measurements"]),
                plain["status"],
            )
        except OSError as error:
            raise RecordError(f"{file}: cannot be read: {error.strerror}") from None
        except (ValueError, KeyError, TypeError) as error:
            raise RecordError(f"{file}: expected the record of a benchmark, found: {error!r}") from None


def _measurement(plain: dict[str, Any]) -> Measurement:
    values = {name: value for name, value in plain.items() if name != "median"}
    return Measurement(**values | {"microseconds": tuple(values["microseconds"])})
