"""The index of a study: an SQLite file that holds nothing of its own, and is made again where damaged."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from gradwright.errors import RecordError
from gradwright.writing import refuse_link, remove

INDEX_VERSION = 2
PATIENCE = 60.0  # seconds to wait for another process that writes to the index
ERRORS = (sqlite3.Error, UnicodeDecodeError)  # the second where a message quotes bytes of a damaged schema
REBUILT = "the index holds nothing of its own, and is made again from the run files where it is deleted"
TABLES = (
    "CREATE TABLE IF NOT EXISTS records (id TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS claims (id TEXT PRIMARY KEY, driver TEXT NOT NULL) WITHOUT ROWID",
)


def connect(file: Path) -> sqlite3.Connection:
    """The index, open; one that is no database at all is made again."""
    for each in _files(file):
        refuse_link(each)
    try:
        return _prepared(file)
    except ERRORS as error:
        if not is_damage(error):
            raise
    discard(file)
    return _prepared(file)


@contextlib.contextmanager
def asking(file: Path) -> Iterator[None]:
    """Errors of SQLite as ``RecordError`` that names the index, which is removed where it is damaged."""
    try:
        yield
    except ERRORS as error:
        advice = ""
        if is_damage(error):
            discard(file)
            advice = "; it was removed, and the same command makes it again from the run files"
        raise RecordError(f"{file}: could not be used: {error}{advice}") from None


def _files(file: Path) -> list[Path]:
    """The files of a database: SQLite puts two beside it while it is used."""
    return [file.with_name(file.name + ending) for ending in ("", "-wal", "-shm")]


def is_damage(error: Exception) -> bool:
    """Whether the file is at fault, and not a full disk or a neighbour."""
    # those of the disk and of locks have types of their own
    return type(error) in (sqlite3.DatabaseError, UnicodeDecodeError)


def discard(file: Path) -> None:
    """Remove the index; it holds nothing of its own."""
    remove(*_files(file))


def _prepared(file: Path) -> sqlite3.Connection:
    index = sqlite3.connect(file, timeout=PATIENCE, isolation_level=None)
    try:
        _prepare(index, file)
    except BaseException:
        index.close()
        raise
    return index


@contextlib.contextmanager
def transaction(index: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """All that happens in the block, or nothing of it."""
    index.execute("BEGIN IMMEDIATE")
    try:
        yield index
        index.execute("COMMIT")
    finally:
        if index.in_transaction:
            index.execute("ROLLBACK")


def _prepare(index: sqlite3.Connection, file: Path) -> None:
    """Tables in a new index; a ``RecordError`` for one of another version."""
    index.execute("PRAGMA trusted_schema = OFF")  # a study may be a stranger's
    index.execute("PRAGMA synchronous = NORMAL")  # a power cut may take the last rows, and damages nothing
    (version,) = index.execute("PRAGMA user_version").fetchone()
    if version == INDEX_VERSION:
        return
    if version != 0:
        raise RecordError(
            f"{file}: expected an index of version {INDEX_VERSION}, found version {version}; {REBUILT}"
        )
    with transaction(index):
        for table in TABLES:
            index.execute(table)
        index.execute(f"PRAGMA user_version = {INDEX_VERSION}")
    with contextlib.suppress(sqlite3.OperationalError):  # a neighbour is here: then the next one does it
        index.execute("PRAGMA journal_mode = WAL")
