"""What moves on the screen while a study is carried out: runs done, failures, time left, the best so far."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from gradwright.studies.shown import best_so_far
from gradwright.training.metrics import Metric
from gradwright.training.record import RunRecord

SECONDS_BETWEEN_UPDATES = 0.25
SECONDS_BETWEEN_LINES = 60.0  # where there is no terminal, as in the log of a batch job
WORK_PER_PICTURE = 20  # times what a picture costs: with a million runs the board shall not be the work


class Board:
    """The standing of a study, drawn up to four times a second on a terminal; else a line each minute."""

    def __init__(self, monitor: Metric, total: int, live: Live | Console) -> None:
        self.monitor, self.total, self.live = monitor, total, live
        self.records: list[RunRecord] = []
        self.found = 0
        self.began = time.monotonic()
        moving = isinstance(live, Live)
        self.pause = SECONDS_BETWEEN_UPDATES if moving else SECONDS_BETWEEN_LINES
        self.due = self.began + (0.0 if moving else self.pause)

    def take(self, record: RunRecord, found: bool) -> None:
        """A record that came in, or (found) was there before."""
        self.records.append(record)
        self.found += found
        began = time.monotonic()
        if began < self.due:
            return
        if isinstance(self.live, Live):
            self.live.update(self.picture())
        else:
            self.live.print(Text(self.line()), soft_wrap=True)
        now = time.monotonic()
        self.due = now + max(self.pause, WORK_PER_PICTURE * (now - began))

    def line(self) -> str:
        """The runs done, those without a result, and the time left."""
        done, broken = len(self.records), sum(r.status in ("diverged", "failed") for r in self.records)
        pruned = sum(r.status == "pruned" for r in self.records)
        parts = [f"{done:,} of {self.total:,} runs"]
        parts += [f"{self.found:,} were there before"] if self.found else []
        parts += [f"{broken} without a result"] if broken else []
        parts += [f"{pruned} pruned"] if pruned else []
        made = done - self.found
        if made:
            left = (self.total - done) * (time.monotonic() - self.began) / made
            parts.append(f"about {_duration(left)} left")
        return ", ".join(parts)

    def picture(self) -> Group:
        """The line, and the best configurations below it."""
        return Group(Text(self.line()), Text(str(best_so_far(self.records, self.monitor))))


def _duration(seconds: float) -> str:
    """A time that is a guess anyway.

    >>> _duration(7.4), _duration(130.0), _duration(7500.0)
    ('7 s', '2 min', '2 h 5 min')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"


@contextlib.contextmanager
def board(monitor: Metric, total: int) -> Iterator[Board]:
    """A board on stderr: a moving one where that is a terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield Board(monitor, total, console)
        return
    with Live(console=console, transient=True) as live:
        yield Board(monitor, total, live)
