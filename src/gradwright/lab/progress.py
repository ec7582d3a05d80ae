"""What moves on the screen while a study is carried out: runs done, failures, time left, the best so far."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from gradwright.lab.ranking import ranking
from gradwright.lab.record import RunRecord

SHOWN = 5  # configurations
SECONDS_BETWEEN_UPDATES = 0.25


class Board:
    """The standing of a study; it is drawn at most four times a second, and only on a terminal."""

    def __init__(self, monitor: str, total: int | None, live: Live | None) -> None:
        self.monitor, self.total, self.live = monitor, total, live
        self.records: list[RunRecord] = []
        self.found = 0
        self.began = time.monotonic()
        self.drawn = 0.0

    def take(self, record: RunRecord, found: bool) -> None:
        """A record that came in, or (found) was there before."""
        self.records.append(record)
        self.found += found
        now = time.monotonic()
        if self.live is not None and now - self.drawn > SECONDS_BETWEEN_UPDATES:
            self.drawn = now
            self.live.update(self.picture())

    def line(self) -> str:
        """The runs done, those without a result, and the time left."""
        done, broken = len(self.records), sum(r.status in ("diverged", "failed") for r in self.records)
        pruned = sum(r.status == "pruned" for r in self.records)
        parts = [f"{done}/{self.total} runs" if self.total else f"{done} runs"]
        parts += [f"{self.found} were there"] if self.found else []
        parts += [f"{broken} without a result"] if broken else []
        parts += [f"{pruned} pruned"] if pruned else []
        made = done - self.found
        if self.total and made:
            left = (self.total - done) * (time.monotonic() - self.began) / made
            parts.append(f"{left:.0f} s left")
        return ", ".join(parts)

    def picture(self) -> Group:
        """The line, and the best configurations below it."""
        table = Table("best so far", "runs", self.monitor, box=None)
        for standing in ranking(self.records, self.monitor)[:SHOWN]:
            table.add_row(Text(str(standing)), str(standing.runs), f"{standing.mean:.4f}")
        return Group(Text(self.line()), table)


@contextlib.contextmanager
def board(monitor: str, total: int | None) -> Iterator[Board]:
    """A board on stderr where that is a terminal; elsewhere one that nobody sees."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield Board(monitor, total, None)
        return
    with Live(console=console, transient=True) as live:
        yield Board(monitor, total, live)
