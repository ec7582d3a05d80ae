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
from gradwright.lab.record import RunRecord
from gradwright.training.files import read_bytes

BULK = ("config", "history")


@dataclass(frozen=True, eq=False)
class OnDisk(Mapping[str, Any]):
    """One table of a record, read from the run's file when it is first asked for.

    Asking raises ``RecordError`` where the file is gone or damaged.
    """

    file: Path
    table: str

    @cached_property
    def _read(self) -> Mapping[str, Any]:
        record = RunRecord.from_json(read_bytes(self.file), str(self.file))
        found: Mapping[str, Any] = getattr(record, self.table)
        return found

    def __getitem__(self, key: str) -> Any:
        return self._read[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read)

    def __len__(self) -> int:
        return len(self._read)


def without_bulk(record: RunRecord, file: Path) -> RunRecord:
    """The same record, with what lies in its ``file`` left there."""
    return replace(record, config=OnDisk(file, "config"), history=OnDisk(file, "history"))


def to_summary(record: RunRecord) -> str:
    """What the index holds of a record, as JSON."""
    return json.dumps({name: value for name, value in vars(record).items() if name not in BULK})


def from_summary(text: str, file: Path) -> RunRecord:
    """The record of a line of the index, whose run has this ``file``.

    Raises ``RecordError`` for a line that is no summary.
    """
    try:
        return RunRecord(**json.loads(text), config=OnDisk(file, "config"), history=OnDisk(file, "history"))
    except (ValueError, TypeError) as error:
        raise RecordError(f"{file}: its summary in the index could not be read: {error}") from None
