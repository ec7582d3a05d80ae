"""A study on disk: a file for each run, and an index over them that can always be made again.

===================  ======================================================================
``study.toml``       the base config, the space, the search and the repeats
``runs/ID.json``     one record for each run, put there in one step: the source of truth
``index.sqlite``     what is asked of all of them, for quick reading, and who is at work on which run
``drivers/``         a lock for each process that drives this study
``complete.json``    which plan was carried out to its end, and how many runs it came to
``looks.jsonl``      each comparison of runs that had not been compared before
``openings.jsonl``   each time that the test set was opened
===================  ======================================================================
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gradwright.dataframes import to_frame
from gradwright.errors import ConfigError, RecordError
from gradwright.inputs import parse_json
from gradwright.studies.columns import as_columns
from gradwright.studies.index import asking, connect, transaction
from gradwright.studies.plan import Plan, read_plan
from gradwright.studies.shown import as_html, in_lines
from gradwright.studies.summary import from_summary, to_summary
from gradwright.training.files import read_bytes, read_table
from gradwright.training.record import RunRecord
from gradwright.writing import make_inner_folder, move, write_atomically

STUDY, RUNS, INDEX, COMPLETE = "study.toml", "runs", "index.sqlite", "complete.json"
LOOKS = "looks.jsonl"
DAMAGED = ".damaged"  # how the name of a record ends that could not be read, and was moved aside


@dataclass(frozen=True, eq=False)
class Study:
    """The folder of a study. Records go in by ``add`` and come out by ``records``.

    ``damaged`` gathers the messages about records that could not be read. Such a file is moved aside, to
    ``runs/ID.json.damaged``, so that its run is made again and nothing is thrown away.
    """

    path: Path
    damaged: list[str] = field(default_factory=list)
    kept: dict[int, sqlite3.Connection] = field(default_factory=dict)  # see keep_open

    def __post_init__(self) -> None:
        if not isinstance(self.path, Path):
            raise ConfigError(f"Study: a folder is opened by Study.open({str(self.path)!r})")

    @classmethod
    def open(cls, folder: Path | str) -> Study:
        """The study in a folder.

        Raises ``RecordError`` where there is none.
        """
        path = Path(folder)
        if not (path / STUDY).is_file():
            raise RecordError(f"{path}: expected the folder of a study, found no {STUDY} in it")
        make_inner_folder(path / RUNS)
        return cls(path)

    def records(self) -> list[RunRecord]:
        """Every run on record, in the order of their ids; what the index lacks is read from the run files.

        Their configs and curves are read from these when they are asked for.

        Raises ``RecordError`` for a record of another version or with other keys.
        """
        with self.index() as index:
            self._catch_up(index)
            rows = index.execute("SELECT id, body FROM records ORDER BY id").fetchall()
        return [from_summary(run, body, self.path / RUNS) for run, body in rows]

    def to_frame(self, library: str | None = None) -> Any:
        """The runs on record as a frame, a row for each: settings of the space, seed, status, metrics, time.

        ``library`` is ``pandas`` or ``polars``; by default pandas where it is installed, else Polars. A
        setting that is no number is text, one that is not set is missing.

        Raises ``ConfigError`` where the library is not installed.
        """
        return to_frame(as_columns(self.records()), library)

    def plan(self) -> Plan:
        """The plan that is carried out here.

        Raises ``ConfigError`` where it was damaged.
        """
        return read_plan(self.path / STUDY, links=False)

    def __str__(self) -> str:
        return in_lines(self.path, self.plan(), self.records())

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return as_html(self.path, self.plan(), self.records())

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        """What IPython shows on a terminal."""
        printer.text(str(self))

    def has(self, run: str) -> bool:
        """Whether there is a record of this id."""
        return self.file(run).exists()

    def ids(self) -> set[str]:
        """The ids of the runs on record, by the names of their files alone."""
        with os.scandir(self.path / RUNS) as files:  # millions of path objects would take their time
            return {file.name.removesuffix(".json") for file in files if file.name.endswith(".json")}

    def read(self, runs: Iterable[str]) -> dict[str, RunRecord]:
        """The records of these ids, as far as they are there and whole."""
        found = {run: self._read(run) for run in runs if self.has(run)}
        return {run: record for run, record in found.items() if record is not None}

    def add(self, record: RunRecord) -> None:
        """Put a record on disk, then into the index, and drop the claim on it.

        Raises ``RecordError`` that names the file where the disk is full or writing is not allowed.
        """
        self.write(record)
        self.enlist([record])

    def write(self, record: RunRecord) -> None:
        """Put a record on disk, from any thread. From here on no kill can take it away.

        Raises ``RecordError`` that names the file where the disk is full or writing is not allowed.
        """
        write_atomically(self.file(record.id), record.to_json())

    def enlist(self, records: Iterable[RunRecord]) -> None:
        """Put records that are on disk into the index, and drop the claims on them.

        Raises ``RecordError`` as ``index`` does.
        """
        with self.index() as index:
            for record in records:
                index.execute("INSERT OR REPLACE INTO records VALUES (?, ?)", (record.id, to_summary(record)))
                index.execute("DELETE FROM claims WHERE id = ?", (record.id,))

    def mark_complete(self, runs: int) -> None:
        """Note that the plan, as it stands in ``study.toml``, came to ``runs`` runs, all on record."""
        said = json.dumps({"plan": self._plan(), "runs": runs}) + "\n"
        file = self.path / COMPLETE
        if not file.exists() or read_bytes(file) != said.encode():
            write_atomically(file, said)

    def is_complete(self) -> bool:
        """Whether every run of the plan, as it stands now, is on record."""
        file = self.path / COMPLETE
        if not file.exists():
            return False
        try:
            said = read_table(file)
            return bool(said["plan"] == self._plan() and said["runs"] <= len(self.ids()))
        except (RecordError, TypeError, KeyError):
            return False  # a sweep makes it again

    def _plan(self) -> str:
        return hashlib.sha256(read_bytes(self.path / STUDY)).hexdigest()[:20]

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

        Raises ``RecordError`` for an index that is damaged, which is removed, or of another version, and for
        a full disk.
        """
        file = self.path / INDEX
        with asking(file):
            if threading.get_ident() in self.kept:
                with transaction(self.kept[threading.get_ident()]) as index:
                    yield index
            else:
                with contextlib.closing(connect(file)) as new, transaction(new) as index:
                    yield index

    @contextlib.contextmanager
    def keep_open(self) -> Iterator[None]:
        """Keep the index open in this thread for many transactions, each of which would open it else.

        Raises ``RecordError`` as ``index`` does.
        """
        with asking(self.path / INDEX):
            kept = connect(self.path / INDEX)
        with contextlib.closing(kept):
            self.kept[threading.get_ident()] = kept
            try:
                with self.index():  # says what is wrong with it
                    pass
                yield
            finally:
                del self.kept[threading.get_ident()]

    def _catch_up(self, index: sqlite3.Connection) -> None:
        """Make the index list what lies in ``runs``, no less after a kill and no more after a removal."""
        listed = {run for (run,) in index.execute("SELECT id FROM records")}
        there = self.ids()
        gone = [(run,) for run in listed - there]
        index.executemany("DELETE FROM records WHERE id = ?", gone)
        for run in sorted(there - listed):
            record = self._read(run)
            if record is not None:
                index.execute("INSERT INTO records VALUES (?, ?)", (run, to_summary(record)))

    def _read(self, run: str) -> RunRecord | None:
        """A record from its file; one that is not whole is moved aside and reported."""
        file = self.file(run)
        content = read_bytes(file)
        try:
            plain = parse_json(content, file, RecordError, "the record of a run in JSON")
        except RecordError as error:  # an empty file, one cut in half, or bytes that are no text
            aside = file.with_name(file.name + DAMAGED)
            move(file, aside)
            self.damaged.append(f"{error}; it was moved aside to {aside.name}, and its run is made again")
            return None
        return RunRecord.from_dict(plain, str(file))

    def file(self, run: str) -> Path:
        """Where the record of this id lies, or would."""
        return self.path / RUNS / f"{run}.json"
