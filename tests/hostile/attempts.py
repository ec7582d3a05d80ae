"""One damaged file after the other, each read, or refused by an error of ours, within time and memory."""

from __future__ import annotations

import random
import signal
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from gradwright.errors import GradwrightError
from tests.hostile.mutations import mutated
from tests.hostile.readers import Reader

SECONDS = 5.0  # that a small file may take
MOST_MEMORY, TIMES = 500 * 10**6, 20  # bytes that reading may take: so many, and so often the file's size
PEAK = Path("/proc/self/clear_refs")  # Linux forgets the peak of a process where a 5 is written to it


@dataclass(frozen=True)
class Attempt:
    """What came of one input."""

    number: int
    reader: str
    seconds: float = 0.0
    memory: int = 0  # bytes that reading took at most; 0 where the system does not tell
    fall: str = ""  # what the reader did not stand; empty where it did

    def __str__(self) -> str:
        return f"{self.number} ({self.reader}, {self.seconds:.3f} s, {self.memory / 1e6:.0f} MB)"


class HangError(BaseException):
    """A reader that does not come back; no handler of ordinary exceptions catches it."""


def attempts(every: list[Reader], numbers: range, seed: int, seconds: float = SECONDS) -> Iterator[Attempt]:
    """What came of the inputs of ``numbers``, each of which follows from the seed and its number."""
    for number in numbers:
        reader = every[number % len(every)]
        content = mutated(reader.content, random.Random(f"{seed} {number}"))
        reader.write(content)
        fall = ""
        held = _forget_peak()
        began = time.perf_counter()
        try:
            with _within(seconds), warnings.catch_warnings():
                warnings.simplefilter("error")
                reader.read()
        except GradwrightError:
            pass
        except (Exception, HangError) as error:
            fall = f"{type(error).__name__}: {error}"[:200]
        took, memory = time.perf_counter() - began, _peak() - held
        if memory > MOST_MEMORY + TIMES * len(content):
            fall = fall or f"MemoryError: {memory:,} bytes, for a file of {len(content):,}"
        reader.write(reader.content)
        yield Attempt(number, reader.name, took, memory, fall)


def _forget_peak() -> int:
    """The bytes that this process holds now, from which on its peak is counted."""
    if PEAK.exists():
        PEAK.write_text("5")
    return _peak()


def _peak() -> int:
    """The bytes that this process held at most since the last time that was forgotten."""
    if not PEAK.exists():
        return 0
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    def ring(_number: int, _frame: FrameType | None) -> None:
        raise HangError(f"more than {seconds:g} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
