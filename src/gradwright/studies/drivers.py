"""Who is at work on which run, so that several drivers share a study without repeating each other.

A claim only saves work: two drivers that made the same run all the same would write the same record. A claim
holds as long as its driver lives, which is asked of the operating system and not of a clock: each driver
holds the lock of a file, and a lock is dropped when its process ends, however it ends.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gradwright.errors import RecordError
from gradwright.studies.store import RUNS, Study
from gradwright.training.files import SCRATCH, make_folder

DRIVERS = "drivers"


@dataclass(frozen=True)
class Driver:
    """A process that carries out runs of a study, while it lives."""

    study: Study
    name: str

    def claim(self, runs: Sequence[str], count: int) -> tuple[list[str], set[str]]:
        """Up to ``count`` of ``runs`` for this driver, and those on record that it came across on the way.

        Neither holds a run that another living driver is at work on.
        """
        taken: list[str] = []
        recorded: set[str] = set()
        with self.study.index() as index:
            owners: dict[str, str] = dict(index.execute("SELECT id, driver FROM claims"))
            alive = {name: name != self.name and _is_alive(self._lock(name)) for name in set(owners.values())}
            for run in runs:
                if len(taken) == count:
                    break
                owner = owners.get(run, "")
                if self.study.has(run):
                    recorded.add(run)
                elif owner != self.name and not alive.get(owner, False):
                    index.execute("INSERT OR REPLACE INTO claims VALUES (?, ?)", (run, self.name))
                    taken.append(run)
        return taken, recorded

    def release(self) -> None:
        """Drop all claims of this driver; where that fails they end with its lock."""
        with contextlib.suppress(RecordError), self.study.index() as index:
            index.execute("DELETE FROM claims WHERE driver = ?", (self.name,))

    def _lock(self, name: str) -> Path:
        return self.study.path / DRIVERS / f"{name}.lock"


@contextlib.contextmanager
def driving(study: Study) -> Iterator[Driver]:
    """A driver of ``study`` for as long as the block lasts.

    Raises ``RecordError`` where its lock cannot be made.
    """
    make_folder(study.path / DRIVERS)
    driver = Driver(study, uuid.uuid4().hex)
    file = driver._lock(driver.name)
    with contextlib.closing(_hold(file)):
        _tidy(study, file)
        try:
            yield driver
        finally:
            driver.release()
            file.unlink(missing_ok=True)


def _tidy(study: Study, own: Path) -> None:
    """Remove what drivers that were killed left lying: their locks, and files that they did not finish."""
    with os.scandir(study.path / RUNS) as files:  # first: who lives has a lock already
        unfinished = [file.path for file in files if file.name.endswith(SCRATCH)]
    alive = [lock for lock in own.parent.glob("*.lock") if lock != own and _is_alive(lock)]
    if not alive:
        for name in unfinished:
            Path(name).unlink(missing_ok=True)


def _hold(file: Path) -> sqlite3.Connection:
    """The lock, held; taken again where a neighbour removed the file between its making and its locking."""
    while True:
        try:
            lock = sqlite3.connect(file, isolation_level=None)
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            raise RecordError(f"{file}: could not be written: {error}") from None
        if file.exists():
            return lock
        lock.close()


def _is_alive(lock: Path) -> bool:
    """Whether a process holds this lock; the lock of a process that was killed is removed."""
    if not lock.exists():
        return False
    with contextlib.closing(sqlite3.connect(lock, timeout=0, isolation_level=None)) as probe:
        try:
            probe.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            return True
        for file in (lock, lock.with_name(f"{lock.name}-journal")):
            file.unlink(missing_ok=True)
    return False
