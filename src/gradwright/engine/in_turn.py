"""Epochs in turn, where an engine makes them one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gradwright.engine.task import Epoch, OnStep, Rows, State, Task


def in_turn(
    train_epoch: Callable[[Task, State, Rows, OnStep], Epoch],
    task: Task,
    state: State,
    rows: Rows,
    on_step: OnStep,
    count: int,
) -> Iterator[Epoch]:
    """The next ``count`` epochs of ``task`` from ``state``, until one is ended early."""
    for _ in range(count):
        epoch = train_epoch(task, state, rows, on_step)
        yield epoch
        if not epoch.complete:
            return
        state = epoch.state
