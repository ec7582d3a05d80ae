"""A study on disk: a file for each run, and an index over them that can always be made again.

===================  ======================================================================
``study.toml``       the base config, the space, the search and the repeats
``runs/ID.json``     one record for each run, put there in one step: the source of truth
``index.sqlite``     the same records for quick reading, and who is at work on which run
``drivers/``         a lock for each process that drives this study
``openings.jsonl``   each time that the test set was opened
===================  ======================================================================
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gradwright.errors import RecordError
from gradwright.lab.record import RunRecord
from gradwright.training.files import make_folder, read_bytes, write_atomically

STUDY, RUNS, INDEX, OPENINGS = "study.toml", "runs", "index.sqlite", "openings.jsonl"
DAMAGED = ".damaged"  # how the name of a record ends that could not be read, and was moved aside
INDEX_VERSION = 1
PATIENCE = 60.0  # seconds to wait for another process that writes to the index
TABLES = """
CREATE TABLE IF NOT EXISTS records (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS claims (id TEXT PRIMARY KEY, driver TEXT NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True, eq=False)
class Study:
    """The folder of a study. Records go in by ``add`` and come out by ``records``.

    ``damaged`` gathers the messages about records that could not be read. Such a file is moved aside, to
    ``runs/ID.json.damaged``, so that its run is made again and nothing is thrown away.
    """

    path: Path
    damaged: list[str] = field(default_factory=list)

    @classmethod
    def open(cls, folder: Path | str) -> Study:
        """The study in a folder.

        Raises ``RecordError`` where there is none.
        """
        path = Path(folder)
        if not (path / STUDY).is_file():
            raise RecordError(f"{path}: expected the folder of a study, found no {STUDY} in it")
        make_folder(path / RUNS)
        return cls(path)

    def records(self) -> list[RunRecord]:
        """Every run on record, in the order of their ids; what the index lacks is read from the run files.

        Raises ``RecordError`` for a record of another version or with other keys.
        """
        with self.index() as index:
            self._catch_up(index)
            rows = index.execute("SELECT id, body FROM records ORDER BY id").fetchall()
        return [RunRecord.from_json(body, str(self._file(run))) for run, body in rows]

    def has(self, run: str) -> bool:
        """Whether there is a record of this id."""
        return self._file(run).exists()

    def ids(self) -> set[str]:
        """The ids of the runs on record, by the names of their files alone."""
        return {file.stem for file in (self.path / RUNS).glob("*.json")}

    def read(self, runs: Iterable[str]) -> dict[str, RunRecord]:
        """The records of these ids, as far as they are there and whole."""
        found = {run: self._read(run) for run in runs if self.has(run)}
        return {run: record for run, record in found.items() if record is not None}

    def add(self, record: RunRecord) -> None:
        """Put a record on disk, then into the index, and drop the claim on it.

        Raises ``RecordError`` that names the file where the disk is full or writing is not allowed.
        """
        body = record.to_json()
        write_atomically(self._file(record.id), body)
        with self.index() as index:
            index.execute("INSERT OR REPLACE INTO records VALUES (?, ?)", (record.id, body))
            index.execute("DELETE FROM claims WHERE id = ?", (record.id,))

    def rebuild_index(self) -> int:
        """Make the index again from the run files; returns the number of records."""
        with self.index() as index:
            index.execute("DELETE FROM records")
            self._catch_up(index)
            (count,) = index.execute("SELECT COUNT(*) FROM records").fetchone()
        return int(count)

    @contextlib.contextmanager
    def index(self) -> Iterator[sqlite3.Connection]:
        """The index inside one transaction, which other processes see as a whole or not at all.

        Raises ``RecordError`` for an index that is damaged or of another version, and for a full disk.
        """
        file = self.path / INDEX
        try:
            with contextlib.closing(sqlite3.connect(file, timeout=PATIENCE, isolation_level=None)) as index:
                _prepare(index, file)
                index.execute("BEGIN IMMEDIATE")
                yield index
                index.execute("COMMIT")
        except sqlite3.Error as error:
            raise RecordError(
                f"{file}: could not be used: {error}; the index holds nothing of its own, and is made "
                "again from the run files where it is deleted"
            ) from None

    def _catch_up(self, index: sqlite3.Connection) -> None:
        """Make the index list what lies in ``runs``, no less after a kill and no more after a removal."""
        listed = {run for (run,) in index.execute("SELECT id FROM records")}
        there = self.ids()
        gone = [(run,) for run in listed - there]
        index.executemany("DELETE FROM records WHERE id = ?", gone)
        for run in sorted(there - listed):
            record = self._read(run)
            if record is not None:
                index.execute("INSERT INTO records VALUES (?, ?)", (run, record.to_json()))

    def _read(self, run: str) -> RunRecord | None:
        """A record from its file; one that is not whole is moved aside and reported."""
        file = self._file(run)
        try:
            plain = json.loads(read_bytes(file))
        except ValueError as error:  # an empty file, one cut in half, or bytes that are no text
            aside = file.with_name(file.name + DAMAGED)
            file.replace(aside)
            self.damaged.append(
                f"{file}: expected the record of a run in JSON, found: {error}; "
                f"it was moved aside to {aside.name}, and its run is made again"
            )
            return None
        return RunRecord.from_dict(plain, str(file))

    def _file(self, run: str) -> Path:
        return self.path / RUNS / f"{run}.json"


def _prepare(index: sqlite3.Connection, file: Path) -> None:
    """Tables in a new index; a ``RecordError`` for one of another version."""
    index.execute("PRAGMA synchronous = OFF")  # the run files are flushed, and the index follows from them
    (version,) = index.execute("PRAGMA user_version").fetchone()
    if version == INDEX_VERSION:
        return
    if version != 0:
        raise RecordError(f"{file}: expected an index of version {INDEX_VERSION}, found version {version}")
    index.execute("PRAGMA journal_mode = WAL")
    index.executescript(TABLES)
    index.execute(f"PRAGMA user_version = {INDEX_VERSION}")
