"""Handing out trials and taking in records, while workers die and other drivers do the same."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from gradwright.errors import RecordError
from gradwright.studies.drivers import Driver
from gradwright.studies.executors import Workers, gone
from gradwright.studies.trial import Trial
from gradwright.training.config import plain_config
from gradwright.training.record import RunRecord

WRITERS = 4  # records on their way to the disk at once: a file system flushes them together
SECONDS_BETWEEN_LOOKS = 0.1  # at Ctrl-C, and at what other drivers have finished
DEATHS = "its worker ended in the middle of it, twice; the second time it was alone"


def dispatch(
    driver: Driver,
    workers: Workers,
    trials: Iterable[Trial],
    take: Callable[[RunRecord], None],
    interrupted: Callable[[], bool],
) -> bool:
    """Carry out ``trials`` and hand each record to ``take`` once it is on disk; False where interrupted.

    They are asked for as workers become free, so there may be millions of them.

    Raises ``RecordError`` where a record cannot be written, or the executor went away.
    """
    with ThreadPoolExecutor(WRITERS, "write") as writers:
        round_ = _Round(driver, workers, iter(trials), take, writers)
        try:
            while not interrupted():
                round_.hand_out()
                if not round_.pending:
                    return True
                round_.take_in()
            round_.settle(round_.writing)
        finally:
            round_.end()
    return False


@dataclass
class _Round:
    driver: Driver
    workers: Workers
    coming: Iterator[Trial]
    take: Callable[[RunRecord], None]
    writers: Executor  # a disk takes its time to say that a record is safe; the next run does not wait for it
    pending: dict[str, Trial] = field(default_factory=dict)  # asked for, and not on record
    elsewhere: list[str] = field(default_factory=list)  # of these, at another driver's when last looked
    claimed: list[str] = field(default_factory=list)  # ours, but at no worker
    suspects: list[str] = field(default_factory=list)  # at work when a worker died: carried out one by one
    running: dict[Future[RunRecord | None], str] = field(default_factory=dict)
    writing: dict[Future[None], RunRecord] = field(default_factory=dict)

    def hand_out(self) -> None:
        """Fill the free slots; what other drivers have finished in the meantime is taken in."""
        if self.suspects:
            if not self.running and not self.writing:
                self._submit(self.suspects[0])
            return
        room = self.workers.room()
        if len(self.writing) > room:  # the disk is slower than the runs
            return
        free = room - len(self.running)
        while free > len(self.claimed):
            new = {a.id: a for a in islice(self.coming, free - len(self.claimed)) if a.id not in self.pending}
            self.pending |= new
            self._claim([*new] or self.elsewhere, free - len(self.claimed))
            if not new:  # all have been asked for
                break
        while self.claimed and not self.suspects and len(self.running) < room:
            self._submit(self.claimed.pop(0))

    def _claim(self, runs: list[str], count: int) -> None:
        """Claim up to ``count`` of these; what is on record by now is taken in, the rest is kept in mind."""
        taken, recorded = self.driver.claim(runs, count) if runs else ([], set())
        self.claimed += taken
        for record in self.driver.study.read(recorded).values():
            self._done(record)
        rest = {*self.elsewhere, *runs} - {*taken}
        self.elsewhere = [run for run in self.pending if run in rest]

    def take_in(self) -> None:
        """Wait a moment for records, send them to the disk, and pass on those that are there."""
        if not self.running and not self.writing:
            if self.pending and not self.suspects:  # all that is left is at another driver's
                time.sleep(SECONDS_BETWEEN_LOOKS)
            return
        everything: list[Future[Any]] = [*self.running, *self.writing]
        done, _ = wait(everything, timeout=SECONDS_BETWEEN_LOOKS, return_when=FIRST_COMPLETED)
        self.settle([future for future in self.writing if future in done])
        back = [future for future in self.running if future in done]
        for future in sorted(back, key=_broke):  # what was finished first, then what a death took along
            run = self.running.pop(future, None)
            if run is None:  # lost with a worker, and dealt with
                continue
            try:
                record = future.result()
            except BrokenExecutor as error:
                self._worker_died(run, error)
                continue
            except Exception as error:
                if type(error).__name__ != "KilledWorker":  # Dask: a run that killed several workers
                    raise RecordError(gone(error)) from None
                record = failed(self.pending[run], f"KilledWorker: {error}")
            if record is not None:
                self._record(record)
            elif run not in self.suspects:  # it was told to stop; whoever is not, does it again
                self.claimed.append(run)

    def settle(self, written: Iterable[Future[None]]) -> None:
        """Wait until these records are on disk, and pass them on.

        Raises ``RecordError`` where one could not be written.
        """
        records = []
        for future in list(written):
            future.result()
            records.append(self.writing.pop(future))
        if records:
            self.driver.study.enlist(records)
        for record in records:
            self._done(record)

    def end(self) -> None:
        """Call back what was handed out, and give up all claims."""
        for future in self.running:
            future.cancel()
        self.driver.release()

    def _submit(self, run: str) -> None:
        try:
            self.running[self.workers.submit(self.pending[run])] = run
        except BrokenExecutor as error:
            self._worker_died(run, error)
        except RuntimeError as error:
            raise RecordError(gone(error)) from None

    def _record(self, record: RunRecord) -> None:
        self.writing[self.writers.submit(self.driver.study.write, record)] = record

    def _done(self, record: RunRecord) -> None:
        self.pending.pop(record.id, None)
        if record.id in self.suspects:
            self.suspects.remove(record.id)
        self.take(record)

    def _worker_died(self, run: str, error: BrokenExecutor) -> None:
        """A worker died. A run that was alone at work is guilty; else all at work are suspected."""
        if self.workers.replaced is None:
            raise RecordError(gone(error)) from None
        lost = [run, *self.running.values()]
        self.running.clear()
        self.workers.replaced()
        if self.suspects:
            self._record(failed(self.pending[run], DEATHS))
        else:
            self.suspects += lost


def _broke(future: Future[RunRecord | None]) -> bool:
    return future.cancelled() or future.exception() is not None


def failed(trial: Trial, message: str) -> RunRecord:
    """The record of a run that took its worker with it."""
    return RunRecord(
        id=trial.id,
        point=trial.point,
        seed=trial.config.seed,
        status="failed",
        config=plain_config(trial.config),
        message=message,
        data=trial.checksum,
        budget=trial.config.epochs,
    )
