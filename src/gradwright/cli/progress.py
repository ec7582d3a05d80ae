"""The line that long commands keep on the terminal."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn


@contextlib.contextmanager
def progress(first: str, total: float, done: ProgressColumn) -> Iterator[Progress]:
    """A line on stderr, where that is a terminal: what is under way (at first ``first``) and the time left.

    ``done`` says how much of ``total`` there is. The line's task is ``task_ids[0]``.
    """
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(20), done, TimeRemainingColumn())
    both = sys.stdout.isatty()  # else results go past the line, to a file or a pipe
    disable = not console.is_terminal
    with Progress(*columns, console=console, disable=disable, redirect_stdout=both) as bar:
        bar.add_task(first, total=total)
        yield bar


@contextlib.contextmanager
def evaluations(what: str) -> Iterator[Callable[[int, int], None]]:
    """Such a line for a check, to be told how many evaluations there were, and how many will likely be."""
    with progress(what, 1, TextColumn("{task.completed} of about {task.total} evaluations")) as bar:

        def watch(calls: int, likely: int) -> None:
            bar.update(bar.task_ids[0], completed=calls, total=likely)

        yield watch
