"""Handing out assignments and taking in records, while workers die and other drivers do the same."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from dataclasses import dataclass, field

from gradwright.errors import RecordError
from gradwright.lab.assignment import Assignment, plain_config
from gradwright.lab.claims import Driver
from gradwright.lab.executors import Crew
from gradwright.lab.record import RunRecord

SECONDS_BETWEEN_LOOKS = 0.1  # at Ctrl-C, and at what other drivers have finished
DEATHS = "its worker ended in the middle of it, twice; the second time it was alone"


def dispatch(
    driver: Driver,
    crew: Crew,
    assignments: Sequence[Assignment],
    take: Callable[[RunRecord], None],
    interrupted: Callable[[], bool],
) -> bool:
    """Carry out ``assignments`` and hand each record to ``take`` once it is on disk; False where interrupted.

    Raises ``RecordError`` where a record cannot be written, or the executor went away.
    """
    round_ = _Round(driver, crew, {a.id: a for a in assignments}, take)
    try:
        while round_.pending:
            if interrupted():
                return False
            round_.hand_out()
            round_.take_in()
    finally:
        round_.end()
    return True


@dataclass
class _Round:
    driver: Driver
    crew: Crew
    pending: dict[str, Assignment]  # not on record
    take: Callable[[RunRecord], None]
    claimed: list[str] = field(default_factory=list)  # ours, but at nobody's hands
    suspects: list[str] = field(default_factory=list)  # at work when a worker died: carried out one by one
    flying: dict[Future[RunRecord | None], str] = field(default_factory=dict)

    def hand_out(self) -> None:
        """Fill the free slots; what other drivers have finished in the meantime is taken in."""
        if self.suspects:
            if not self.flying:
                self._submit(self.suspects[0])
            return
        free = self.crew.slots - len(self.flying)
        if free > len(self.claimed):
            ours = {*self.claimed, *self.flying.values()}
            others = [run for run in self.pending if run not in ours]
            taken, recorded = self.driver.claim(others, free - len(self.claimed)) if others else ([], set())
            self.claimed += taken
            for record in self.driver.study.read(recorded).values():
                self._done(record)
        while self.claimed and len(self.flying) < self.crew.slots:
            self._submit(self.claimed.pop(0))

    def take_in(self) -> None:
        """Wait a moment for records, and put them on disk."""
        if not self.flying:
            if self.pending and not self.suspects:  # all that is left is at another driver's
                time.sleep(SECONDS_BETWEEN_LOOKS)
            return
        done, _ = wait(self.flying, timeout=SECONDS_BETWEEN_LOOKS, return_when=FIRST_COMPLETED)
        for future in sorted(done, key=_broke):  # what was finished first, then what a death took along
            run = self.flying.pop(future, None)
            if run is None:  # already mourned
                continue
            try:
                record = future.result()
            except BrokenExecutor as error:
                self._bury(run, error)
                continue
            except Exception as error:
                if type(error).__name__ != "KilledWorker":  # Dask: a run that killed several workers
                    raise RecordError(_gone(error)) from None
                record = failed(self.pending[run], f"KilledWorker: {error}")
            if record is None:  # it was told to stop; whoever is not, does it again
                self.claimed.append(run)
            else:
                self._record(record)

    def end(self) -> None:
        """Call back what was handed out, and give up all claims."""
        for future in self.flying:
            future.cancel()
        self.driver.release()

    def _submit(self, run: str) -> None:
        try:
            self.flying[self.crew.submit(self.pending[run])] = run
        except BrokenExecutor as error:
            self._bury(run, error)
        except RuntimeError as error:
            raise RecordError(_gone(error)) from None

    def _record(self, record: RunRecord) -> None:
        self.driver.study.add(record)
        self._done(record)

    def _done(self, record: RunRecord) -> None:
        self.pending.pop(record.id, None)
        if record.id in self.suspects:
            self.suspects.remove(record.id)
        self.take(record)

    def _bury(self, run: str, error: BrokenExecutor) -> None:
        """A worker died. A run that was alone at work is guilty; else all at work are suspected."""
        if self.crew.replaced is None:
            raise RecordError(_gone(error)) from None
        lost = [run, *self.flying.values()]
        self.flying.clear()
        self.crew.replaced()
        if self.suspects:
            self._record(failed(self.pending[run], DEATHS))
        else:
            self.suspects += lost


def _broke(future: Future[RunRecord | None]) -> bool:
    return future.cancelled() or future.exception() is not None


def failed(assignment: Assignment, message: str) -> RunRecord:
    """The record of a run that took its worker with it."""
    return RunRecord(
        id=assignment.id,
        point=assignment.point,
        seed=assignment.config.seed,
        status="failed",
        config=plain_config(assignment.config),
        metrics={},
        history={},
        seconds=0.0,
        steps=0,
        message=message,
        versions={},
        data=assignment.checksum,
        budget=assignment.config.epochs,
    )


def _gone(error: BaseException) -> str:
    return (
        f"the workers went away: {type(error).__name__}: {error}; "
        "what is finished is on record, and the same sweep goes on from there"
    )
