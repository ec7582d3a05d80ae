"""Damaged files, read in processes of their own: what takes the interpreter down is known by its number."""

from __future__ import annotations

import faulthandler
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, wait
from pathlib import Path

from tests.hostile.attempts import Attempt, attempts
from tests.hostile.readers import Reader, readers

MOST_ADDRESSES = 8 * 2**30  # bytes: what asks for more is told that there is none, and the machine stays up
PATIENCE = 60.0  # seconds with an input whose reader no alarm ends, as where C does not come back
CONTEXT = multiprocessing.get_context("spawn")

Make = Callable[[Path], list[Reader]]


def shared_out(
    numbers: range, seed: int, processes: int, make: Make = readers, patience: float = PATIENCE
) -> Iterator[Attempt]:
    """What came of each input, as it becomes known; so many processes share the numbers.

    An input that its process did not survive fell, and a new process goes on behind it.
    """
    share = -(-len(numbers) // processes)
    workers = [
        _Worker(numbers[at : at + share], seed, make, patience) for at in range(0, len(numbers), share)
    ]
    while workers:
        wait([worker.answers for worker in workers], timeout=1)
        for worker in tuple(workers):
            if (attempt := worker.news()) is not None:
                yield attempt
            if worker.ended:
                workers.remove(worker)
                if worker.left:
                    workers.append(_Worker(worker.left, seed, make, patience))


class _Worker:
    """A process that reads inputs, one after the other."""

    def __init__(self, numbers: range, seed: int, make: Make, patience: float) -> None:
        self.left = numbers
        self.ended = False
        self._names: tuple[str, ...] = ()  # of the readers, once it is ready
        self.answers, theirs = CONTEXT.Pipe(duplex=False)
        self._process = CONTEXT.Process(target=_read, args=(theirs, numbers, seed, make), daemon=True)
        self._process.start()
        theirs.close()
        self._patience, self._heard = patience, time.monotonic()

    def news(self) -> Attempt | None:
        """What came of its next input; None where there is nothing to tell yet, or nothing more."""
        if self.answers.poll():
            try:
                found: Attempt | tuple[str, ...] = self.answers.recv()
            except EOFError:
                return self._end("the interpreter ended by itself")
            self._heard = time.monotonic()
            if isinstance(found, tuple):
                self._names = found
                return None
            self.left = self.left[1:]
            return found
        if self._names and time.monotonic() - self._heard > self._patience:
            self._process.kill()
            return self._end(f"no alarm ended it within {self._patience:g} s")
        return None

    def _end(self, why: str) -> Attempt | None:
        self._process.join()
        self.answers.close()
        self.ended = True
        if not self.left:
            return None
        if not self._names:
            raise RuntimeError("expected readers to damage files for, found none that start")
        number, self.left = self.left[0], self.left[1:]
        reader = self._names[number % len(self._names)]
        return Attempt(number, reader, fall=f"{why}: exit code {self._process.exitcode}")


def _read(answers: Connection, numbers: range, seed: int, make: Make) -> None:
    """What a process does: it names its readers, then tells what came of each input before the next."""
    faulthandler.enable()  # says where it was, should it be taken down
    resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESSES, resource.RLIM_INFINITY))
    with tempfile.TemporaryDirectory() as folder:
        every = make(Path(folder))
        answers.send(tuple(reader.name for reader in every))
        for attempt in attempts(every, numbers, seed):
            answers.send(attempt)
