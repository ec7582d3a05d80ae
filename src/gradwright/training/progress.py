"""The line that moves while a run trains: epoch, loss, accuracy, learning rate, time left."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from gradwright.training.history import EpochRecord

SECONDS_BETWEEN_UPDATES = 0.1


@dataclass
class ProgressLine:
    """What the training loop tells its progress to; it is drawn at most ten times a second."""

    bar: Progress
    task: TaskID
    steps_per_epoch: int
    last_drawn: float = field(default=0.0)

    def step(self, epoch: int, steps: int, objective: float) -> None:
        """``steps`` steps of epoch number ``epoch`` (from 0) are done, the last at ``objective``."""
        now = time.monotonic()
        if now - self.last_drawn < SECONDS_BETWEEN_UPDATES:
            return
        self.last_drawn = now
        running = f"{objective:.4f}" if steps else "-"  # asked in the middle of the first step, there is none
        self.bar.update(self.task, completed=epoch * self.steps_per_epoch + steps, running=running)

    def epoch(self, record: EpochRecord) -> None:
        """An epoch has ended with these measurements."""
        metrics = record.validation or record.train or {}
        loss = f"loss {metrics['loss']:.4f}" if metrics else ""
        accuracy = f"  acc {metrics['accuracy']:.2%}" if "accuracy" in metrics else ""
        rate = f"  lr {record.learning_rate:.3g}" if record.learning_rate is not None else ""
        self.bar.update(
            self.task,
            completed=record.epoch * self.steps_per_epoch,
            epoch=record.epoch,
            measured=f"{loss}{accuracy}{rate}",
        )


@contextlib.contextmanager
def progress_line(name: str, epochs: int, steps_per_epoch: int, shown: bool | None) -> Iterator[ProgressLine]:
    """A progress line on stderr; ``shown`` None means where stderr is a terminal."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}  epoch {task.fields[epoch]}/{task.fields[epochs]}"),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[measured]}  (running {task.fields[running]})"),
        TimeRemainingColumn(),
        console=console,
        disable=not (console.is_terminal if shown is None else shown),
    )
    task = bar.add_task(
        name, total=epochs * steps_per_epoch, epoch=0, epochs=epochs, measured="", running="-"
    )
    with bar:
        yield ProgressLine(bar, task, steps_per_epoch)
