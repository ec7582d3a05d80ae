"""The line that moves while a run trains: epoch, loss, accuracy, learning rate, time left."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from gradwright.notebook import Replace, bar, replaceable
from gradwright.training.history import EpochRecord

SECONDS_BETWEEN_UPDATES = 0.1


class Update(Protocol):
    """Draws progress: Rich's bar on a terminal, a ``NotebookBar`` in a notebook."""

    def __call__(self, *, completed: float, **fields: Any) -> None:
        """So many steps are completed; ``fields`` replace what stood beside the bar under their names."""


@dataclass
class NotebookBar:
    """The line below a notebook's cell, as HTML that is replaced, at most ten times a second."""

    replace: Replace
    name: str
    total: int
    fields: dict[str, Any]
    completed: float = 0
    last_drawn: float = 0.0

    def update(self, *, completed: float, **fields: Any) -> None:
        """See ``Update``."""
        self.completed = completed
        self.fields |= fields
        if time.monotonic() - self.last_drawn >= SECONDS_BETWEEN_UPDATES:
            self.draw()

    def draw(self) -> None:
        """Show what is known now."""
        self.last_drawn = time.monotonic()
        said = "{name}  epoch {epoch}/{epochs}  {measured}  (running {running})".format(
            name=self.name, **self.fields
        )
        self.replace(bar(int(self.completed), self.total, said))


@dataclass
class ProgressLine:
    """What the training loop tells its progress to; it is drawn at most ten times a second.

    Without an ``update`` nothing is drawn.
    """

    update: Update | None
    steps_per_epoch: int
    last_drawn: float = field(default=0.0)

    def step(self, epoch: int, steps: int, objective: float) -> None:
        """``steps`` steps of epoch number ``epoch`` (from 0) are done, the last at ``objective``."""
        now = time.monotonic()
        if self.update is None or now - self.last_drawn < SECONDS_BETWEEN_UPDATES:
            return
        self.last_drawn = now
        running = "-" if math.isnan(objective) else f"{objective:.4f}"  # there is none in the first step
        self.update(completed=epoch * self.steps_per_epoch + steps, running=running)

    def epoch(self, record: EpochRecord) -> None:
        """An epoch has ended with these measurements."""
        if self.update is None:
            return
        metrics = record.validation or record.train or {}
        loss = f"loss {metrics['loss']:.4f}" if metrics else ""
        accuracy = f"  acc {metrics['accuracy']:.2%}" if "accuracy" in metrics else ""
        rate = f"  lr {record.learning_rate:.3g}" if record.learning_rate is not None else ""
        self.update(
            completed=record.epoch * self.steps_per_epoch,
            epoch=record.epoch,
            measured=f"{loss}{accuracy}{rate}",
        )


@contextlib.contextmanager
def progress_line(name: str, epochs: int, steps_per_epoch: int, shown: bool | None) -> Iterator[ProgressLine]:
    """A progress line; ``shown`` None means in a notebook, and on stderr where that is a terminal."""
    if shown is False:
        yield ProgressLine(None, steps_per_epoch)
        return
    total = epochs * steps_per_epoch
    fields: dict[str, Any] = {"epoch": 0, "epochs": epochs, "measured": "", "running": "-"}
    if replace := replaceable():
        below = NotebookBar(replace, name, total, fields)
        try:
            yield ProgressLine(below.update, steps_per_epoch)
        finally:
            below.draw()
        return
    console = Console(stderr=True)
    if not (shown or console.is_terminal):
        yield ProgressLine(None, steps_per_epoch)
        return
    line = Progress(
        TextColumn("{task.description}  epoch {task.fields[epoch]}/{task.fields[epochs]}"),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[measured]}  (running {task.fields[running]})"),
        TimeRemainingColumn(),
        console=console,
    )
    task = line.add_task(name, total=total, **fields)
    with line:
        yield ProgressLine(partial(line.update, task), steps_per_epoch)
