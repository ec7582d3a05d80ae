"""Who is at work on which run, so that several drivers share a study without repeating each other.

A claim only saves work: two drivers that made the same run all the same would write the same record. A claim
holds as long as its driver lives, which is asked of the operating system and not of a clock: each driver
holds the lock of a file, and a lock is dropped when its process ends, however it ends.
"""

from __future__ import annotations

import contextlib
import os
import re
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gradwright.errors import RecordError
from gradwright.locks import holding, is_held
from gradwright.studies.store import RUNS, Study
from gradwright.writing import LOCK, SCRATCH, make_inner_folder, remove

DRIVERS = "drivers"
NAME = re.compile(r"[0-9a-f]{32}")  # of a driver: what else stands in an index names nobody, and no file


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
            alive = {name: name != self.name and self._is_alive(name) for name in set(owners.values())}
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

    def _is_alive(self, name: str) -> bool:
        return NAME.fullmatch(name) is not None and is_held(self._lock(name))

    def _lock(self, name: str) -> Path:
        return self.study.path / DRIVERS / f"{name}{LOCK}"


@contextlib.contextmanager
def driving(study: Study) -> Iterator[Driver]:
    """A driver of ``study`` for as long as the block lasts.

    Raises ``RecordError`` where its lock cannot be made.
    """
    make_inner_folder(study.path / DRIVERS)
    driver = Driver(study, uuid.uuid4().hex)
    file = driver._lock(driver.name)
    with holding(file, study.path):
        _tidy(study, file)
        try:
            yield driver
        finally:
            driver.release()


def _tidy(study: Study, own: Path) -> None:
    """Remove what drivers that were killed left lying: their locks, and files that they did not finish."""
    unfinished = [*study.path.glob(f".*{SCRATCH}")]  # first: who lives has a lock already
    with os.scandir(study.path / RUNS) as files:  # of which there may be millions
        unfinished_runs = [Path(file.path) for file in files if file.name.endswith(SCRATCH)]
    locks = [lock for lock in own.parent.glob(f"*{LOCK}") if NAME.fullmatch(lock.stem) and lock != own]
    alive = [lock for lock in locks if is_held(lock)]
    if not alive:
        remove(*unfinished)
        remove(*unfinished_runs)
