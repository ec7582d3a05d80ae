"""A record without its bulk: its config and its curves stay in the run's file until somebody asks for them.

A comparison of many runs looks at the metrics of all and at the curves of a few. So the index holds what is
asked of all, and millions of records fit into memory.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from gradwright.errors import RecordError
from gradwright.inputs import parse_table
from gradwright.training.files import read_bytes
from gradwright.training.record import VERSION, RunRecord

BULK = ("config", "history")


@dataclass(frozen=True, eq=False)
class OnDisk(Mapping[str, Any]):
    """One table of a record, read from the run's file when it is first asked for.

    Asking raises ``RecordError`` where the file is gone or damaged.
    """

    folder: Path
    run: str
    table: str

    @cached_property
    def _read(self) -> Mapping[str, Any]:
        file = self.folder / f"{self.run}.json"
        record = RunRecord.from_json(read_bytes(file), str(file))
        found: Mapping[str, Any] = getattr(record, self.table)
        return found

    def __getitem__(self, key: str) -> Any:
        return self._read[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read)

    def __len__(self) -> int:
        return len(self._read)


def without_bulk(record: RunRecord, folder: Path) -> RunRecord:
    """The same record, with what lies in its file in ``folder`` left there."""
    return replace(record, **_bulk(folder, record.id))


def _bulk(folder: Path, run: str) -> dict[str, Any]:
    return {table: OnDisk(folder, run, table) for table in BULK}


def to_summary(record: RunRecord) -> str:
    """What the index holds of a record, as JSON."""
    return json.dumps({name: value for name, value in vars(record).items() if name not in BULK})


def from_summary(run: str, text: str, folder: Path) -> RunRecord:
    """The record of a line of the index, whose file is in ``folder``.

    Raises ``RecordError`` for a line that is no summary.
    """
    where = f"{run}: its summary in the index"
    plain = parse_table(text, where, RecordError, "a table")
    nothing: dict[str, Any] = {table: {} for table in BULK}
    return without_bulk(RunRecord.from_dict({"version": VERSION, **plain, **nothing}, where), folder)
